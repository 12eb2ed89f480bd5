//! The reason of a refusal as a sentence for the administrator.

use crate::domain::id::ClientKind;
use crate::domain::redirect::{RedirectError, RedirectUri};
use crate::domain::refusal::{BasicFault, Check, CredentialFault, FormFault, Refusal, UserLimit};
use crate::domain::scope::SCOPE_LENGTH;
use crate::explain::words::{
    are, client_of, client_with_id, malformed, quoted, scopes, separator, shortened, throttle, time, user_of,
};

/// Returns the reason of a refusal: one clause without a final period.
#[expect(clippy::too_many_lines, reason = "one match has a sentence for every check")]
pub(crate) fn reason(refusal: &Refusal) -> String {
    let client = client_of(refusal);
    let user = user_of(refusal);
    match &refusal.check {
        Check::ClientIdMissing => "no client_id was sent".to_owned(),
        Check::ClientUnknown { sent, meant: Some(meant) } => {
            format!(
                "client_id was {}, which is the name of {}; send its id instead",
                quoted(sent),
                client_with_id(meant)
            )
        }
        Check::ClientUnknown { sent, meant: None } => format!("no client has the id {}", quoted(sent)),
        Check::ClientUnauthenticated => {
            "no client_id was sent, neither in a Basic header nor in the body".to_owned()
        }
        Check::TwoMethods => {
            format!(
                "{client} authenticated twice: by an Authorization header and by client_secret in the body"
            )
        }
        Check::ClientIdsDiffer { header, body } => format!(
            "the Authorization header names the client {}, but the body names the client {}",
            quoted(header),
            quoted(body)
        ),
        Check::BasicMalformed(fault) => basic(*fault),
        Check::SecretMalformed(CredentialFault::OtherKind) => {
            format!("{client} sent a token, a code or a secret of another kind of client as its secret")
        }
        Check::SecretMalformed(form) => {
            format!("{client} sent a text that is not a client secret: {}", malformed(*form))
        }
        Check::SecretUnknown => {
            format!("the secret that {client} sent is well-formed, but no client of this store has it")
        }
        Check::SecretOfOther(owner) => {
            format!("the secret that {client} sent belongs to {}", client_with_id(owner))
        }
        Check::SecretRetired { hint, at } => {
            format!("{client} sent its secret ending {hint}, which a rotation retired at {}", time(*at))
        }
        Check::SecretRevoked { hint, at } => {
            format!("{client} sent its secret ending {hint}, which was revoked at {}", time(*at))
        }
        Check::SecretPending { hint } => {
            format!("{client} sent its secret ending {hint}, whose delivery is not confirmed")
        }
        Check::ClientDisabled { since } => format!("{client} has been disabled since {}", time(*since)),
        Check::ClientExpired { at } => format!("{client} expired at {}", time(*at)),
        Check::ClientRevoked { at } => {
            format!("{client} was revoked at {}, which is permanent; create a new one", time(*at))
        }
        Check::PublicWithSecret => {
            format!("{client} is public and has no secret, but it sent one; it must send client_id alone")
        }
        Check::ConfidentialWithoutSecret => format!("{client} has a secret but did not send it"),
        Check::PublicAsItself => {
            format!("{client} is public, so it cannot use client_credentials")
        }
        Check::PublicIntrospects => {
            format!("{client} is public, and only a client with a secret may introspect")
        }
        Check::GrantTypeMissing => "no grant_type was sent".to_owned(),
        Check::GrantTypeUnsupported { sent } => {
            format!("the grant_type {} is not supported", quoted(sent))
        }
        Check::GrantTypeNotAllowed { asked } => {
            let known = refusal.client.as_ref().and_then(|client| client.known.as_ref());
            match known.map(|known| known.kind) {
                Some(ClientKind::Key) => {
                    format!("{client} may not use {asked}: a key uses client_credentials alone")
                }
                _ => format!("{client} may not use {asked}: its grant types were set when it was added"),
            }
        }
        Check::ScopeMalformed { sent } => {
            format!("the scope {} is malformed: {}", quoted(sent), scope_fault(sent))
        }
        Check::ScopeUnknown { scope, near: Some(near) } => {
            let is_case = near.as_str().eq_ignore_ascii_case(scope.as_str());
            let case = if is_case { ", and scopes are case-sensitive" } else { "" };
            format!("the scope {scope} is not declared; {near} is{case}{}", separator([scope]))
        }
        Check::ScopeUnknown { scope, near: None } => {
            format!("the scope {scope} is not declared{}", separator([scope]))
        }
        Check::ScopeNotHeld { missing, group: Some(group) } => format!(
            "{} {} not in the group {group} of {client}, nor among its own scopes{}",
            scopes(missing),
            are(missing),
            separator(missing.iter())
        ),
        Check::ScopeNotHeld { missing, group: None } => format!(
            "{} {} not among the scopes of {client}, which has no group{}",
            scopes(missing),
            are(missing),
            separator(missing.iter())
        ),
        Check::ScopeOpenIdOnly { ignored, declared, held } => format!(
            "only {} of OpenID Connect {} requested, which is not offered: no id_token is issued; {}",
            scopes(ignored),
            if are(ignored) == "are" { "were" } else { "was" },
            if !declared.is_empty() {
                format!("the declared scopes are {}", shortened(&declared.to_string()))
            } else if !held.is_empty() {
                format!("no scope is declared, and {client} has {}", shortened(&held.to_string()))
            } else {
                "no scope is declared".to_owned()
            }
        ),
        Check::ScopeNone => format!("there is no scope to issue: none was requested, or {client} has none"),
        Check::ScopeNoneLeft => format!(
            "there is no scope to issue: {client}, or the grant of {user}, has lost every scope that the user allowed"
        ),
        Check::ScopeBeyondGrant { missing } => {
            format!("{user} has not granted {} to {client}; the user must consent again", scopes(missing))
        }
        Check::ScopeBeyondToken { missing } => format!(
            "{} {} not among the scopes of the refresh token, and a refresh cannot add scopes",
            scopes(missing),
            are(missing)
        ),
        Check::IntrospectNotHeld { group: Some(group) } => format!(
            "{client} introspected a valid credential that is not one of its own tokens, and got the answer that it is inactive: it lacks the scope apiconn:introspect, which its group {group} does not have either"
        ),
        Check::IntrospectNotHeld { group: None } => {
            format!(
                "{client} introspected a valid credential that is not one of its own tokens, and got the answer that it is inactive: only a key with the scope apiconn:introspect may"
            )
        }
        Check::RedirectMissing => "no redirect_uri was sent".to_owned(),
        Check::RedirectRepeated => "redirect_uri was sent more than once".to_owned(),
        Check::RedirectMismatch { sent, .. } if is_list(sent) => {
            format!("the redirect_uri {} contains several URIs; a request has one", shortened(sent))
        }
        Check::RedirectMismatch { sent, nearest: Some((nearest, difference)) } => format!(
            "the redirect URI sent, {}, differs from the registered {} {difference}",
            shortened(sent),
            shortened(nearest.as_str())
        ),
        Check::RedirectMismatch { sent, nearest: None } => {
            format!("the redirect URI {} was sent, but {client} has none registered", shortened(sent))
        }
        Check::ResponseTypeMissing => "no response_type was sent; only code is supported".to_owned(),
        Check::ResponseTypeUnsupported { sent } => {
            format!("the response_type {} is not supported; only code is", quoted(sent))
        }
        Check::ResponseModeUnsupported { sent } => {
            format!("the response_mode {} is not supported; only query is", quoted(sent))
        }
        Check::ChallengeMissing { confidential: true } => format!(
            "{client} sent no code_challenge, and PKCE is required from it; if its software cannot send one, PKCE can be made optional"
        ),
        Check::ChallengeMissing { confidential: false } => {
            format!("{client} sent no code_challenge, and PKCE is always required from a public consumer")
        }
        Check::StateMissing => format!(
            "{client} sent neither code_challenge nor state; PKCE is optional for it, and a request without PKCE must contain state"
        ),
        Check::ChallengeMethod { sent: Some(sent) } => {
            format!("the code_challenge_method {} is not supported; only S256 is", quoted(sent))
        }
        Check::ChallengeMethod { sent: None } => {
            "no code_challenge_method was sent, which means plain; only S256 is supported".to_owned()
        }
        Check::ChallengeMalformed => {
            "the code_challenge is not the 43 characters of a SHA-256 in base64url without padding".to_owned()
        }
        Check::RequestObject { parameter } => format!("the parameter {parameter} is not supported"),
        Check::LoginRequired => "prompt=none was sent, but no user is signed in".to_owned(),
        Check::SessionEnded => format!("the session of {user} ended before the request was answered"),
        Check::ConsentRequired { missing: Some(missing) } => {
            format!("prompt=none was sent, but {user} has not granted {} to {client}", scopes(missing))
        }
        Check::ConsentRequired { missing: None } => {
            format!("prompt=none was sent, but {user} must consent each time for {client}")
        }
        Check::UserDenied => format!("{user} denied the request of {client}"),
        Check::CodeMissing => "no code was sent".to_owned(),
        Check::CodeMalformed(form) => format!("the code is malformed: {}", malformed(*form)),
        Check::CodeUnknown => "the code is unknown, or it expired and was deleted".to_owned(),
        Check::CodeExpired { at } => {
            format!("the code expired at {}; {client} must exchange it immediately", time(*at))
        }
        Check::CodeReplayed { redeemed_at } => format!(
            "the code was exchanged before, at {}; every token issued from it was ended, because the code may have been stolen or the consumer sent it twice",
            time(*redeemed_at)
        ),
        Check::CodeOfOther(owner) => {
            format!("the code was issued to {}, not to {client}", client_with_id(owner))
        }
        Check::CodeRedirectDiffers { sent: Some(sent), expected } => format!(
            "the code was issued for the redirect URI {}, but {} was sent to exchange it",
            shortened(expected),
            shortened(sent)
        ),
        Check::CodeRedirectDiffers { sent: None, expected } => {
            format!(
                "the code was issued for the redirect URI {}, but none was sent to exchange it",
                shortened(expected)
            )
        }
        Check::CodeWithoutChallenge => {
            format!("the code was requested without code_challenge, and PKCE is required from {client} now")
        }
        Check::VerifierUnexpected => format!(
            "{client} sent a code_verifier, but the code was requested without code_challenge; the challenge may have been removed from the request"
        ),
        Check::VerifierMissing => {
            format!("{client} sent no code_verifier, which its code_challenge requires")
        }
        Check::VerifierMalformed => {
            "the code_verifier does not consist of 43 to 128 letters, digits or - . _ ~".to_owned()
        }
        Check::VerifierMismatch => "the code_verifier does not match the code_challenge".to_owned(),
        Check::RefreshMissing => "no refresh_token was sent".to_owned(),
        Check::RefreshMalformed(form) => format!("the refresh token is malformed: {}", malformed(*form)),
        Check::RefreshUnknown => "the refresh token is unknown, or it expired and was deleted".to_owned(),
        Check::RefreshExpired { at } => {
            format!(
                "the refresh token reached the end of its own lifetime at {}; {user} must sign in again",
                time(*at)
            )
        }
        Check::RefreshFamilyExpired { at } => format!(
            "the refresh token reached the end of the lifetime of its family at {}; {user} must sign in again",
            time(*at)
        ),
        Check::RefreshReused { rotated_at: Some(rotated_at) } => format!(
            "the refresh token was used before, at {}; every token of its family was ended, because it may have been stolen or {client} sent an old one",
            time(*rotated_at)
        ),
        Check::RefreshReused { rotated_at: None } => format!(
            "the refresh token is not the newest of its family; every token of the family was ended, because one may have been stolen or {client} sent an old one"
        ),
        Check::RefreshOfOther(owner) => {
            format!("the refresh token was issued to {}, not to {client}", client_with_id(owner))
        }
        Check::RefreshRevoked { at: Some(at) } => format!("the refresh token was revoked at {}", time(*at)),
        Check::RefreshRevoked { at: None } => {
            "the refresh token was revoked, alone or with its family".to_owned()
        }
        Check::GrantRevoked { grant, at } => {
            format!("the grant {grant} of {user} to {client} was revoked at {}", time(*at))
        }
        Check::UserDisabled { since } => format!("{user} has been disabled since {}", time(*since)),
        Check::Form(FormFault::Foreign) => {
            "the form does not belong to this session: its token is missing or different".to_owned()
        }
        Check::Form(FormFault::Expired) => {
            "the form was sent too late: the request or the session had ended".to_owned()
        }
        Check::Form(FormFault::Decided) => "the form was already answered".to_owned(),
        Check::WrongPassword => format!("the password of {user} was wrong"),
        Check::UnknownUser => "no user has the name that was entered at the sign-in".to_owned(),
        Check::SignInDisabled { since } => {
            format!("{user} entered the right password but has been disabled since {}", time(*since))
        }
        Check::HostNotAllowed { sent } => format!(
            "the request names the host {}, which is neither the issuer's nor an address nor in additional_hosts",
            quoted(sent)
        ),
        Check::HostWithoutPages { sent } => format!(
            "the request names the host {}, but pages are served under the issuer's host alone",
            quoted(sent)
        ),
        Check::Request(what) => format!("the request is malformed: {what}"),
        Check::ParameterMalformed { parameter, fault } => format!("{parameter} {fault}"),
        Check::ParameterRepeated(parameter) => format!("the parameter {parameter} was sent more than once"),
        Check::Throttled { what, until } => {
            format!("{}: attempts are refused without being checked until {}", throttle(*what), time(*until))
        }
        Check::UserLimit { limit: UserLimit::GrantChanges, until } => {
            format!(
                "{user} changed grants too often within an hour; the next change is accepted at {}",
                time(*until)
            )
        }
        Check::UserLimit { limit: UserLimit::Decisions, until } => {
            format!(
                "{user} answered too many consent pages in one session; the next answer is accepted at {}",
                time(*until)
            )
        }
        Check::UserLimit { limit: UserLimit::Codes, until } => {
            format!(
                "the client requested too many authorization codes for the grant of {user} within an hour; the next one is \
                 issued at {}",
                time(*until)
            )
        }
        Check::Overloaded => "too many requests were waiting".to_owned(),
        Check::StoreUnavailable => "the store was not available".to_owned(),
    }
}

