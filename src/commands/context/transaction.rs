//! Reading the store in one snapshot, and changing it in one transaction.

use crate::actions::{ActionError, Change, ChangeContext, ChangeOutcome};
use crate::commands::context::ctx::Ctx;
use crate::domain::time::Timestamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store::{Access, ReadTx, Store};

impl Ctx<'_> {
    /// Returns the clock, randomness, actor and reason of the changes of this run.
    pub(super) fn origin(&mut self) -> ChangeContext<'_> {
        let system = &mut self.system;
        ChangeContext {
            clock: system.clock,
            random: &mut *system.random,
            actor: system.actor,
            reason: self.globals.reason.clone(),
            operation: self.operation.clone(),
            dry_run: self.globals.dry_run,
        }
    }

    /// Reads the store in one snapshot.
    ///
    /// # Errors
    /// [`Failure`] if the store cannot be opened, or `read` fails.
    pub fn read<T>(
        &mut self,
        read: impl FnOnce(&dyn ReadTx, Timestamp) -> Result<T, ActionError>,
    ) -> Result<T, Failure> {
        let now = self.now();
        let store = self.open_store(Access::Read)?;
        let snapshot = store.read()?;
        Ok(read(snapshot.as_ref(), now)?)
    }

    /// Changes the store in one transaction, which is committed when this method returns.
    ///
    /// # Errors
    /// [`Failure`] if the store cannot be opened or written, or `make` fails; then nothing was changed.
    pub(crate) fn change<T>(
        &mut self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, ActionError>,
    ) -> Result<(T, ChangeOutcome), Failure> {
        self.try_change(make)
    }

    /// Like [`Ctx::change`], for a `make` that can also fail with a [`Failure`] of its own.
    ///
    /// # Errors
    /// As [`Ctx::change`].
    pub(crate) fn try_change<T, E>(
        &mut self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<(T, ChangeOutcome), Failure>
    where
        Failure: From<E>,
    {
        self.open_store(Access::Write)?;
        let Some((access, store)) = self.store.take() else {
            return Err(Failure::new(Exit::Failed, "failed", "the store was closed"));
        };
        let result = run_change(&mut self.origin(), store.as_ref(), make);
        self.store = Some((access, store));
        self.committed |= matches!(result, Ok((_, ChangeOutcome::Changed)));
        result
    }
}

fn run_change<T, E>(
    origin: &mut ChangeContext<'_>,
    store: &dyn Store,
    make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<(T, ChangeOutcome), Failure>
where
    Failure: From<E>,
{
    let mut change = origin.begin(store)?;
    let result = make(&mut change)?;
    let outcome = change.finish()?;
    Ok((result, outcome))
}
