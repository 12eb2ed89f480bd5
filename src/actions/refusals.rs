//! Refused requests: storing and reading their explanations.

use crate::actions::ActionError;
use crate::actions::oauth::scopes::explain_missing_scope;
use crate::credentials::format::redact;
use crate::domain::id::RequestId;
use crate::domain::refusal::{
    Explanation, KEPT, KnownClient, Refusal, RefusedRequest, StoredClient, StoredRefusal,
};
use crate::store::{ReadTx, StoreError, WriteTx};

/// The longest text that is stored, in characters.
const LONGEST: usize = 1000;

/// Explains a refusal in words. The words belong to `explain`, which actions do not import.
pub type ExplainFn = fn(&Refusal) -> Explanation;

/// Stores refused requests, and deletes the oldest beyond [`KEPT`]. They get no audit record: any caller can cause them.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn record(
    write: &mut dyn WriteTx,
    requests: &[RefusedRequest],
    explain: ExplainFn,
) -> Result<(), StoreError> {
    if requests.is_empty() {
        return Ok(());
    }
    for request in &requests[requests.len().saturating_sub(KEPT)..] {
        let refusal = complete(write, &request.refusal)?;
        write.insert_refusal(&stored(request, &refusal, explain(&refusal)))?;
    }
    write.keep_refusals(KEPT)
}

/// Adds the facts that only the administrator needs and that no request waits for: the name of a client that is known by
/// its id alone, and whether a scope is missing because it is not declared.
fn complete(read: &dyn ReadTx, refusal: &Refusal) -> Result<Refusal, StoreError> {
    let mut refusal = refusal.clone();
    if let Some(client) = &mut refusal.client
        && client.known.is_none()
    {
        client.known = read.client(&client.id)?.as_ref().map(KnownClient::from);
    }
    refusal.check = explain_missing_scope(read, refusal.check)?;
    Ok(refusal)
}

/// Returns the newest refusals, newest first, at most `count`.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn last(read: &dyn ReadTx, count: usize) -> Result<Vec<StoredRefusal>, StoreError> {
    read.last_refusals(count)
}

/// Returns the refusal of one request.
///
/// # Errors
/// [`ActionError::NotFound`] if there is none, or if it was deleted as one of the oldest.
pub fn by_request(read: &dyn ReadTx, request: &RequestId) -> Result<StoredRefusal, ActionError> {
    read.refusal(request)?.ok_or_else(|| ActionError::NotFound {
        noun: "refusal",
        handle: request.to_string(),
        near: Vec::new(),
    })
}

/// Returns the form in which a refused request is stored: words without credentials, of bounded length.
#[must_use]
pub fn stored(request: &RefusedRequest, refusal: &Refusal, explanation: Explanation) -> StoredRefusal {
    let why = redact(&explanation.why);
    StoredRefusal {
        request: request.request.clone(),
        at: request.at,
        endpoint: request.endpoint.to_owned(),
        host: request.host.as_deref().map(redact),
        error: request.error.map(str::to_owned),
        client: refusal.client.as_ref().map(StoredClient::from),
        client_authenticated: refusal.client_authenticated,
        user: refusal.user.clone(),
        code: refusal.check.code().to_owned(),
        why: match why.char_indices().nth(LONGEST) {
            Some((end, _)) => why[..end].to_owned(),
            None => why,
        },
        // A truncated or redacted command would do something else.
        suggested_command: explanation
            .suggested_command
            .filter(|line| line.chars().count() <= LONGEST && redact(line) == *line),
        count: 1,
    }
}
