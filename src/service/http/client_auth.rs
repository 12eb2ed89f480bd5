//! Client authentication by HTTP Basic or by the form body, not by both (RFC 6749 section 2.3.1). A public client sends only
//! its id.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::actions::authenticate::{AuthenticatedClient, authenticate};
use crate::actions::throttle;
use crate::domain::id::ClientId;
use crate::domain::refusal::{BasicFault, Check, Decision, Refusal, TextFault, trim_credential};
use crate::domain::secret_text::SecretText;
use crate::domain::throttle::{Subject, ThrottleDecision};
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

use crate::service::edge::proxy::ClientAddress;
use crate::service::http::parameters::{Parameters, decode, plain};
use crate::service::http::rejection::Rejection;
use crate::service::state::AppState;

/// The credentials in a request. A public client has no secret.
struct RequestCredentials {
    client_id: String,
    /// The id as a Basic header has it, if decoding changes it. Some programs do not encode the id.
    undecoded_id: Option<ClientId>,
    secret: Option<SecretText>,
}

/// Authenticates the caller and counts the use of its secret. A secret is used whenever it is accepted, also if the request is
/// refused later. The use of the client is counted by the endpoint, after the request succeeded.
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
    let RequestCredentials { mut client_id, undecoded_id, secret } = credentials(headers, parameters)?;
    let now = state.now();
    let decision = {
        let read = state.store.read()?;
        if let Some(undecoded) = undecoded_id
            && !has_client(read.as_ref(), &client_id)?
            && has_client(read.as_ref(), undecoded.as_str())?
        {
            client_id = undecoded.to_string();
        }
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
            // Only failures are rate-limited. Otherwise an attacker could lock out a client by its id.
            let throttled_until = count_failure(state, address, client_id).await?;
            Err(Refusal { throttled_until, ..*refusal }.into())
        }
    }
}

/// Returns true if a client has this id.
fn has_client(read: &dyn ReadTx, id: &str) -> Result<bool, StoreError> {
    match id.parse() {
        Ok(id) => Ok(read.client(&id)?.is_some()),
        Err(_) => Ok(false),
    }
}

/// Counts a failed authentication, or returns the end of the wait if there were too many before. Subjects and steps depend on
/// what the caller sent alone, so that neither the answer nor its time reveals whether a client has the id.
async fn count_failure(
    state: &AppState,
    address: ClientAddress,
    client_id: String,
) -> Result<Option<Timestamp>, Rejection> {
    let now = state.now();
    let (subjects, decision) = {
        let read = state.store.read()?;
        let ranges = address.ranges(&state.issuer_in(read.as_ref())?);
        let mut subjects = vec![Subject::ClientSecret(client_id)];
        subjects.extend(ranges.into_iter().map(Subject::ClientSecretFrom));
        let decision = throttle::check(read.as_ref(), &subjects, now)?;
        (subjects, decision)
    };
    if let ThrottleDecision::Wait(until) = decision {
        return Ok(Some(until));
    }
    state.writer.submit(move |job| throttle::record_failure(job.write, &subjects, job.now)).await?;
    Ok(None)
}

