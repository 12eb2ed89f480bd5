//! Counters of failures in the store. Their subjects are digests: what strangers typed is not kept.

use crate::domain::throttle::{Counter, SubjectKind};
use crate::domain::time::Timestamp;

use crate::store::StoreError;

/// A counter's place: the kind of its subject, and SHA-256 of the subject's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleKey {
    /// The kind.
    pub kind: SubjectKind,
    /// The digest.
    pub digest: [u8; 32],
}

/// Reads of counters.
pub trait ThrottleReads {
    /// The counter of a subject, if it ever failed and that is remembered.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    fn throttle(&self, key: &ThrottleKey) -> Result<Option<Counter>, StoreError>;
}

/// Changes of counters. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ThrottleWrites {
    /// Stores a counter in place of the one before.
    fn set_throttle(&mut self, key: &ThrottleKey, counter: Counter) -> Result<(), StoreError>;
    /// Removes a counter.
    fn clear_throttle(&mut self, key: &ThrottleKey) -> Result<(), StoreError>;
    /// Removes counters whose last failure was at `moment` or before, the oldest first, at most `limit`; says how many.
    fn forget_throttles(&mut self, moment: Timestamp, limit: usize) -> Result<usize, StoreError>;
    /// Sets last failures that lie after `now` to `now`, the latest first, at most `limit`; says how many.
    fn settle_throttles(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
