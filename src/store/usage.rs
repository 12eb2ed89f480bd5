//! Last uses of secrets, grants and sessions: collected in memory and written about once a minute.

use crate::credentials::digest::Digest;
use crate::domain::id::{GrantId, SecretId};
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// Uses of a secret since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUsage {
    pub secret: SecretId,
    pub last_used_at: Timestamp,
    /// Number of uses since the last flush.
    pub uses: i64,
}

/// Uses of all objects since the last flush.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    pub secrets: Vec<SecretUsage>,
    /// Grants, with the last time at which one of their tokens was accepted.
    pub grants: Vec<(GrantId, Timestamp)>,
    /// Sessions by the digest of their cookie, with the time of the last request.
    pub sessions: Vec<(Digest, Timestamp)>,
}

impl Uses {
    /// Returns true if no use was collected.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.grants.is_empty() && self.sessions.is_empty()
    }
}

/// Writes of collected uses.
pub trait UsageWrites {
    /// Adds collected uses. A stored time of last use never decreases.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn add_uses(&mut self, uses: &Uses) -> Result<(), StoreError>;
}
