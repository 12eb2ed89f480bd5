//! A transaction on one connection.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Params, Row};

use crate::domain::settings::Settings;
use crate::store::{ReadTx, WriteTx};

use crate::store::sqlite::connection::backoff;
use crate::store::sqlite::connection::open::classify;
use crate::store::sqlite::connection::write_queue::Ticket;
use crate::store::sqlite::{SqliteStore, StoreError};

/// A change begins sooner than that where nobody else is at one.
const UNDISTURBED: Duration = Duration::from_micros(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// A snapshot or a change. Dropped without commit, a change is rolled back.
pub(crate) struct SqliteTx<'a> {
    store: &'a SqliteStore,
    /// Present until the transaction has ended.
    connection: Option<Connection>,
    /// Whether others are let be for a moment after it.
    pauses: bool,
    /// The settings, once they were read here: nobody else changes what this transaction sees.
    pub(crate) settings: RefCell<Option<Settings>>,
}

impl<'a> SqliteTx<'a> {
    pub(crate) fn begin(
        store: &'a SqliteStore,
        connection: Connection,
        mode: Mode,
    ) -> Result<Self, StoreError> {
        // SQLite begins such a change as if it were a snapshot, and refuses at its first row. The connection stays as it is
        // when the file may be written again, so the next change begins on another.
        if mode == Mode::Write && connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(false) {
            store.pool.give_back(None);
            return Err(StoreError::ReadOnly);
        }
        let asked = Instant::now();
        let begun = match mode {
            Mode::Read => connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])),
            // Never a plain BEGIN before a write: the upgrade fails at once if another process wrote meanwhile.
            Mode::Write => {
                let _turn = Ticket::take(&store.wal, store.wait);
                connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]))
            }
        };
        match begun {
            Ok(_) => {
                let pauses = mode == Mode::Write && store.pauses && asked.elapsed() > UNDISTURBED;
                Ok(Self { store, connection: Some(connection), pauses, settings: RefCell::default() })
            }
            Err(error) => {
                let error = classify(&store.path, error);
                // Whatever else was in the way may be in the way of this connection alone.
                store.pool.give_back((error == StoreError::Busy).then_some(connection));
                Err(error)
            }
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("the connection is there until the transaction ends")
    }

    pub(crate) fn fail(&self, error: rusqlite::Error) -> StoreError {
        classify(&self.store.path, error)
    }

    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(|error| self.fail(error))
    }

    /// All rows.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(params, map)?.collect())
            .map_err(|error| self.fail(error))
    }

    /// The first row, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut map = Some(map);
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| {
                let mut rows = statement.query(params)?;
                match (rows.next()?, map.take()) {
                    (Some(row), Some(map)) => map(row).map(Some),
                    _ => Ok(None),
                }
            })
            .map_err(|error| self.fail(error))
    }

    /// The one row that the query always gives.
    pub(crate) fn only<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.first(sql, params, map)?
            .ok_or_else(|| StoreError::Damaged("a row that every store has is missing".to_owned()))
    }
}

impl Drop for SqliteTx<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let ended =
                connection.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([])).is_ok();
            // After some faults SQLite has rolled back by itself; a connection in any other state is not used again.
            let usable = ended || connection.is_autocommit();
            self.store.pool.give_back(usable.then_some(connection));
        }
    }
}

impl ReadTx for SqliteTx<'_> {}

impl WriteTx for SqliteTx<'_> {
    fn savepoint(&mut self) -> Result<(), StoreError> {
        self.execute("SAVEPOINT mark", []).map(drop)
    }

    fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.execute("RELEASE mark", []).map(drop)
    }

    fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.settings.take();
        self.execute("ROLLBACK TO mark", [])?;
        self.release_savepoint()
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.store.pool.check()?;
        self.execute("COMMIT", [])?;
        let mut this = self;
        if let Some(connection) = this.connection.take() {
            this.store.pool.give_back(Some(connection));
        }
        if this.pauses {
            backoff::pause();
        }
        Ok(())
    }
}
