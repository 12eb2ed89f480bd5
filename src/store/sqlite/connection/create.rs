//! Creating a store: it is built in a temporary file beside its path, then renamed.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use crate::domain::audit::Record;
use crate::domain::settings::SettingName;
use crate::store::base::NewStore;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;

use crate::store::sqlite::audit;
use crate::store::sqlite::connection::file;
use crate::store::sqlite::connection::file::{LogState, check_folder, check_name, unusable};
use crate::store::sqlite::connection::open::configure;
use crate::store::sqlite::connection::schema::{APPLICATION_ID, SCHEMA, SCHEMA_VERSION, schema_digest};
use crate::store::sqlite::error::store_error;

/// Age at which a temporary file is taken for one of a process that was killed.
const ABANDONED: Duration = Duration::from_hours(1);
/// Prefix of the names of temporary files.
const PREFIX: &str = ".apiconn-";

/// Creates a store at `path`. Creates its folder if it is missing.
pub(crate) fn create(path: &Path, new: &NewStore, first_record: &Record) -> Result<(), StoreError> {
    let exists = || StoreError::Exists(StoreLocation::File(path.to_owned()));
    check_name(path)?;
    let name = path.file_name().ok_or_else(|| unusable(path, "it has no file name"))?;
    if path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| unusable(path, format!("its folder cannot be made: {error}")))?;
    let folder = folder.canonicalize().map_err(|error| unusable(path, error.to_string()))?;
    let target = folder.join(name);

    check_folder(&target, rustix::process::geteuid().as_raw())?;
    delete_abandoned(&folder);
    let mut temporary = TemporaryStore::new(&folder, &new.base.store_id)
        .map_err(|error| unusable(path, error.to_string()))?;
    let connection = fill(&temporary.path, new, first_record).map_err(|error| store_error(path, error))?;
    switch_to_wal(&temporary.path, connection)?;
    temporary.rename(&target).map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists { exists() } else { unusable(path, error.to_string()) }
    })
}

/// Deletes temporary files that killed processes have left in the folder.
fn delete_abandoned(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_temporary =
            entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX) && name.contains(".new"));
        let modified = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_temporary && modified().is_some_and(|age| age > ABANDONED) {
            // Fails for a file of another user, which then stays.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The file in which a store is built. Deleted when it is dropped, unless it was renamed.
struct TemporaryStore {
    path: PathBuf,
    renamed: bool,
}

impl TemporaryStore {
    fn new(folder: &Path, store_id: &str) -> std::io::Result<Self> {
        // The random store id makes the name unpredictable for other processes.
        let path = folder.join(format!("{PREFIX}{store_id}.new"));
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, renamed: false })
    }

    /// Gives the file its final name, which must be free.
    fn rename(&mut self, target: &Path) -> std::io::Result<()> {
        use rustix::fs::{CWD, RenameFlags};
        let renamed = rustix::fs::renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE);
        match renamed {
            Ok(()) => self.renamed = true,
            // A file system without NOREPLACE still refuses to create a hard link with an existing name.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                std::fs::hard_link(&self.path, target)?;
            }
            Err(error) => return Err(error.into()),
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        let suffixes: &[&str] =
            if self.renamed { &["-wal", "-shm", "-journal"] } else { &["", "-wal", "-shm", "-journal"] };
        for suffix in suffixes {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            // A file that cannot be deleted stays; the next `create` deletes it once it is old.
            let _ = std::fs::remove_file(name);
        }
    }
}

fn fill(path: &Path, new: &NewStore, first_record: &Record) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute(
        "INSERT INTO base (only_row, store_id, name, environment, created_at, schema_digest) \
         VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        params![
            new.base.store_id,
            new.base.name.as_str(),
            new.base.environment.as_str(),
            new.base.created_at.millis(),
            schema_digest(),
        ],
    )?;
    for name in SettingName::ALL {
        transaction.execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)",
            params![name.as_str(), new.settings.get(name)],
        )?;
    }
    audit::insert(&transaction, first_record)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(connection)
}

/// Makes a filled store a WAL store, and closes it. This happens after the commit: with the rollback journal everything is
/// in the one file that is renamed.
fn switch_to_wal(path: &Path, connection: Connection) -> Result<(), StoreError> {
    let fail = |error| store_error(path, error);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(fail)?;
    // Reads, so that the log is open: a log of another user could hold another store.
    connection.query_row("SELECT store_id FROM base", [], |_| Ok(())).map_err(fail)?;
    file::check(path, LogState::InUse)?;
    connection.close().map_err(|(_, error)| fail(error))
}
