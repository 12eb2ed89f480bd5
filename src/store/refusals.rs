//! Refused requests, with the reason for the administrator.

use crate::domain::id::{ClientId, RequestId};
use crate::domain::refusal::StoredRefusal;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// The refusals that displace each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalRing {
    /// Those of clients that exist.
    Clients,
    /// Those of one client that exists.
    Client(ClientId),
    /// Those that name no client that exists.
    Other,
}

/// Reads of refusals.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait RefusalReads {
    /// Returns at most `limit` refusals, newest first.
    fn last_refusals(&self, limit: usize) -> Result<Vec<StoredRefusal>, StoreError>;
    /// Returns the refusal that counts a request, if it is still stored and still has the id of the request.
    fn refusal(&self, request: &RequestId) -> Result<Option<StoredRefusal>, StoreError>;
    /// Returns a refusal that begins between `from` and `to`, both excluded, and agrees with `like` in everything but its
    /// requests.
    fn equal_refusal(
        &self,
        like: &StoredRefusal,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<StoredRefusal>, StoreError>;
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
    /// Replaces the number of requests, the moment of the last one, and the later ids of a refusal.
    fn update_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError>;
    /// Deletes the refusals of a ring except the last `count`.
    fn keep_refusals(&mut self, ring: &RefusalRing, count: usize) -> Result<(), StoreError>;
}
