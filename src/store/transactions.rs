//! Transactions: what a store offers as a whole.

use crate::domain::time::{Clock, Timestamp};

use crate::store::audit::{AuditReads, AuditWrites};
use crate::store::base::{BaseReads, BaseWrites};
use crate::store::clients::{ClientReads, ClientWrites};
use crate::store::codes::{CodeReads, CodeWrites};
use crate::store::error::StoreError;
use crate::store::grants::{GrantReads, GrantWrites};
use crate::store::groups::{GroupReads, GroupWrites};
use crate::store::refusals::{RefusalReads, RefusalWrites};
use crate::store::scopes::{ScopeReads, ScopeWrites};
use crate::store::secrets::{SecretReads, SecretWrites};
use crate::store::sessions::{SessionReads, SessionWrites};
use crate::store::throttles::{ThrottleReads, ThrottleWrites};
use crate::store::tokens::{TokenReads, TokenWrites};
use crate::store::usage::{UsageReads, UsageWrites};
use crate::store::users::{UserReads, UserWrites};

/// One snapshot of the store: changes committed later are invisible to it.
pub trait ReadTx:
    BaseReads
    + ScopeReads
    + GroupReads
    + ClientReads
    + SecretReads
    + UsageReads
    + UserReads
    + GrantReads
    + TokenReads
    + CodeReads
    + SessionReads
    + RefusalReads
    + ThrottleReads
    + AuditReads
{
    /// Reports that the stored values contradict each other, and returns the [`StoreError::Damaged`]. `what` contains no
    /// stored value.
    fn damaged(&self, what: &str) -> StoreError;
}

/// One change of the store. It holds the write lock until it ends, and is rolled back if it is dropped without a commit.
pub trait WriteTx:
    ReadTx
    + BaseWrites
    + ScopeWrites
    + GroupWrites
    + ClientWrites
    + SecretWrites
    + UserWrites
    + GrantWrites
    + TokenWrites
    + CodeWrites
    + SessionWrites
    + UsageWrites
    + RefusalWrites
    + ThrottleWrites
    + AuditWrites
{
    /// Returns the moment at which everything in this change happens.
    ///
    /// It is read from the clock once, while the write lock is held, so that of two changes the later one has the later
    /// moment. The exception is a clock that is set back between them: then the later change has the earlier moment, and
    /// only sequence numbers show the order. The moment is not raised to that of the last change, since one change under a
    /// clock that is far ahead would then misdate every change after it.
    fn now(&self) -> Timestamp;

    /// Sets a savepoint. Savepoints nest.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn savepoint(&mut self) -> Result<(), StoreError>;

    /// Removes the last savepoint and keeps the changes made since it.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn release_savepoint(&mut self) -> Result<(), StoreError>;

    /// Undoes the changes made since the last savepoint, and removes it.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn rollback_to_savepoint(&mut self) -> Result<(), StoreError>;

    /// Commits the change durably. Success must not be reported to a user or client before this has returned.
    ///
    /// # Errors
    /// Any [`StoreError`] if the commit failed; then nothing was changed.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Facts about an open store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// Name and version of the engine.
    pub engine: String,
    /// Number of the schema.
    pub schema: i64,
    /// Size in bytes, without changes that are still in a log of the engine.
    pub size: u64,
    /// Text of the schema, for programs that read the store themselves.
    pub documented_schema: &'static str,
}

/// Receives each failure of a store, see [`Store::on_failure`].
pub type FailureReport = Box<dyn Fn(&StoreError) + Send + Sync>;

/// An open store. Many processes may read and change it at the same time.
pub trait Store: Send + Sync {
    /// Gives every later failure of the store to `report`: of a transaction that cannot begin, and the first one in each other
    /// transaction. [`StoreError::Conflict`] and [`StoreError::Cursor`] are no failures of the store.
    fn on_failure(&mut self, report: FailureReport);

    /// Begins a snapshot.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be read.
    fn read(&self) -> Result<Box<dyn ReadTx + '_>, StoreError>;

    /// Begins a change, after waiting for the write lock. `clock` gives its moment, see [`WriteTx::now`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process has the write lock for too long; otherwise any other [`StoreError`].
    fn write(&self, clock: &dyn Clock) -> Result<Box<dyn WriteTx + '_>, StoreError>;

    /// Commits a change of 64 KiB, then one that takes it back. A change that is begun and dropped needs no space, and so
    /// does not show that the store can be written.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process has the write lock for too long; otherwise any other [`StoreError`].
    fn check_writable(&self, clock: &dyn Clock) -> Result<(), StoreError>;

    /// Returns facts about the store.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the size of the store cannot be read.
    fn info(&self) -> Result<StoreInfo, StoreError>;
}
