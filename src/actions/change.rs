//! Changes: write transactions that are committed together with their audit records.

use crate::credentials::mint::Random;
use crate::domain::audit::{Actor, AuditVerb, Draft, Event, ObjectKind};
use crate::domain::id::OperationId;
use crate::domain::name::Text;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{ReadTx, Store, WriteTx};

use crate::actions::{ActionError, audit};

/// The context of the changes that one run of a command makes.
pub struct ChangeContext<'a> {
    pub clock: &'a dyn Clock,
    pub random: &'a mut Random,
    pub actor: &'a Actor,
    /// The reason that the administrator gave.
    pub reason: Option<Text>,
    /// The id of this run, which is part of its audit records.
    pub operation: OperationId,
    /// True if changes are computed but not committed.
    pub dry_run: bool,
}

impl ChangeContext<'_> {
    /// Begins a change. Waits for the write transactions of other processes.
    ///
    /// # Errors
    /// [`ActionError::Store`] if the store cannot be written.
    pub fn begin<'o>(&'o mut self, store: &'o dyn Store) -> Result<Change<'o>, ActionError> {
        let transaction = store.write(self.clock)?;
        Ok(Change {
            transaction: Transaction::Own(transaction),
            random: &mut *self.random,
            actor: self.actor,
            reason: self.reason.as_ref(),
            operation: &self.operation,
            dry_run: self.dry_run,
            events: Vec::new(),
        })
    }
}

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// Every object already had the requested state.
    Unchanged,
    /// The change is committed.
    Changed,
    /// The change was computed in a dry run and discarded.
    WouldChange,
}

impl ChangeOutcome {
    /// Returns true if objects were changed or would have been changed.
    #[must_use]
    pub const fn changed(self) -> bool {
        matches!(self, Self::Changed | Self::WouldChange)
    }
}

/// The transaction of a change: its own, or one that it shares with other changes and does not commit.
enum Transaction<'a> {
    Own(Box<dyn WriteTx + 'a>),
    Shared(&'a mut (dyn WriteTx + 'a)),
}

/// A transaction that the caller commits, and the context of the change in it.
pub struct BorrowedTransaction<'a> {
    pub write: &'a mut (dyn WriteTx + 'a),
    /// Random generator for ids and secrets.
    pub random: &'a mut Random,
    pub actor: &'a Actor,
    pub reason: Option<&'a Text>,
    /// The id that is part of the audit records of the change.
    pub operation: &'a OperationId,
}

/// A write transaction, its timestamp and the events that it records.
pub struct Change<'a> {
    transaction: Transaction<'a>,
    random: &'a mut Random,
    actor: &'a Actor,
    reason: Option<&'a Text>,
    operation: &'a OperationId,
    dry_run: bool,
    events: Vec<Event>,
}

impl<'a> Change<'a> {
    /// Begins a change in a transaction that the caller commits. [`Change::finish`] seals the events and does not commit.
    #[must_use]
    pub fn in_transaction(transaction: BorrowedTransaction<'a>) -> Self {
        let BorrowedTransaction { write, random, actor, reason, operation } = transaction;
        Self {
            transaction: Transaction::Shared(write),
            random,
            actor,
            reason,
            operation,
            dry_run: false,
            events: Vec::new(),
        }
    }

    /// Returns the timestamp of everything in this change.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.transaction {
            Transaction::Own(write) => write.now(),
            Transaction::Shared(write) => write.now(),
        }
    }

    /// Returns the reason that the author gave.
    #[must_use]
    pub const fn reason(&self) -> Option<&'a Text> {
        self.reason
    }

    /// Returns the random generator.
    pub fn random(&mut self) -> &mut Random {
        self.random
    }

    /// Returns the store including the uncommitted effects of this change.
    #[must_use]
    pub fn read(&self) -> &dyn ReadTx {
        match &self.transaction {
            Transaction::Own(write) => write.as_ref(),
            Transaction::Shared(write) => *write,
        }
    }

    /// Returns the writable store. Only actions write, and every action records its changes.
    pub(crate) fn write(&mut self) -> &mut (dyn WriteTx + 'a) {
        match &mut self.transaction {
            Transaction::Own(write) => write.as_mut(),
            Transaction::Shared(write) => *write,
        }
    }

    /// Returns the writable store and the random generator together.
    pub(crate) fn write_and_random(&mut self) -> (&mut (dyn WriteTx + 'a), &mut Random) {
        let write: &mut (dyn WriteTx + 'a) = match &mut self.transaction {
            Transaction::Own(write) => write.as_mut(),
            Transaction::Shared(write) => *write,
        };
        (write, &mut *self.random)
    }

    /// Records the change of an object. A change without a recorded event is not committed.
    pub(crate) fn record(
        &mut self,
        object: impl Into<ObjectKind>,
        verb: AuditVerb,
        id: &dyn std::fmt::Display,
        name: &dyn std::fmt::Display,
        fields: Vec<&'static str>,
    ) {
        self.events.push(Event {
            object: object.into(),
            verb,
            object_id: id.to_string(),
            object_name: name.to_string(),
            fields,
        });
    }

    /// Checks that a reason is given if the base requires one.
    ///
    /// # Errors
    /// [`ActionError::ReasonRequired`] if it is missing; otherwise [`ActionError::Store`].
    pub(crate) fn require_reason(&self) -> Result<(), ActionError> {
        if self.reason.is_none() && self.read().settings()?.require_reason {
            return Err(ActionError::ReasonRequired);
        }
        Ok(())
    }

    /// Seals the events into the audit chain and commits the change. A dry run and a change without events commit nothing.
    /// The result may be reported only after this call, and in a borrowed transaction only after the caller's commit.
    ///
    /// # Errors
    /// [`ActionError::Store`] if the change could not be committed. It then has no effect.
    pub fn finish(mut self) -> Result<ChangeOutcome, ActionError> {
        if self.events.is_empty() {
            return Ok(ChangeOutcome::Unchanged);
        }
        let mut last = self
            .read()
            .last_audit_record()?
            .ok_or_else(|| self.read().damaged("the audit has no first record"))?;
        for event in std::mem::take(&mut self.events) {
            let draft = Draft {
                at: self.now(),
                operation: self.operation,
                actor: self.actor,
                reason: self.reason,
                event: &event,
            };
            last = audit::seal(&draft, last.sequence + 1, last.hash);
            self.write().append_audit(&last)?;
        }
        match self.transaction {
            _ if self.dry_run => return Ok(ChangeOutcome::WouldChange),
            Transaction::Own(write) => write.commit()?,
            Transaction::Shared(_) => {}
        }
        Ok(ChangeOutcome::Changed)
    }
}
