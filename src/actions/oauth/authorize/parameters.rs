//! The other parameters of an authorization request, and the checks that need no store.

use crate::domain::code::CodeChallenge;
use crate::domain::consumer::{Confidentiality, Pkce};
use crate::domain::refusal::Check;
use crate::domain::scope::ScopeSet;

/// The parameters of an authorization request except the client and the redirect URI.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthorizationParameters<'a> {
    pub response_type: Option<&'a str>,
    pub response_mode: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub state: Option<&'a str>,
    pub code_challenge: Option<&'a str>,
    pub code_challenge_method: Option<&'a str>,
    pub prompt: Option<&'a str>,
    /// The name of the first parameter of `request` and `request_uri` that was sent.
    pub request_object: Option<&'static str>,
}

/// The parameter `prompt` (`OpenID` Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// No page may be shown.
    None,
    /// The necessary pages are shown, and those that the client requests.
    AsNeeded {
        /// True if the user must enter the password again.
        login: bool,
        /// True if the user must consent again.
        consent: bool,
    },
}

/// The requested scopes, the PKCE challenge and the prompt.
pub(crate) type ParsedParameters = (Option<ScopeSet>, Option<CodeChallenge>, Prompt);

/// Parses the parameters of a request by a client of this type.
///
/// # Errors
/// [`Check`] for the first parameter that is missing, malformed or not supported.
pub(crate) fn parse_parameters(
    parameters: AuthorizationParameters<'_>,
    client_type: Confidentiality,
) -> Result<ParsedParameters, Check> {
    if let Some(parameter) = parameters.request_object {
        return Err(Check::RequestObject { parameter });
    }
    match parameters.response_type {
        Some("code") => {}
        None => return Err(Check::ResponseTypeMissing),
        Some(sent) => return Err(Check::ResponseTypeUnsupported { sent: sent.to_owned() }),
    }
    // A client that expects the code elsewhere, as in a form, would never find it in the query.
    if let Some(sent) = parameters.response_mode.filter(|mode| *mode != "query") {
        return Err(Check::ResponseModeUnsupported { sent: sent.to_owned() });
    }
    let challenge = challenge(parameters, client_type)?;
    let scopes = match parameters.scope.map(str::parse::<ScopeSet>) {
        None => None,
        Some(Ok(scopes)) => Some(scopes),
        Some(Err(_)) => {
            let sent = parameters.scope.unwrap_or_default().to_owned();
            return Err(Check::ScopeMalformed { sent });
        }
    };
    let mut prompt = (false, false, false);
    for word in parameters.prompt.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.0 = true,
            // To select another account, the user signs in again.
            "login" | "select_account" => prompt.1 = true,
            "consent" => prompt.2 = true,
            _ => return Err(Check::Request("prompt has an unknown value")),
        }
    }
    let prompt = match prompt {
        (true, false, false) => Prompt::None,
        (true, ..) => return Err(Check::Request("prompt=none is combined with another value")),
        (false, login, consent) => Prompt::AsNeeded { login, consent },
    };
    Ok((scopes, challenge, prompt))
}

/// Returns the PKCE challenge, or `None` if the client may do without one and sent none.
fn challenge(
    parameters: AuthorizationParameters<'_>,
    client_type: Confidentiality,
) -> Result<Option<CodeChallenge>, Check> {
    let method = parameters.code_challenge_method;
    match (parameters.code_challenge, client_type.safeguards().pkce) {
        (Some(challenge), _) if method == Some("S256") => {
            challenge.parse().map(Some).map_err(|_| Check::ChallengeMalformed)
        }
        (Some(_), _) => Err(Check::ChallengeMethod { sent: method.map(str::to_owned) }),
        (None, Pkce::Required) => Err(Check::ChallengeMissing { confidential: !client_type.is_public() }),
        // A challenge was removed on the way (RFC 9700 section 4.8.2), or the client is broken.
        (None, Pkce::Optional) if method.is_some() => {
            Err(Check::Request("code_challenge_method is sent without code_challenge"))
        }
        // Without a challenge, only `state` shows the client that the response is not forged (RFC 9700 section 2.1).
        (None, Pkce::Optional) if parameters.state.is_none() => Err(Check::StateMissing),
        (None, Pkce::Optional) => Ok(None),
    }
}