fn is_list(sent: &str) -> bool {
    matches!(sent.parse::<RedirectUri>(), Err(RedirectError::Several(_)))
}

/// Returns the fault of a text that is not a list of scopes.
fn scope_fault(sent: &str) -> String {
    if sent.contains(['"', '\\']) {
        "a scope has no quotation mark and no backslash".to_owned()
    } else if sent.is_ascii() {
        format!("a scope has at most {SCOPE_LENGTH} characters")
    } else {
        "a scope consists of ASCII characters".to_owned()
    }
}

/// Returns the fault of an `Authorization` header.
fn basic(fault: BasicFault) -> String {
    match fault {
        BasicFault::OtherScheme => "the Authorization header does not begin with Basic and a space".to_owned(),
        BasicFault::Empty => "the Authorization header has nothing after Basic".to_owned(),
        BasicFault::NotEncoded => {
            "the Authorization header has an id and a secret that are not encoded in base64".to_owned()
        }
        BasicFault::NotBase64 => "the Authorization header has a text after Basic that is not base64".to_owned(),
        BasicFault::Utf16 => {
            "the Authorization header has a text in UTF-16; the id and the secret must be UTF-8 before they are encoded in base64".to_owned()
        }
        BasicFault::NoColon => "the Authorization header has no colon between the id and the secret".to_owned(),
        BasicFault::Id(fault) => format!("the client id in the Authorization header {fault}"),
        BasicFault::Secret(fault) => format!("the client secret in the Authorization header {fault}"),
    }
}
