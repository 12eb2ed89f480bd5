//! Refusals: what the service tells the administrator, and nobody else.

use crate::domain::id::RequestId;
use crate::domain::refusal::{Check, KEPT, Malformed, Refusal, Told};
use crate::domain::time::Timestamp;
use crate::secrets::format::redact;
use crate::store::{ReadTx, StoreError, WriteTx};

use super::secrets::VerifyRefusal;
use super::{ActionError, authorization};

/// The longest text that is kept, in characters.
const LONGEST: usize = 1000;

/// Records refusals. They belong to no audit: anybody can bring them about, and the oldest go.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn record(write: &mut dyn WriteTx, refusals: &[Refusal]) -> Result<(), StoreError> {
    if refusals.is_empty() {
        return Ok(());
    }
    for refusal in &refusals[refusals.len().saturating_sub(KEPT)..] {
        let told = told(&completed(write, refusal)?);
        write.insert_refusal(&told)?;
    }
    write.keep_refusals(KEPT)
}

/// The refusal with what only the administrator needs, and no request has to wait for: the name of a client that was
/// known by its id alone, and that a scope is not lacking but unknown to all.
fn completed(read: &dyn ReadTx, refusal: &Refusal) -> Result<Refusal, StoreError> {
    let mut refusal = refusal.clone();
    if let (Some(id), None) = (&refusal.client_id, &refusal.client_name) {
        refusal.client_name = read.client(id)?.map(|client| client.name);
    }
    refusal.check = *authorization::named(read, Box::new(refusal.check))?;
    Ok(refusal)
}

/// The last refusals, newest first, at most `count`.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn last(read: &dyn ReadTx, count: usize) -> Result<Vec<Told>, StoreError> {
    read.last_refusals(count)
}

/// The refusal of a request.
///
/// # Errors
/// Says so where there is none, or none any more.
pub fn by_request(read: &dyn ReadTx, request: &RequestId) -> Result<Told, ActionError> {
    read.refusal(request)?.ok_or_else(|| ActionError::NotFound {
        noun: "refusal",
        handle: request.to_string(),
        near: Vec::new(),
    })
}

/// The check that a secret failed which was presented at `now`.
#[must_use]
pub fn check_of_secret(refusal: &VerifyRefusal, now: Timestamp) -> Check {
    match refusal {
        VerifyRefusal::Form(error) => Check::SecretMalformed((*error).into()),
        VerifyRefusal::NotASecret => Check::SecretMalformed(Malformed::OtherKind),
        VerifyRefusal::Unknown => Check::SecretUnknown,
        VerifyRefusal::Secret(held, _) => Check::of_secret(&held.secret, now).unwrap_or(Check::SecretUnknown),
        VerifyRefusal::Client(held, _) => Check::of_client(&held.client, now).unwrap_or(Check::SecretUnknown),
    }
}

/// A refusal as it is kept: in words, without credentials, short.
#[must_use]
pub fn told(refusal: &Refusal) -> Told {
    let why = redact(&refusal.why());
    let mend = refusal.mend();
    Told {
        request: refusal.request.clone(),
        at: refusal.at,
        endpoint: refusal.endpoint.to_owned(),
        error: refusal.error.map(str::to_owned),
        client_id: refusal.client_id.clone(),
        client_name: refusal.client_name.clone(),
        user: refusal.user.clone(),
        code: refusal.check.code().to_owned(),
        why: match why.char_indices().nth(LONGEST) {
            Some((end, _)) => why[..end].to_owned(),
            None => why,
        },
        // Half a command, or one with a hole in it, is worse than none.
        mend: mend.filter(|line| line.chars().count() <= LONGEST && redact(line) == *line),
    }
}