/// Returns the credentials in a request.
///
/// # Errors
/// [`Rejection`], with the client id if one was sent.
fn credentials(headers: &HeaderMap, parameters: &mut Parameters) -> Result<RequestCredentials, Rejection> {
    let in_body = parameters.secret("client_secret");
    let client_id = parameters.text("client_id");
    let refused = |check: Check| Rejection::from(check).by(client_id);
    let mut headers = headers.get_all(AUTHORIZATION).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(refused(Check::Request("there is more than one Authorization header")));
    }
    match (header, in_body) {
        (Some(header), in_body) => {
            let basic = basic_credentials(header.as_bytes()).map_err(|error| {
                if in_body.is_some() {
                    return refused(Check::TwoMethods);
                }
                Rejection::from(Check::BasicMalformed(error.fault))
                    .by(error.client_id.as_deref().or(client_id))
            })?;
            match client_id {
                Some(other)
                    if other != basic.client_id
                        && basic.undecoded_id.as_ref().map(ClientId::as_str) != Some(other) =>
                {
                    Err(refused(Check::ClientIdsDiffer { header: basic.client_id, body: other.to_owned() }))
                }
                _ if in_body.is_some() => Err(refused(Check::TwoMethods)),
                _ => Ok(basic),
            }
        }
        (None, secret) => match client_id {
            Some(client_id) => {
                Ok(RequestCredentials { client_id: client_id.to_owned(), undecoded_id: None, secret })
            }
            None if secret.is_some() => Err(refused(Check::ClientIdMissing)),
            None => Err(refused(Check::ClientUnauthenticated)),
        },
    }
}

/// An `Authorization` header that cannot be read.
struct BasicError {
    fault: BasicFault,
    /// The client id, if it could be read.
    client_id: Option<String>,
}

impl From<BasicFault> for BasicError {
    fn from(fault: BasicFault) -> Self {
        Self { fault, client_id: None }
    }
}

/// Returns the credentials of a Basic header, both form-decoded (RFC 6749 section 2.3.1), which does not change new ids and
/// secrets of this service. An empty password counts as no secret, because some libraries send a public client's id so.
/// Blanks in the base64 and around the id and the secret come from a program that wraps lines or from a file.
///
/// # Errors
/// [`BasicError`] with the fault of the header.
fn basic_credentials(header: &[u8]) -> Result<RequestCredentials, BasicError> {
    let split = header.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(header.len());
    let (scheme, rest) = header.split_at(split);
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(BasicFault::OtherScheme.into());
    }
    let encoded: Zeroizing<Vec<u8>> =
        Zeroizing::new(rest.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect());
    if encoded.is_empty() {
        return Err(BasicFault::Empty.into());
    }
    let Ok(decoded) = STANDARD.decode(&*encoded) else {
        let fault = if encoded.contains(&b':') { BasicFault::NotEncoded } else { BasicFault::NotBase64 };
        return Err(fault.into());
    };
    let decoded = Zeroizing::new(decoded);
    if is_utf16(&decoded) {
        return Err(BasicFault::Utf16.into());
    }
    let colon = decoded.iter().position(|byte| *byte == b':').ok_or(BasicFault::NoColon)?;
    let id = &decoded[..colon];
    let undecoded_id: Option<ClientId> = std::str::from_utf8(id).ok().and_then(|id| id.parse().ok());
    let client_id = match (credential(id), &undecoded_id) {
        (Ok(client_id), _) => client_id,
        // For instance a percent sign that begins no escape.
        (Err(_), Some(undecoded)) => undecoded.to_string(),
        (Err(fault), None) => return Err(BasicFault::Id(fault).into()),
    };
    let undecoded_id = undecoded_id.filter(|undecoded| undecoded.as_str() != client_id);
    match credential(&decoded[colon + 1..]) {
        Ok(secret) => {
            let secret = (!secret.is_empty()).then(|| SecretText::new(secret));
            Ok(RequestCredentials { client_id, undecoded_id, secret })
        }
        Err(fault) => Err(BasicError { fault: BasicFault::Secret(fault), client_id: Some(client_id) }),
    }
}

/// Returns true if every character is two bytes long, as PowerShell's encoding `Unicode` writes it.
fn is_utf16(bytes: &[u8]) -> bool {
    let is_nul = |at: usize| bytes.iter().skip(at).step_by(2).all(|byte| *byte == 0);
    bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.len() > 1 && (is_nul(0) || is_nul(1))
}

/// Decodes an id or a secret, without blanks, line ends and byte order marks around it.
fn credential(bytes: &[u8]) -> Result<String, TextFault> {
    let mut text = decode(bytes)?;
    trim_credential(&mut text);
    plain(text)
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
