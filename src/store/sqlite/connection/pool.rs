//! The connections of a store, kept from one transaction to the next, for as long as the file is the one they opened.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::store::sqlite::connection::{file, open};
use crate::store::sqlite::{Access, StoreError};

/// What a file is, whatever its name: device and inode.
type Identity = (u64, u64);

/// Which file has this name now.
fn identity(path: &Path) -> Option<Identity> {
    std::fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[derive(Debug, Default)]
struct Kept {
    /// The file that all these connections opened.
    file: Option<Identity>,
    idle: Vec<Connection>,
    /// How many are in use.
    used: usize,
}

/// The connections of a store.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    access: Access,
    wait: Duration,
    /// Which store it was when first opened: another one in its place is not what was asked for.
    store: OnceLock<String>,
    kept: Mutex<Kept>,
}

impl Pool {
    pub(crate) fn new(path: &Path, access: Access, wait: Duration) -> Self {
        Self { path: path.to_owned(), access, wait, store: OnceLock::new(), kept: Mutex::default() }
    }

    /// A connection to the file that has the store's name now.
    ///
    /// # Errors
    /// Fails where there is none, or where it cannot be opened.
    pub(crate) fn take(&self) -> Result<Connection, StoreError> {
        let Some(file) = identity(&self.path) else {
            // The connections are kept: it may come back as it was.
            return Err(StoreError::Missing(self.path.clone()));
        };
        let mut kept = self.kept();
        if kept.file != Some(file) {
            file::check(&self.path)?;
            self.leave(&mut kept)?;
            kept.file = Some(file);
        }
        kept.used += 1;
        if let Some(connection) = kept.idle.pop() {
            return Ok(connection);
        }
        drop(kept);
        // Were the file replaced just now, this would be taken for a connection to the one before, and be closed next time.
        let opened = self.open();
        if opened.is_err() {
            self.kept().used -= 1;
        }
        opened
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let connection = open::open(&self.path, self.access, self.wait)?;
        let store: String = connection
            .query_row("SELECT store_id FROM base", [], |row| row.get(0))
            .map_err(|error| open::classify(&self.path, error))?;
        if *self.store.get_or_init(|| store.clone()) != store {
            let why = "it is another store than the one that was opened first".to_owned();
            return Err(StoreError::Unusable { path: self.path.clone(), why });
        }
        Ok(connection)
    }

    /// Closes what was opened before another file took the store's name.
    fn leave(&self, kept: &mut Kept) -> Result<(), StoreError> {
        if kept.used > 0 {
            // As long as these have it open, their log lies beside the new file as if it were its own.
            return Err(StoreError::Busy);
        }
        if let Some(connection) = kept.idle.last() {
            // SQLite leaves the log of a file that was renamed where it is, and would read it as that of the new one. What is
            // in it goes back into the file that it belongs to.
            let busy: i64 = connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                .map_err(|error| open::classify(&self.path, error))?;
            if busy != 0 {
                return Err(StoreError::Busy);
            }
        }
        kept.idle.clear();
        Ok(())
    }

    /// Takes a connection back; one that is not given back is not used again.
    pub(crate) fn give_back(&self, connection: Option<Connection>) {
        let mut kept = self.kept();
        kept.used -= 1;
        kept.idle.extend(connection);
    }

    /// Refuses where the connections' file has another name by now: what is committed there, nobody finds again.
    ///
    /// # Errors
    /// Fails where the store's name is another file's, or nobody's.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match identity(&self.path) {
            None => Err(StoreError::Missing(self.path.clone())),
            file if file == self.kept().file => Ok(()),
            Some(_) => Err(StoreError::Busy),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
