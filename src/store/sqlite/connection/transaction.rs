//! A transaction on one connection.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Params};

use crate::domain::settings::Settings;
use crate::domain::time::{Clock, Timestamp};
use crate::store::error::StoreError;
use crate::store::transactions::{ReadTx, WriteTx};

use crate::store::sqlite::connection::backoff;
use crate::store::sqlite::connection::pool::Pool;
use crate::store::sqlite::connection::write_queue::Ticket;
use crate::store::sqlite::error::store_error;
use crate::store::sqlite::query::rows::RowCursor;

/// A change that begins later than this had to wait for another process.
const UNCONTENDED: Duration = Duration::from_micros(200);

/// Kind of a transaction.
#[derive(Clone, Copy)]
pub(crate) enum Mode<'c> {
    Read,
    /// A change, with the clock that gives its moment.
    Write(&'c dyn Clock),
}

/// A snapshot or a change. A change that is dropped without a commit is rolled back.
pub(crate) struct SqliteTx<'a> {
    pool: &'a Pool,
    /// `None` once the transaction has ended.
    connection: Option<Connection>,
    /// Moment of the change; `None` for a snapshot.
    now: Option<Timestamp>,
    /// Whether a pause follows the commit.
    pauses: bool,
    /// Settings that this transaction has read. No other process can change what it sees.
    pub(crate) settings: RefCell<Option<Settings>>,
    /// A failure was reported. Later ones are consequences of it.
    has_failed: Cell<bool>,
}

impl<'a> SqliteTx<'a> {
    /// Begins a transaction on a connection of the pool. A change waits for the write lock.
    pub(crate) fn begin(pool: &'a Pool, mode: Mode<'_>) -> Result<Self, StoreError> {
        Self::try_begin(pool, mode).inspect_err(|error| pool.failed(error))
    }

    fn try_begin(pool: &'a Pool, mode: Mode<'_>) -> Result<Self, StoreError> {
        let connection = pool.take()?;
        // SQLite would begin the change as a snapshot and fail at its first row. The connection stays read-only after the
        // file becomes writable, so it is closed and the next change opens another one.
        if matches!(mode, Mode::Write(_)) && connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(false) {
            pool.release(None);
            return Err(StoreError::ReadOnly(None));
        }
        let started = Instant::now();
        let begun = match mode {
            Mode::Read => connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])),
            // Never a plain BEGIN before a write: the upgrade fails at once if another process wrote meanwhile.
            Mode::Write(_) => {
                let _ticket = Ticket::take(pool.wal(), pool.wait());
                connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]))
            }
        };
        match begun {
            Ok(_) => {
                // The clock is read after the write lock was acquired, not before the wait for it.
                let (now, waited) = match mode {
                    Mode::Read => (None, false),
                    Mode::Write(clock) => (Some(clock.now()), started.elapsed() > UNCONTENDED),
                };
                let pauses = waited && pool.pauses();
                Ok(Self {
                    pool,
                    connection: Some(connection),
                    now,
                    pauses,
                    settings: RefCell::default(),
                    has_failed: Cell::default(),
                })
            }
            Err(error) => {
                let error = store_error(pool.path(), error);
                // Any other error may be one of this connection alone.
                let reusable = matches!(error, StoreError::Busy(_));
                pool.release(reusable.then_some(connection));
                Err(error)
            }
        }
    }

    /// Returns the transaction's connection.
    pub(crate) fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("the connection is present until the transaction ends")
    }

    /// Converts and reports an error of this transaction's connection.
    pub(crate) fn fail(&self, error: rusqlite::Error) -> StoreError {
        self.reported(store_error(self.pool.path(), error))
    }

    /// Reports an error, if it is the first of this transaction and one of the store, and returns it.
    fn reported(&self, error: StoreError) -> StoreError {
        let is_of_store = !matches!(error, StoreError::Conflict(_) | StoreError::Cursor);
        if is_of_store && !self.has_failed.replace(true) {
            self.pool.failed(&error);
        }
        error
    }

    /// Runs a statement. Returns the number of changed rows.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(|error| self.fail(error))
    }

    /// Runs a query and reads all rows.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&mut RowCursor<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_map(params, |row| RowCursor::read_row(row, &mut read))?.collect()
            })
            .map_err(|error| self.fail(error))
    }

    /// Runs a query and reads the first row, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut RowCursor<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| {
                let mut rows = statement.query(params)?;
                rows.next()?.map(|row| RowCursor::read_row(row, read)).transpose()
            })
            .map_err(|error| self.fail(error))
    }

    /// Runs a query that returns one row in every store, and reads it.
    pub(crate) fn only<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&mut RowCursor<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.first(sql, params, read)?.ok_or_else(|| self.damaged("a row that every store has is missing"))
    }
}

impl Drop for SqliteTx<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let ended =
                connection.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([])).is_ok();
            // After some errors SQLite has rolled back by itself. A connection in any other state is closed.
            let reusable = ended || connection.is_autocommit();
            self.pool.release(reusable.then_some(connection));
        }
    }
}

impl ReadTx for SqliteTx<'_> {
    fn damaged(&self, what: &str) -> StoreError {
        self.reported(StoreError::Damaged(what.to_owned()))
    }
}

impl WriteTx for SqliteTx<'_> {
    fn now(&self) -> Timestamp {
        self.now.expect("a change has a moment")
    }

    fn savepoint(&mut self) -> Result<(), StoreError> {
        self.execute("SAVEPOINT nested", []).map(drop)
    }

    fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.execute("RELEASE nested", []).map(drop)
    }

    fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.settings.take();
        self.execute("ROLLBACK TO nested", [])?;
        self.release_savepoint()
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.pool.check().map_err(|error| self.reported(error))?;
        self.execute("COMMIT", [])?;
        if let Some(connection) = self.connection.take() {
            self.pool.release(Some(connection));
        }
        if self.pauses {
            backoff::pause();
        }
        Ok(())
    }
}
