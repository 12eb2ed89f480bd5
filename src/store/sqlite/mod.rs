//! The store in one SQLite file. All SQL is below this folder.

mod audit;
mod base;
mod catalog;
mod clients;
mod codes;
mod connection;
mod grants;
mod query;
mod refusals;
mod sessions;
mod throttles;
mod tokens;
mod usage;
mod users;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::store::Access;
use crate::store::sqlite::connection::pool::Pool;
use crate::store::sqlite::connection::transaction::{Mode, SqliteTx};
use crate::store::{NewStore, ReadTx, Store, StoreError, StoreInfo, WriteTx};

/// The oldest SQLite without the WAL-reset fault, by which two processes on one file could lose committed changes.
const OLDEST_SQLITE: i32 = 3_051_003;
/// Marks a file as ours: "apcn".
const APPLICATION_ID: i32 = 0x6170_636e;
/// The latest schema, which is the number of the last migration.
const SCHEMA_VERSION: i64 = 1;
const SCHEMA: &str = include_str!("migrations/0001_init.sql");

/// An open store.
pub struct SqliteStore {
    path: PathBuf,
    /// The write-ahead log, whose lock is the queue of those who want to write.
    wal: PathBuf,
    wait: Duration,
    /// Whether whoever had to wait here lets others be for a moment after its change.
    pauses: bool,
    pool: Pool,
}

impl SqliteStore {
    /// Opens the store at `path`, waiting at most `wait` for other processes each time they hold it.
    ///
    /// # Errors
    /// Fails where there is no store of ours, where it belongs to somebody else, or where it cannot be read.
    pub fn open(path: &Path, access: Access, wait: Duration) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::Failed(format!(
                "SQLite {} may lose changes when two processes share a file; 3.51.3 or later is needed",
                rusqlite::version()
            )));
        }
        connection::file::check(path)?;
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let pool = Pool::new(path, access, wait);
        let connection = pool.take()?;
        pool.give_back(Some(connection));
        Ok(Self { path: path.to_owned(), wal: wal.into(), wait, pauses: access == Access::Write, pool })
    }

    /// Makes a store at `path` and opens it. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is a file already; fails where none can be made.
    pub fn create(
        path: &Path,
        new: &NewStore,
        first_record: &crate::domain::audit::Record,
        wait: Duration,
    ) -> Result<Self, StoreError> {
        connection::create::create(path, new, first_record)?;
        Self::open(path, Access::Write, wait)
    }

    fn begin(&self, mode: Mode) -> Result<SqliteTx<'_>, StoreError> {
        SqliteTx::begin(self, self.pool.take()?, mode)
    }
}

impl Store for SqliteStore {
    fn read(&self) -> Result<Box<dyn ReadTx + '_>, StoreError> {
        Ok(Box::new(self.begin(Mode::Read)?))
    }

    fn write(&self) -> Result<Box<dyn WriteTx + '_>, StoreError> {
        Ok(Box::new(self.begin(Mode::Write)?))
    }

    fn loose_mode(&self) -> Option<u32> {
        connection::file::loose_mode(&self.path)
    }

    fn info(&self) -> Result<StoreInfo, StoreError> {
        let (size, mode) = connection::file::size_and_mode(&self.path)?;
        Ok(StoreInfo {
            engine: format!("SQLite {}", rusqlite::version()),
            schema: SCHEMA_VERSION,
            size,
            mode,
            documented_schema: SCHEMA,
        })
    }
}
