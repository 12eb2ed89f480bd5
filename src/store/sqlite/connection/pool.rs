//! Pool of the connections to one store.
//!
//! The pool follows the file that has the store's name: connections to a file that was replaced are closed.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::store::access::Access;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;
use crate::store::transactions::FailureReport;

use crate::store::sqlite::connection::file::LogState;
use crate::store::sqlite::connection::{file, open};
use crate::store::sqlite::error::store_error;

/// Device and inode of a file.
type FileId = (u64, u64);

/// Returns the file that `path` names now.
fn file_id(path: &Path) -> Option<FileId> {
    std::fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[derive(Debug, Default)]
struct Connections {
    /// The file that all connections have open.
    file: Option<FileId>,
    idle: Vec<Connection>,
    /// Number of connections in use.
    used: usize,
}

/// The connections to one store.
pub(crate) struct Pool {
    path: PathBuf,
    wal: PathBuf,
    access: Access,
    wait: Duration,
    /// `store_id` of the first connection. A file with another one must not replace it.
    store_id: OnceLock<String>,
    connections: Mutex<Connections>,
    failure_report: Option<FailureReport>,
}

impl Pool {
    /// Makes a pool without a connection.
    pub(crate) fn new(path: &Path, access: Access, wait: Duration) -> Self {
        Self {
            path: path.to_owned(),
            wal: file::beside(path, "-wal"),
            access,
            wait,
            store_id: OnceLock::new(),
            connections: Mutex::default(),
            failure_report: None,
        }
    }

    /// Gives the later failures of transactions to `report`.
    pub(crate) fn report_failures(&mut self, report: FailureReport) {
        self.failure_report = Some(report);
    }

    /// Reports a failure of a transaction.
    pub(crate) fn failed(&self, error: &StoreError) {
        if let Some(report) = &self.failure_report {
            report(error);
        }
    }

    /// Returns the path of the store's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of the write-ahead log, whose lock is the queue of writers.
    pub(crate) fn wal(&self) -> &Path {
        &self.wal
    }

    /// Returns the longest time to wait for a lock.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// Returns true if a change that had to wait for the write lock is followed by a pause.
    pub(crate) fn pauses(&self) -> bool {
        self.access == Access::Write
    }

    /// Takes a connection to the file that has the store's name now. Opens one if none is idle.
    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
        let Some(file) = file_id(&self.path) else {
            // The idle connections stay: the same file may come back.
            return Err(self.missing());
        };
        let mut connections = self.connections();
        if connections.file != Some(file) {
            file::check(&self.path, LogState::Any)?;
            self.close_all(&mut connections)?;
            connections.file = Some(file);
        }
        connections.used += 1;
        if let Some(connection) = connections.idle.pop() {
            return Ok(connection);
        }
        drop(connections);
        // If the file is replaced at this moment, the connection counts as one to the old file and is closed by the next
        // call.
        let opened = self.open();
        if opened.is_err() {
            self.connections().used -= 1;
        }
        opened
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let connection = open::open(&self.path, self.access, self.wait)?;
        let store_id: String = connection
            .query_row("SELECT store_id FROM base", [], |row| row.get(0))
            .map_err(|error| store_error(&self.path, error))?;
        if *self.store_id.get_or_init(|| store_id.clone()) != store_id {
            return Err(file::unusable(&self.path, "it is another store than the one that was opened first"));
        }
        Ok(connection)
    }

    /// Closes the connections to a file that no longer has the store's name.
    fn close_all(&self, connections: &mut Connections) -> Result<(), StoreError> {
        if connections.used > 0 {
            // While these are open, SQLite would read the old `-wal` file as the log of the new file.
            return Err(StoreError::Busy(None));
        }
        if let Some(connection) = connections.idle.last() {
            // SQLite does not rename the log of a renamed file, and would read it as the log of the new file. The
            // checkpoint moves its content to the old file.
            let busy: i64 = connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                .map_err(|error| store_error(&self.path, error))?;
            if busy != 0 {
                return Err(StoreError::Busy(None));
            }
        }
        connections.idle.clear();
        Ok(())
    }

    /// Ends the use of a connection. `None` means that it was closed.
    pub(crate) fn release(&self, connection: Option<Connection>) {
        let mut connections = self.connections();
        connections.used -= 1;
        connections.idle.extend(connection);
    }

    /// Checks before a commit that the connections' file still has the store's name. A commit to another file would be
    /// lost.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match file_id(&self.path) {
            None => Err(self.missing()),
            file if file == self.connections().file => Ok(()),
            Some(_) => Err(StoreError::Busy(None)),
        }
    }

    fn missing(&self) -> StoreError {
        StoreError::Missing(StoreLocation::File(self.path.clone()))
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
