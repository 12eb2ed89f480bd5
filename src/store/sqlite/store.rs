//! The [`Store`] of this engine.

use std::time::Duration;

use crate::domain::audit::Record;
use crate::domain::time::Clock;
use crate::store::access::Access;
use crate::store::base::NewStore;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;
use crate::store::transactions::{FailureReport, ReadTx, Store, StoreInfo, WriteTx};

use crate::store::sqlite::connection::create::create;
use crate::store::sqlite::connection::file;
use crate::store::sqlite::connection::file::LogState;
use crate::store::sqlite::connection::pool::Pool;
use crate::store::sqlite::connection::schema::{SCHEMA, SCHEMA_VERSION};
use crate::store::sqlite::connection::transaction::{Mode, SqliteTx};

/// First SQLite release in which resetting the WAL cannot lose commits of another process.
const OLDEST_SQLITE: i32 = 3_051_003;

/// An open store in an SQLite file.
pub(crate) struct SqliteStore {
    pool: Pool,
}

impl SqliteStore {
    /// Opens a store. `wait` is the longest time to wait for a lock that another process has.
    pub(crate) fn open(location: &StoreLocation, access: Access, wait: Duration) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            let why = format!(
                "SQLite {} may lose changes when two processes share a file; 3.51.3 or later is needed",
                rusqlite::version()
            );
            return Err(StoreError::Failed { why, source: None });
        }
        file::check(location.path(), LogState::Any)?;
        let pool = Pool::new(location.path(), access, wait);
        let connection = pool.take()?;
        pool.release(Some(connection));
        Ok(Self { pool })
    }

    /// Creates a store and opens it for writing.
    pub(crate) fn create(
        location: &StoreLocation,
        new: &NewStore,
        first_record: &Record,
        wait: Duration,
    ) -> Result<Self, StoreError> {
        create(location.path(), new, first_record)?;
        Self::open(location, Access::Write, wait)
    }
}

impl Store for SqliteStore {
    fn on_failure(&mut self, report: FailureReport) {
        self.pool.report_failures(report);
    }

    fn read(&self) -> Result<Box<dyn ReadTx + '_>, StoreError> {
        Ok(Box::new(SqliteTx::begin(&self.pool, Mode::Read)?))
    }

    fn write(&self, clock: &dyn Clock) -> Result<Box<dyn WriteTx + '_>, StoreError> {
        Ok(Box::new(SqliteTx::begin(&self.pool, Mode::Write(clock))?))
    }

    fn check_writable(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        let check = SqliteTx::begin(&self.pool, Mode::Write(clock))?;
        // A run that ended between the two commits has left its row.
        check.execute("DELETE FROM write_checks", [])?;
        check.execute("INSERT INTO write_checks (payload) VALUES (zeroblob(65536))", [])?;
        Box::new(check).commit()?;
        let undo = SqliteTx::begin(&self.pool, Mode::Write(clock))?;
        undo.execute("DELETE FROM write_checks", [])?;
        Box::new(undo).commit()
    }

    fn info(&self) -> Result<StoreInfo, StoreError> {
        Ok(StoreInfo {
            engine: format!("SQLite {}", rusqlite::version()),
            schema: SCHEMA_VERSION,
            size: file::size(self.pool.path())?,
            documented_schema: SCHEMA,
        })
    }
}
