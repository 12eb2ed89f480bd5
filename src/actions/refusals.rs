//! Refusals: what the service tells the administrator, and nobody else.

use crate::credentials::format::redact;
use crate::domain::id::RequestId;
use crate::domain::refusal::{Check, Explanation, KEPT, Malformed, Refusal, StoredRefusal};
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError, WriteTx};

use crate::actions::ActionError;
use crate::actions::clients::secrets::VerifyRefusal;
use crate::actions::oauth::authorize;

/// The longest text that is kept, in characters.
const LONGEST: usize = 1000;

/// Explains a refusal in words. The words belong to `explain`, which actions do not import.
pub type Explain = fn(&Refusal) -> Explanation;

/// Records refusals. They belong to no audit: anybody can bring them about, and the oldest go.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn record(write: &mut dyn WriteTx, refusals: &[Refusal], explain: Explain) -> Result<(), StoreError> {
    if refusals.is_empty() {
        return Ok(());
    }
    for refusal in &refusals[refusals.len().saturating_sub(KEPT)..] {
        let refusal = completed(write, refusal)?;
        write.insert_refusal(&stored(&refusal, explain(&refusal)))?;
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
    refusal.check = *authorize::named(read, Box::new(refusal.check))?;
    Ok(refusal)
}

/// The last refusals, newest first, at most `count`.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn last(read: &dyn ReadTx, count: usize) -> Result<Vec<StoredRefusal>, StoreError> {
    read.last_refusals(count)
}

/// The refusal of a request.
///
/// # Errors
/// Says so where there is none, or none any more.
pub fn by_request(read: &dyn ReadTx, request: &RequestId) -> Result<StoredRefusal, ActionError> {
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

/// Returns the form in which a refusal is stored: words without credentials, of bounded length.
#[must_use]
pub fn stored(refusal: &Refusal, explanation: Explanation) -> StoredRefusal {
    let why = redact(&explanation.why);
    StoredRefusal {
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
        // A command that was cut or redacted would do something else than the reason says.
        suggested_command: explanation
            .suggested_command
            .filter(|line| line.chars().count() <= LONGEST && redact(line) == *line),
    }
}
