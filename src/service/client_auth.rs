//! Who calls: HTTP Basic or the form body (RFC 6749 section 2.3.1), one of them, never the query.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::actions::tokens::{Authenticated, authenticate};
use crate::secrets::plain::Plain;

use super::error::OAuthError;
use super::form::{Form, decode};
use super::state::State;

/// The id and secret that a request brings.
struct Claim {
    client_id: String,
    secret: Plain,
}

/// Authenticates the caller, and notes the use of its secret.
///
/// # Errors
/// Refuses a request with two methods or none, and every client that is not accepted now, all in the same words.
pub(super) fn caller(
    state: &State,
    headers: &HeaderMap,
    form: &mut Form,
) -> Result<Authenticated, OAuthError> {
    let Claim { client_id, secret } = claim(headers, form)?;
    let now = state.now();
    let snapshot = state.store.read()?;
    let caller =
        authenticate(snapshot.as_ref(), &client_id, &secret, now)?.map_err(|_| OAuthError::InvalidClient)?;
    state.usage.note(&caller.secret, now);
    Ok(caller)
}

fn claim(headers: &HeaderMap, form: &mut Form) -> Result<Claim, OAuthError> {
    let mut basic = headers.get_all(AUTHORIZATION).iter();
    let first = basic.next();
    if basic.next().is_some() {
        return Err(OAuthError::InvalidRequest("there are two Authorization headers"));
    }
    let in_body = form.secret("client_secret");
    match (first, in_body) {
        (Some(_), Some(_)) => Err(OAuthError::InvalidRequest("the client authenticates in two ways at once")),
        (Some(header), None) => {
            let claim = header.to_str().ok().and_then(basic_claim).ok_or(OAuthError::InvalidClient)?;
            match form.text("client_id") {
                Some(other) if other != claim.client_id => {
                    Err(OAuthError::InvalidRequest("two different client ids"))
                }
                _ => Ok(claim),
            }
        }
        (None, Some(secret)) => {
            let client_id = form.text("client_id").ok_or(OAuthError::InvalidClient)?.to_owned();
            Ok(Claim { client_id, secret })
        }
        (None, None) => Err(OAuthError::InvalidClient),
    }
}

/// The two halves of a Basic header, each form-decoded; our own ids and secrets read the same with or without that.
fn basic_claim(header: &str) -> Option<Claim> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let client_id = decode(&bytes[..colon]).ok()?;
    let secret = Plain::new(decode(&bytes[colon + 1..]).ok()?);
    Some(Claim { client_id, secret })
}
