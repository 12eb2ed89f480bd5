//! Checks of the store's files: type, owner, mode, links, and the folder that contains them.
//!
//! SQLite believes the files beside the store: it reads the log `-wal` as part of the store, and plays a `-journal` back
//! into it. Another user who can create files in the folder could therefore replace the contents of the store, or read what
//! is written into a log of their own.

use std::ffi::OsString;
use std::fs::{Metadata, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;
use crate::store::location::{FolderWriters, StoreLocation};

/// The log, and the index of the log, which processes share.
const LOG_FILES: [&str; 2] = ["-wal", "-shm"];
/// The rollback journal. A finished store has none.
const JOURNAL: &str = "-journal";

/// State in which the files beside the store are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogState {
    /// No connection of this process reads the store yet.
    Any,
    /// A transaction of this process has begun, so the log exists.
    InUse,
}

/// Rejects paths that must not be opened: `file:` URIs, links, folders, files of other users, files beside the store that
/// SQLite would believe although another user made them, and a folder in which all users can replace files.
///
/// Before the store is opened, another user may still create a file after the check. Therefore the check is made again in
/// the first transaction, [`LogState::InUse`]: in a sticky folder no other user can replace the files any more.
pub(crate) fn check(path: &Path, log: LogState) -> Result<(), StoreError> {
    check_name(path)?;
    let Some(metadata) = metadata(path, path)? else {
        return Err(StoreError::Missing(StoreLocation::File(path.to_owned())));
    };
    if metadata.is_symlink() {
        return Err(unusable(path, "it is a symbolic link; name the file itself"));
    }
    if !metadata.is_file() {
        return Err(unusable(path, "it is not a file"));
    }
    if metadata.nlink() > 1 {
        let why = "it has a second name (hard link), by which another process could damage it";
        return Err(unusable(path, why));
    }
    let user = rustix::process::geteuid();
    if !user.is_root() && metadata.uid() != user.as_raw() {
        let why = format!("it belongs to user {}, and this is user {}", metadata.uid(), user.as_raw());
        return Err(unusable(path, why));
    }
    let writers = check_folder(path, metadata.uid())?;
    check_files_beside(path, &metadata, writers, log)
}

/// Rejects a folder in which all users can rename and delete files. `owner` is the user id of the store's owner. Returns the
/// other users who can create files in the folder.
pub(crate) fn check_folder(path: &Path, owner: u32) -> Result<Option<FolderWriters>, StoreError> {
    let folder = StoreLocation::File(path.to_owned()).folder();
    let folder = folder.and_then(|folder| Ok((folder.symlink_metadata()?, folder)));
    let (metadata, folder) = folder.map_err(|error| unusable(path, error.to_string()))?;
    match FolderWriters::of(&metadata, owner) {
        Some(FolderWriters::AllUsers { sticky: false }) => {
            let folder = folder.display();
            let why = format!(
                "every user can replace files in its folder {folder}; take the permission away with chmod o-w"
            );
            Err(unusable(path, why))
        }
        writers => Ok(writers),
    }
}

/// Checks the files that SQLite keeps beside the store. They must be what SQLite makes itself: files of the store's owner
/// with the permissions of the store.
fn check_files_beside(
    path: &Path,
    store: &Metadata,
    writers: Option<FolderWriters>,
    log: LogState,
) -> Result<(), StoreError> {
    // Elsewhere the name could be given to another file before its mode is changed.
    let names_are_safe = matches!(writers, None | Some(FolderWriters::AllUsers { sticky: true }));
    if let Some(journal) = file_beside(path, JOURNAL)? {
        let why = format!(
            "its folder contains {}, which a finished store does not have and which would be played back into it",
            journal.name
        );
        return Err(unusable(path, why));
    }
    for suffix in LOG_FILES {
        let Some(FileBeside { path: file, name, metadata }) = file_beside(path, suffix)? else {
            if log == LogState::InUse {
                return Err(unusable(path, format!("its file {suffix} was removed while it was opened")));
            }
            continue;
        };
        let why = if metadata.is_symlink() {
            "is a symbolic link".to_owned()
        } else if !metadata.is_file() {
            "is not a file".to_owned()
        } else if metadata.uid() != store.uid() {
            format!("belongs to user {}, and the store to user {}", metadata.uid(), store.uid())
        } else if metadata.nlink() > 1 {
            "has a second name (hard link)".to_owned()
        } else if metadata.mode() & 0o077 & !store.mode() == 0 {
            continue;
        } else if metadata.mode() & 0o022 & !store.mode() == 0 && names_are_safe {
            // The store had this mode when the file was made. Others could read the file, but not change it.
            let mode = Permissions::from_mode(store.mode() & 0o777);
            std::fs::set_permissions(&file, mode).map_err(|error| unusable(path, error.to_string()))?;
            continue;
        } else {
            format!(
                "has mode {:o}, and the store has mode {:o}",
                metadata.mode() & 0o777,
                store.mode() & 0o777
            )
        };
        return Err(unusable(path, format!("its file {name} {why}; another user may have made it")));
    }
    Ok(())
}

/// A file beside the store.
struct FileBeside {
    path: PathBuf,
    name: String,
    metadata: Metadata,
}

fn file_beside(path: &Path, suffix: &str) -> Result<Option<FileBeside>, StoreError> {
    let file = beside(path, suffix);
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(metadata(path, &file)?.map(|metadata| FileBeside { path: file, name, metadata }))
}

/// Returns the path of the file that SQLite keeps beside a store under this suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the metadata of a file of the store at `store` without following a link, or `None` if there is no such file.
fn metadata(store: &Path, file: &Path) -> Result<Option<Metadata>, StoreError> {
    match file.symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(store, error.to_string())),
    }
}

/// Rejects names that SQLite does not take for a path.
pub(crate) fn check_name(path: &Path) -> Result<(), StoreError> {
    let text = path.to_string_lossy();
    let why = if text.is_empty() {
        "its path is empty"
    } else if text.starts_with("file:") {
        "a file: URI could switch SQLite's locking off; write a plain path"
    } else if text.contains('\0') {
        "its path holds a NUL"
    } else {
        return Ok(());
    };
    Err(unusable(path, why))
}

/// Makes the error for a file that is rejected before SQLite opens it.
pub(crate) fn unusable(path: &Path, why: impl Into<String>) -> StoreError {
    StoreError::Unusable { location: StoreLocation::File(path.to_owned()), why: why.into(), source: None }
}

/// Returns the size of the main file in bytes.
pub(crate) fn size(path: &Path) -> Result<u64, StoreError> {
    let metadata = std::fs::symlink_metadata(path);
    let metadata = metadata.map_err(|error| StoreError::Failed { why: error.to_string(), source: None })?;
    Ok(metadata.len())
}
