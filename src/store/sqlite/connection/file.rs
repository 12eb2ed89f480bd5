//! Checks of the store's file before SQLite opens it: type, owner, links.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::store::error::StoreError;
use crate::store::location::StoreLocation;

/// Rejects paths that must not be opened: `file:` URIs, links, folders, and files of other users.
pub(crate) fn check(path: &Path) -> Result<(), StoreError> {
    check_name(path)?;
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing(StoreLocation::File(path.to_owned())));
        }
        Err(error) => return Err(unusable(path, error.to_string())),
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
    Ok(())
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
