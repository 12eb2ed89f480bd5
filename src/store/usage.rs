//! Uses of clients, secrets, grants and sessions: collected in memory and written about once a minute.

use crate::credentials::digest::Digest;
use crate::domain::id::{ClientId, GrantId, SecretId};
use crate::domain::scope::Scope;
use crate::domain::time::{Day, Timestamp};

use crate::store::error::StoreError;

/// Uses of a secret since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUsage {
    pub secret: SecretId,
    pub last_used_at: Timestamp,
    /// Number of uses since the last flush.
    pub uses: i64,
}

/// Number of days for which the uses of a client are kept, the present one included.
pub const DAYS_KEPT: i64 = 100;

/// Uses of a client on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayUses {
    pub day: Day,
    /// Number of requests of the client that succeeded (tokens were issued, its token was revoked, an introspection was
    /// answered), and of introspections of its valid credentials by other clients.
    pub uses: i64,
}

/// The last day on which a client asked for a scope with a request that succeeded. The user may not have allowed the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeUse {
    pub scope: Scope,
    pub last_day: Day,
}

/// Uses of a client since the last flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientUsage {
    pub client: ClientId,
    pub days: Vec<DayUses>,
    pub scopes: Vec<ScopeUse>,
}

/// Uses of all objects since the last flush.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    pub clients: Vec<ClientUsage>,
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
        self.clients.is_empty()
            && self.secrets.is_empty()
            && self.grants.is_empty()
            && self.sessions.is_empty()
    }
}

/// Reads of collected uses.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UsageReads {
    /// Returns the uses of a client by day, newest first. A day without uses is left out.
    fn client_days(&self, client: &ClientId) -> Result<Vec<DayUses>, StoreError>;
    /// Returns the scopes that a client asked for, in ascending order.
    fn client_scope_days(&self, client: &ClientId) -> Result<Vec<ScopeUse>, StoreError>;
}

/// Writes of collected uses.
pub trait UsageWrites {
    /// Adds collected uses. A stored time of last use never decreases.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn add_uses(&mut self, uses: &Uses) -> Result<(), StoreError>;
    /// Deletes at most `limit` counts of days that are earlier than `first_kept`.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn sweep_client_days(&mut self, first_kept: Day, limit: u32) -> Result<(), StoreError>;
}
