//! Refusals in the store.

use crate::domain::id::RequestId;
use crate::domain::refusal::StoredRefusal;

use crate::store::error::StoreError;

/// Reads of refusals. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait RefusalReads {
    /// The last refusals, newest first, at most `limit`.
    fn last_refusals(&self, limit: usize) -> Result<Vec<StoredRefusal>, StoreError>;
    /// The refusal of that request, unless it is gone with the oldest.
    fn refusal(&self, request: &RequestId) -> Result<Option<StoredRefusal>, StoreError>;
    /// Refusals whose request id begins so, newest first: at most `limit`, for completion.
    fn refusals_starting(&self, prefix: &str, limit: usize) -> Result<Vec<StoredRefusal>, StoreError>;
}

/// Changes of refusals. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait RefusalWrites {
    /// Adds a refusal. Of a request that has one already the first stays: it is the cause.
    fn insert_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError>;
    /// Removes all but the last so many. Costs as much as there is to remove, not as there is to keep.
    fn keep_refusals(&mut self, count: usize) -> Result<(), StoreError>;
}
