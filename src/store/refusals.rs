//! Refused requests, with the reason for the administrator.

use crate::domain::id::RequestId;
use crate::domain::refusal::StoredRefusal;

use crate::store::error::StoreError;

/// Reads of refusals.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait RefusalReads {
    /// Returns at most `limit` refusals, newest first.
    fn last_refusals(&self, limit: usize) -> Result<Vec<StoredRefusal>, StoreError>;
    /// Returns the refusal of a request, if it is still stored.
    fn refusal(&self, request: &RequestId) -> Result<Option<StoredRefusal>, StoreError>;
    /// Returns at most `limit` refusals whose request id starts with `prefix`, newest first, for completion.
    fn refusals_starting(&self, prefix: &str, limit: usize) -> Result<Vec<StoredRefusal>, StoreError>;
}

/// Changes of refusals.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait RefusalWrites {
    /// Adds a refusal. If the request already has one, the first stays: it is the cause.
    fn insert_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError>;
    /// Deletes all refusals except the last `count`. The cost depends on the number of deleted rows alone.
    fn keep_refusals(&mut self, count: usize) -> Result<(), StoreError>;
}
