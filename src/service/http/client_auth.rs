//! Which client calls: HTTP Basic or the form body (RFC 6749 section 2.3.1), one of them, never the query; a public client
//! by its id alone.

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

/// The id and perhaps the secret that a request brings.
struct Claim {
    client_id: String,
    secret: Option<SecretText>,
}

/// Identifies the caller, and notes the use of its secret.
///
/// # Errors
/// Refuses a request with two methods or none, and every client that is not accepted now, all in the same words.
pub(crate) async fn identify(
    state: &AppState,
    address: ClientAddress,
    headers: &HeaderMap,
    parameters: &mut Parameters,
) -> Result<AuthenticatedClient, Rejection> {
    let (caller, ()) = identify_and(state, address, headers, parameters, |_, _, _| Ok(())).await?;
    Ok(caller)
}

/// Identifies the caller as [`identify`] does, and reads what it asks for in the same snapshot of the store.
///
/// # Errors
/// As [`identify`] and the reading.
pub(crate) async fn identify_and<T>(
    state: &AppState,
    address: ClientAddress,
    headers: &HeaderMap,
    parameters: &mut Parameters,
    then: impl FnOnce(&dyn ReadTx, &AuthenticatedClient, Timestamp) -> Result<T, Rejection>,
) -> Result<(AuthenticatedClient, T), Rejection> {
    let Claim { client_id, secret } = claim(headers, parameters)
        .map_err(|check| Rejection::from(check).by(parameters.text("client_id")))?;
    let now = state.now();
    let found = {
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
    match found {
        Ok(identified) => Ok(identified),
        Err(refusal) => {
            let mut rejection = Rejection::from(refusal);
            // A right secret is never held up: it was not guessed, and strangers would else stop a client by its id.
            if let Some(throttled) = note_failure(state, address, &client_id).await? {
                rejection = Rejection::from(throttled).by(Some(&client_id));
            }
            Err(rejection)
        }
    }
}

/// Counts a wrong secret; the check that failed instead, where there were too many.
async fn note_failure(
    state: &AppState,
    address: ClientAddress,
    client_id: &str,
) -> Result<Option<Check>, Rejection> {
    let now = state.now();
    let mut subjects = vec![Subject::ClientSecretFrom(address.throttle_key())];
    if let Ok(id) = client_id.parse::<ClientId>() {
        subjects.push(Subject::ClientSecret(id));
    }
    let throttled = throttle::failed_check(state.store.read()?.as_ref(), &subjects, now)?;
    if throttled.is_some() {
        return Ok(throttled);
    }
    state.writer.submit(move |job| throttle::note_failure(job.write, &subjects, job.now)).await?;
    Ok(None)
}

fn claim(headers: &HeaderMap, parameters: &mut Parameters) -> Result<Claim, Check> {
    let mut basic = headers.get_all(AUTHORIZATION).iter();
    let first = basic.next();
    if basic.next().is_some() {
        return Err(Check::Request("there are two Authorization headers"));
    }
    let in_body = parameters.secret("client_secret");
    let client_id = parameters.text("client_id");
    match (first, in_body) {
        (Some(_), Some(_)) => Err(Check::TwoMethods),
        (Some(header), None) => {
            let claim = header.to_str().ok().and_then(basic_claim).ok_or(Check::BasicMalformed)?;
            match client_id {
                Some(other) if other != claim.client_id => {
                    Err(Check::ClientIdsDiffer { header: claim.client_id, body: other.to_owned() })
                }
                _ => Ok(claim),
            }
        }
        (None, secret) => match client_id {
            Some(client_id) => Ok(Claim { client_id: client_id.to_owned(), secret }),
            None if secret.is_some() => Err(Check::ClientIdMissing),
            None => Err(Check::ClientUnauthenticated),
        },
    }
}

/// The two halves of a Basic header, each form-decoded; our own ids and secrets read the same with or without that. An
/// empty password is no secret: some libraries send a public client's id so.
fn basic_claim(header: &str) -> Option<Claim> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let client_id = decode(&bytes[..colon]).ok()?;
    let secret = decode(&bytes[colon + 1..]).ok()?;
    Some(Claim { client_id, secret: (!secret.is_empty()).then(|| SecretText::new(secret)) })
}

/// Refuses a caller that is only a public client's id.
///
/// # Errors
/// As named, to whatever it asked for.
pub(crate) fn confidential(caller: &AuthenticatedClient) -> Result<(), Rejection> {
    if caller.secret.is_some() {
        return Ok(());
    }
    Err(Rejection::from(Check::PublicAsItself).of_caller(caller))
}
