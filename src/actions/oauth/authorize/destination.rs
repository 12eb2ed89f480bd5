//! The client and the redirect URI of an authorization request.

use crate::actions::authenticate::{ensure_usable, unknown_client};
use crate::actions::stop::{Stop, into_decision};
use crate::domain::client::{Client, Profile};
use crate::domain::code::RedirectTarget;
use crate::domain::consumer::GrantType;
use crate::domain::id::ClientId;
use crate::domain::refusal::{Check, Decision};
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

/// The client of an authorization request, and the URI to which the response is sent. Both are checked.
#[derive(Clone, Debug)]
pub struct Destination {
    pub client: Client,
    pub redirect_uri: RedirectTarget,
    /// True if the request contained `redirect_uri`.
    pub redirect_uri_sent: bool,
}

/// Checks the client and the redirect URI of an authorization request. A refusal must be shown on a page of the service.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn destination(
    read: &dyn ReadTx,
    client_id: Option<&str>,
    redirect_uri: Option<&str>,
    now: Timestamp,
) -> Result<Decision<Destination>, StoreError> {
    let mut known = None;
    let destination = try_destination(read, client_id, redirect_uri, now, &mut known);
    Ok(match into_decision(destination)? {
        Decision::Refused(refusal) => Decision::Refused(Box::new(match &known {
            Some(client) => refusal.of(client),
            None => refusal.of_sent_id(client_id),
        })),
        allowed @ Decision::Allowed(_) => allowed,
    })
}

/// Checks like [`destination`]. Sets `known` as soon as the client is found, so that a refusal can name it.
fn try_destination(
    read: &dyn ReadTx,
    client_id: Option<&str>,
    redirect_uri: Option<&str>,
    now: Timestamp,
    known: &mut Option<Client>,
) -> Result<Destination, Stop<StoreError>> {
    let client_id = client_id.ok_or(Check::ClientIdMissing)?;
    let client = match client_id.parse::<ClientId>() {
        Ok(id) => read.client(&id)?,
        Err(_) => None,
    };
    let Some(client) = client else { return Err(unknown_client(read, client_id)?.into()) };
    let client = &*known.insert(client);
    ensure_usable(client, now)?;
    let target = redirect_target(client, redirect_uri)?;
    Ok(Destination {
        client: client.clone(),
        redirect_uri: target,
        redirect_uri_sent: redirect_uri.is_some(),
    })
}

/// Returns the URI for the response: the sent one if it is registered, or the only registered one if none was sent.
///
/// # Errors
/// [`Check`] with the cause if the client has no such redirect URI.
pub(crate) fn redirect_target(client: &Client, sent: Option<&str>) -> Result<RedirectTarget, Check> {
    let not_allowed = || Check::GrantTypeNotAllowed { asked: GrantType::AuthorizationCode.as_str() };
    let Profile::Consumer(profile) = &client.profile else { return Err(not_allowed()) };
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(not_allowed());
    }
    let registered = &profile.redirect_uris;
    match (sent, registered.as_slice()) {
        // RFC 6749 section 3.1.2.3 allows the client to omit the only registered URI.
        (None, [only]) => Ok(RedirectTarget::checked(only.as_str().to_owned())),
        (None, _) => Err(Check::RedirectMissing),
        (Some(sent), _) => {
            let any_port = !client.is_confidential();
            if registered.iter().any(|uri| uri.matches(sent, any_port)) {
                Ok(RedirectTarget::checked(sent.to_owned()))
            } else if any_port {
                Err(Check::redirect_mismatch_on_any_port(sent, registered))
            } else {
                Err(Check::redirect_mismatch(sent, registered))
            }
        }
    }
}
