//! What was used, and when: collected in memory by whoever accepts it, written now and then.

use crate::credentials::digest::Digest;
use crate::domain::id::{GrantId, SecretId};
use crate::domain::time::Timestamp;

use crate::store::StoreError;

/// Uses of a secret since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUsage {
    /// Which secret.
    pub secret: SecretId,
    /// When it was last accepted.
    pub last_used_at: Timestamp,
    /// How often it was accepted.
    pub uses: i64,
}

/// Everything that was used since the last flush.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Secrets.
    pub secrets: Vec<SecretUsage>,
    /// Grants, and when one of their tokens was last accepted.
    pub grants: Vec<(GrantId, Timestamp)>,
    /// Sessions, by the digest of their cookie, and when the last request came.
    pub sessions: Vec<(Digest, Timestamp)>,
}

impl Uses {
    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.grants.is_empty() && self.sessions.is_empty()
    }
}

/// Writes of uses. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UsageWrites {
    /// Adds collected uses; times only move forward.
    fn add_uses(&mut self, uses: &Uses) -> Result<(), StoreError>;
}
