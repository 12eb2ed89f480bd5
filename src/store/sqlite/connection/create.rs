//! Making a store: built beside its place, then moved there in one step.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use crate::domain::audit::Record;
use crate::domain::settings::SettingName;
use crate::store::NewStore;

use crate::store::sqlite::connection::file;
use crate::store::sqlite::connection::open::{classify, configure};
use crate::store::sqlite::{APPLICATION_ID, SCHEMA, SCHEMA_VERSION, StoreError, audit};

pub(crate) fn create(path: &Path, new: &NewStore, first_record: &Record) -> Result<(), StoreError> {
    let unusable = |why: String| StoreError::Unusable { path: path.to_owned(), why };
    file::check_name(path)?;
    let name = path.file_name().ok_or_else(|| unusable("it has no file name".to_owned()))?;
    if path.symlink_metadata().is_ok() {
        return Err(StoreError::Exists(path.to_owned()));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| unusable(format!("its folder cannot be made: {error}")))?;
    let folder = folder.canonicalize().map_err(|error| unusable(error.to_string()))?;
    let target = folder.join(name);

    sweep(&folder);
    let mut draft = Draft::begin(&folder, &new.base.store_id).map_err(|error| unusable(error.to_string()))?;
    fill(&draft.path, new, first_record).map_err(|error| classify(path, error))?;
    draft.place(&target).map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            StoreError::Exists(path.to_owned())
        } else {
            unusable(error.to_string())
        }
    })
}

/// How old a draft is that nobody can be building any more.
const ABANDONED: Duration = Duration::from_hours(1);
/// What a draft's name begins with.
const DRAFT: &str = ".apiconn-";

/// Takes drafts away that a kill has left behind.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_draft =
            entry.file_name().to_str().is_some_and(|name| name.starts_with(DRAFT) && name.contains(".new"));
        let modified = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_draft && modified().is_some_and(|age| age > ABANDONED) {
            // Somebody else's is not ours to take away, and stays.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The file while it is being built. What is not put in its place is taken away.
struct Draft {
    path: PathBuf,
    placed: bool,
}

impl Draft {
    fn begin(folder: &Path, store_id: &str) -> std::io::Result<Self> {
        // The store's random identity makes the name one that nobody can have prepared.
        let path = folder.join(format!("{DRAFT}{store_id}.new"));
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, placed: false })
    }

    fn place(&mut self, target: &Path) -> std::io::Result<()> {
        use rustix::fs::{CWD, RenameFlags};
        let moved = rustix::fs::renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE);
        match moved {
            Ok(()) => self.placed = true,
            // A file system that cannot move without replacing can still refuse a second name.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                std::fs::hard_link(&self.path, target)?;
            }
            Err(error) => return Err(error.into()),
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let leftovers: &[&str] =
            if self.placed { &["-wal", "-shm", "-journal"] } else { &["", "-wal", "-shm", "-journal"] };
        for suffix in leftovers {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            // Nothing better can be done with a leftover than to leave it.
            let _ = std::fs::remove_file(name);
        }
    }
}

fn fill(path: &Path, new: &NewStore, first_record: &Record) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute(
        "INSERT INTO base (only_row, store_id, name, environment, created_at) VALUES (1, ?1, ?2, ?3, ?4)",
        params![
            new.base.store_id,
            new.base.name.as_str(),
            new.base.environment.as_str(),
            new.base.created_at.millis()
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
    // Only now: with a rollback journal the commit has put everything into the one file that is about to be moved.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}
