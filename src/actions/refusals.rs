//! Refused requests: storing and reading their explanations.

use crate::actions::ActionError;
use crate::actions::oauth::scopes::explain_missing_scope;
use crate::credentials::format::redact_request;
use crate::domain::id::RequestId;
use crate::domain::refusal::{
    Explanation, KEPT_OF_CLIENT, KEPT_OF_CLIENTS, KEPT_OTHER, KnownClient, MERGED_WITHIN, Refusal,
    RefusalGroup, StoredClient, StoredRefusal, keep_last,
};
use crate::store::refusals::RefusalRing;
use crate::store::{ReadTx, StoreError, WriteTx};

/// The longest text that is stored, in characters.
const LONGEST: usize = 1000;

/// Explains a refusal in words. The words belong to `explain`, which actions do not import.
pub type ExplainFn = fn(&Refusal) -> Explanation;

/// Stores refused requests. They get no audit record: any caller can cause them.
///
/// Requests of one minute with the same text, check, endpoint, host, client and user share a stored refusal. The oldest
/// refusals are deleted: beyond [`KEPT_OF_CLIENT`] of one client,
/// [`KEPT_OF_CLIENTS`] of all clients, and [`KEPT_OTHER`] that name no client that exists.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn record(
    write: &mut dyn WriteTx,
    groups: &[RefusalGroup],
    explain: ExplainFn,
) -> Result<(), StoreError> {
    for group in groups {
        let refusal = complete(write, &group.first.refusal)?;
        let new = stored(group, &refusal, explain(&refusal));
        // A refusal of the future was stored before the clock was set back, and is not joined.
        let (from, to) = (new.at.minus(MERGED_WITHIN), new.at.plus(MERGED_WITHIN));
        match write.equal_refusal(&new, from, to)? {
            Some(equal) => write.update_refusal(&merge(equal, new))?,
            None => insert(write, &new)?,
        }
    }
    Ok(())
}

/// Returns the stored refusal with the requests of another.
fn merge(stored: StoredRefusal, other: StoredRefusal) -> StoredRefusal {
    let mut later_requests = stored.later_requests;
    keep_last(&mut later_requests, std::iter::once(other.request).chain(other.later_requests));
    StoredRefusal {
        later_requests,
        last_at: stored.last_at.max(other.last_at),
        count: stored.count.saturating_add(other.count),
        ..stored
    }
}

fn insert(write: &mut dyn WriteTx, refusal: &StoredRefusal) -> Result<(), StoreError> {
    write.insert_refusal(refusal)?;
    match refusal.known_client() {
        Some(client) => {
            write.keep_refusals(&RefusalRing::Client(client.clone()), KEPT_OF_CLIENT)?;
            write.keep_refusals(&RefusalRing::Clients, KEPT_OF_CLIENTS)
        }
        None => write.keep_refusals(&RefusalRing::Other, KEPT_OTHER),
    }
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

/// Returns the refusal of one request, which may stand for several: then the text is that of the first.
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

/// Returns the form in which refused requests are stored: words without credentials, of bounded length.
#[must_use]
pub fn stored(group: &RefusalGroup, refusal: &Refusal, explanation: Explanation) -> StoredRefusal {
    let why = redact_request(&explanation.why);
    let request = &group.first;
    StoredRefusal {
        request: request.request.clone(),
        at: request.at,
        last_at: group.last_at,
        later_requests: group.later.clone(),
        endpoint: request.endpoint.to_owned(),
        host: request.host.as_deref().map(redact_request),
        error: request.error.map(str::to_owned),
        // The id of a client that does not exist may be a secret.
        client: refusal
            .client
            .as_ref()
            .filter(|client| {
                client.known.is_some() || redact_request(client.id.as_str()) == client.id.as_str()
            })
            .map(StoredClient::from),
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
            .filter(|line| line.chars().count() <= LONGEST && redact_request(line) == *line),
        count: group.count,
    }
}
