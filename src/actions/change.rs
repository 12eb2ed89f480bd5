//! One change: a write transaction that ends with its audit rows or not at all.

use crate::credentials::mint::Random;
use crate::domain::audit::{Actor, Draft, Event, ObjectKind, Verb};
use crate::domain::id::OperationId;
use crate::domain::name::Text;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{ReadTx, Store, StoreError, WriteTx};

use crate::actions::{ActionError, audit};

/// Where changes come from: the clock, the randomness, the person. One for each run of a command.
pub struct Origin<'a> {
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Where randomness comes from.
    pub random: &'a mut Random,
    /// Who acts.
    pub actor: &'a Actor,
    /// What `--reason` said.
    pub reason: Option<Text>,
    /// The id of this run, written into every audit row of it.
    pub operation: OperationId,
    /// Try everything, keep nothing.
    pub dry_run: bool,
}

impl Origin<'_> {
    /// Begins a change, waiting for other processes to end theirs.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    pub fn begin<'o>(&'o mut self, store: &'o dyn Store) -> Result<Change<'o>, ActionError> {
        let transaction = store.write(self.clock)?;
        Ok(Change {
            transaction: Held::Own(transaction),
            random: &mut *self.random,
            actor: self.actor,
            reason: self.reason.as_ref(),
            operation: &self.operation,
            dry_run: self.dry_run,
            events: Vec::new(),
        })
    }
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as wanted already.
    Unchanged,
    /// It lasts.
    Changed,
    /// It would have been changed; `--dry-run` was given.
    WouldChange,
}

impl Outcome {
    /// Whether something differs from before, or would.
    #[must_use]
    pub const fn changed(self) -> bool {
        matches!(self, Self::Changed | Self::WouldChange)
    }
}

/// The transaction of a change: its own, or one that others change things in too and that somebody else commits.
enum Held<'a> {
    Own(Box<dyn WriteTx + 'a>),
    Borrowed(&'a mut (dyn WriteTx + 'a)),
}

/// What a change within somebody else's transaction is made with.
pub struct Borrowed<'a> {
    /// The transaction.
    pub write: &'a mut (dyn WriteTx + 'a),
    /// Where randomness comes from.
    pub random: &'a mut Random,
    /// Who acts.
    pub actor: &'a Actor,
    /// Why.
    pub reason: Option<&'a Text>,
    /// The id written into every audit row of the change.
    pub operation: &'a OperationId,
}

/// A change under way.
pub struct Change<'a> {
    transaction: Held<'a>,
    random: &'a mut Random,
    actor: &'a Actor,
    reason: Option<&'a Text>,
    operation: &'a OperationId,
    dry_run: bool,
    events: Vec<Event>,
}

impl<'a> Change<'a> {
    /// A change within a transaction that somebody else commits. [`Change::finish`] then seals its events and leaves the
    /// commit to them.
    #[must_use]
    pub fn in_transaction(borrowed: Borrowed<'a>) -> Self {
        let Borrowed { write, random, actor, reason, operation } = borrowed;
        Self {
            transaction: Held::Borrowed(write),
            random,
            actor,
            reason,
            operation,
            dry_run: false,
            events: Vec::new(),
        }
    }

    /// The one moment at which everything in this change happens.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.transaction {
            Held::Own(write) => write.now(),
            Held::Borrowed(write) => write.now(),
        }
    }

    /// What `--reason` said.
    #[must_use]
    pub const fn reason(&self) -> Option<&'a Text> {
        self.reason
    }

    /// The randomness.
    pub fn random(&mut self) -> &mut Random {
        self.random
    }

    /// The store as this change sees it.
    #[must_use]
    pub fn read(&self) -> &dyn ReadTx {
        match &self.transaction {
            Held::Own(write) => write.as_ref(),
            Held::Borrowed(write) => *write,
        }
    }

    /// The store to be changed. Only actions write, and each records what it changed.
    pub(crate) fn write(&mut self) -> &mut (dyn WriteTx + 'a) {
        match &mut self.transaction {
            Held::Own(write) => write.as_mut(),
            Held::Borrowed(write) => *write,
        }
    }

    /// The store to be changed and the randomness, for what needs both at once.
    pub(crate) fn write_and_random(&mut self) -> (&mut (dyn WriteTx + 'a), &mut Random) {
        let write: &mut (dyn WriteTx + 'a) = match &mut self.transaction {
            Held::Own(write) => write.as_mut(),
            Held::Borrowed(write) => *write,
        };
        (write, &mut *self.random)
    }

    /// Notes what happened to an object. A change without a note is not kept.
    pub(crate) fn record(
        &mut self,
        object: impl Into<ObjectKind>,
        verb: Verb,
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

    /// Refuses to go on without `--reason` where the base wants one.
    pub(crate) fn require_reason(&self) -> Result<(), ActionError> {
        if self.reason.is_none() && self.read().settings()?.require_reason {
            return Err(ActionError::ReasonRequired);
        }
        Ok(())
    }

    /// Ends the change: its events are sealed into the audit chain and everything is committed, or for a dry run nothing
    /// is. Only after this, and where the transaction is lent after its commit, may anybody be told that it is done.
    ///
    /// # Errors
    /// Fails where the change could not be made to last; then nothing of it is there.
    pub fn finish(mut self) -> Result<Outcome, ActionError> {
        if self.events.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let mut last = self
            .read()
            .last_audit_record()?
            .ok_or_else(|| StoreError::Damaged("the audit has no first record".to_owned()))?;
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
            _ if self.dry_run => return Ok(Outcome::WouldChange),
            Held::Own(write) => write.commit()?,
            Held::Borrowed(_) => {}
        }
        Ok(Outcome::Changed)
    }
}
