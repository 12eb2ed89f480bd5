//! Client authentication by HTTP Basic or by the form body, not by both (RFC 6749 section 2.3.1). A public client sends only
//! its id.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::actions::authenticate::{AuthenticatedClient, authenticate};
use crate::actions::throttle;
use crate::domain::id::ClientId;
use crate::domain::refusal::{Check, Decision};
use crate::domain::secret_text::SecretText;
use crate::domain::throttle::Subject;
use crate::domain::time::Timestamp;
use crate::store::ReadTx;

use crate::service::edge::proxy::ClientAddress;
use crate::service::http::parameters::{Parameters, decode};
use crate::service::http::rejection::Rejection;
use crate::service::state::AppState;

/// The credentials in a request. A public client has no secret.
struct RequestCredentials {
    client_id: String,
    secret: Option<SecretText>,
}

/// Authenticates the caller and counts the use of its secret.
///
/// # Errors
/// [`Rejection`] if the request has no credentials, has them twice, or the client may not be used now.
pub(crate) async fn identify(
    state: &AppState,
    address: ClientAddress,
    headers: &HeaderMap,
    parameters: &mut Parameters,
) -> Result<AuthenticatedClient, Rejection> {
    let (caller, ()) = identify_and(state, address, headers, parameters, |_, _, _| Ok(())).await?;
    Ok(caller)
}

/// Authenticates the caller as [`identify`] does, and calls `then` with the same snapshot of the store.
///
/// # Errors
/// [`Rejection`] as for [`identify`], or that of `then`, which then names the authenticated client.
pub(crate) async fn identify_and<T>(
    state: &AppState,
    address: ClientAddress,
    headers: &HeaderMap,
    parameters: &mut Parameters,
    then: impl FnOnce(&dyn ReadTx, &AuthenticatedClient, Timestamp) -> Result<T, Rejection>,
) -> Result<(AuthenticatedClient, T), Rejection> {
    let RequestCredentials { client_id, secret } = credentials(headers, parameters)
        .map_err(|check| Rejection::from(check).by(parameters.text("client_id")))?;
    let now = state.now();
    let decision = {
        let read = state.store.read()?;
        match authenticate(read.as_ref(), &client_id, secret.as_ref(), now)? {
            Decision::Allowed(caller) => {
                if let Some(secret) = &caller.secret {
                    state.usage.secret(secret, now);
                }
                let read =
                    then(read.as_ref(), &caller, now).map_err(|rejection| rejection.of_caller(&caller))?;
                Ok((caller, read))
            }
            Decision::Refused(refusal) => Err(refusal),
        }
    };
    match decision {
        Ok(authenticated) => Ok(authenticated),
        Err(refusal) => {
            let mut rejection = Rejection::from(refusal);
            // Only a wrong secret is rate-limited. Otherwise an attacker could lock out a client by its id.
            if let Some(throttled) = count_failure(state, address, &client_id).await? {
                rejection = Rejection::from(throttled).by(Some(&client_id));
            }
            Err(rejection)
        }
    }
}

/// Counts a wrong secret. Returns the check that failed instead if there were too many before.
async fn count_failure(
    state: &AppState,
    address: ClientAddress,
    client_id: &str,
) -> Result<Option<Check>, Rejection> {
    let now = state.now();
    let (subjects, throttled) = {
        let read = state.store.read()?;
        let address = address.throttle_key(&state.issuer_in(read.as_ref())?);
        let mut subjects: Vec<_> = address.map(Subject::ClientSecretFrom).into_iter().collect();
        if let Ok(id) = client_id.parse::<ClientId>() {
            subjects.push(Subject::ClientSecret(id));
        }
        let throttled = throttle::failed_check(read.as_ref(), &subjects, now)?;
        (subjects, throttled)
    };
    if throttled.is_some() {
        return Ok(throttled);
    }
    state.writer.submit(move |job| throttle::record_failure(job.write, &subjects, job.now)).await?;
    Ok(None)
}

fn credentials(headers: &HeaderMap, parameters: &mut Parameters) -> Result<RequestCredentials, Check> {
    let mut basic = headers.get_all(AUTHORIZATION).iter();
    let first = basic.next();
    if basic.next().is_some() {
        return Err(Check::Request("there is more than one Authorization header"));
    }
    let in_body = parameters.secret("client_secret");
    let client_id = parameters.text("client_id");
    match (first, in_body) {
        (Some(_), Some(_)) => Err(Check::TwoMethods),
        (Some(header), None) => {
            let basic = header.to_str().ok().and_then(basic_credentials).ok_or(Check::BasicMalformed)?;
            match client_id {
                Some(other) if other != basic.client_id => {
                    Err(Check::ClientIdsDiffer { header: basic.client_id, body: other.to_owned() })
                }
                _ => Ok(basic),
            }
        }
        (None, secret) => match client_id {
            Some(client_id) => Ok(RequestCredentials { client_id: client_id.to_owned(), secret }),
            None if secret.is_some() => Err(Check::ClientIdMissing),
            None => Err(Check::ClientUnauthenticated),
        },
    }
}

/// Returns the credentials of a Basic header, both form-decoded (RFC 6749 section 2.3.1), which does not change ids and
/// secrets of this service. An empty password counts as no secret, because some libraries send a public client's id so.
fn basic_credentials(header: &str) -> Option<RequestCredentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let client_id = decode(&bytes[..colon]).ok()?;
    let secret = decode(&bytes[colon + 1..]).ok()?;
    Some(RequestCredentials { client_id, secret: (!secret.is_empty()).then(|| SecretText::new(secret)) })
}

/// Refuses a public client.
///
/// # Errors
/// [`Rejection`] with [`Check::PublicAsItself`] if the caller is public.
pub(crate) fn confidential(caller: &AuthenticatedClient) -> Result<(), Rejection> {
    if caller.secret.is_some() {
        return Ok(());
    }
    Err(Rejection::from(Check::PublicAsItself).of_caller(caller))
}
