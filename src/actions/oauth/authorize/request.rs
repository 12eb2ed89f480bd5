//! Valid authorization requests.

use crate::actions::oauth::authorize::destination::Destination;
use crate::actions::oauth::authorize::parameters::{AuthorizationParameters, Prompt, parse_parameters};
use crate::actions::oauth::scopes::{explain_missing_scope, granted_scopes, without_openid_connect};
use crate::actions::stop::{Stop, into_decision};
use crate::domain::client::{Client, Profile};
use crate::domain::code::{CodeBinding, RedirectTarget};
use crate::domain::consumer::{Confidentiality, GrantType};
use crate::domain::id::ClientId;
use crate::domain::refusal::{Check, Decision};
use crate::domain::scope::{Scope, ScopeSet};
use crate::store::{ReadTx, StoreError};

/// The parts of a valid authorization request that its answer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRequest {
    pub client: ClientId,
    pub redirect_uri: RedirectTarget,
    /// The request's `state` parameter, which the response repeats unchanged.
    pub state: Option<String>,
    pub scopes: ScopeSet,
    pub binding: CodeBinding,
}

/// An authorization request that passed every check.
#[derive(Clone, Debug)]
pub struct ValidRequest {
    pub client: Client,
    pub request: ConsentRequest,
    pub prompt: Prompt,
}

/// Checks the parameters other than the destination. PKCE with S256 is required (RFC 9700 section 2.1.1), so that a stolen
/// code cannot be exchanged, unless it is optional for a confidential client. A refusal is sent to the client.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn check(
    read: &dyn ReadTx,
    destination: Destination,
    parameters: AuthorizationParameters<'_>,
) -> Result<Decision<ValidRequest>, StoreError> {
    let client = destination.client.clone();
    Ok(match into_decision(try_check(read, destination, parameters))? {
        Decision::Refused(refusal) => Decision::Refused(Box::new(refusal.of(&client))),
        allowed @ Decision::Allowed(_) => allowed,
    })
}

fn try_check(
    read: &dyn ReadTx,
    destination: Destination,
    parameters: AuthorizationParameters<'_>,
) -> Result<ValidRequest, Stop<StoreError>> {
    let Destination { client, redirect_uri, redirect_uri_sent } = destination;
    let (scopes, challenge, prompt) = parse_parameters(parameters, client_type(&client)?)?;
    let binding = match challenge {
        Some(challenge) => CodeBinding::Challenge(challenge),
        None if redirect_uri_sent => CodeBinding::RedirectUri,
        None => CodeBinding::Client,
    };
    let requested = without_openid_connect(read, &client, scopes.as_ref())?;
    let mut scopes = match granted_scopes(&client, requested.as_ref()) {
        Ok(scopes) => scopes,
        Err(refusal) => return Err(explain_missing_scope(read, refusal.check)?.into()),
    };
    // The built-in scopes belong to the client itself. A user cannot grant them.
    let built_in: Vec<Scope> = scopes.iter().filter(|scope| scope.is_built_in()).cloned().collect();
    for scope in &built_in {
        scopes.remove(scope);
    }
    if scopes.is_empty() {
        return Err(Check::ScopeNone.into());
    }
    let request = ConsentRequest {
        client: client.id.clone(),
        redirect_uri,
        state: parameters.state.map(str::to_owned),
        scopes,
        binding,
    };
    Ok(ValidRequest { client, request, prompt })
}

/// Returns the client type. A key cannot request an authorization.
fn client_type(client: &Client) -> Result<Confidentiality, Check> {
    match &client.profile {
        Profile::Consumer(profile) => Ok(profile.confidentiality),
        Profile::Key => Err(Check::GrantTypeNotAllowed { asked: GrantType::AuthorizationCode.as_str() }),
    }
}
