//! Failure counters for rate limits. Subjects are stored as digests: the text that a client sent is not kept.

use crate::domain::throttle::{Counter, SubjectKind};
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// Key of a counter: the kind of its subject and the SHA-256 of the subject's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleKey {
    pub kind: SubjectKind,
    pub digest: [u8; 32],
}

/// Reads of failure counters.
pub trait ThrottleReads {
    /// Returns the counter of a subject, if it has a recent failure.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be read.
    fn throttle(&self, key: &ThrottleKey) -> Result<Option<Counter>, StoreError>;
}

/// Changes of failure counters.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ThrottleWrites {
    /// Adds a counter, or replaces the one with the same key.
    fn set_throttle(&mut self, key: &ThrottleKey, counter: Counter) -> Result<(), StoreError>;
    /// Deletes a counter if it exists.
    fn clear_throttle(&mut self, key: &ThrottleKey) -> Result<(), StoreError>;
    /// Deletes the counters of a kind except the `count` with the latest failures.
    fn keep_throttles(&mut self, kind: SubjectKind, count: usize) -> Result<(), StoreError>;
    /// Deletes at most `limit` counters whose last failure is not later than `until`, oldest first. Returns their number.
    fn delete_old_throttles(&mut self, until: Timestamp, limit: usize) -> Result<usize, StoreError>;
    /// Sets last failures that lie in the future to now: at most `limit` of them, latest first. Returns their number.
    ///
    /// Such counters exist after the clock was set back. Without this they would stay until the clock catches up.
    fn clamp_future_throttles(&mut self, limit: usize) -> Result<usize, StoreError>;
}
