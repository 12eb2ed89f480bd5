//! The store's file before SQLite sees it: kind, owner, mode.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::store::sqlite::StoreError;

/// Refuses what must not be opened: `file:` URIs, links, folders, other people's files.
pub(crate) fn check(path: &Path) -> Result<(), StoreError> {
    let unusable = |why: &str| StoreError::Unusable { path: path.to_owned(), why: why.to_owned() };
    check_name(path)?;
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing(path.to_owned()));
        }
        Err(error) => return Err(unusable(&error.to_string())),
    };
    if metadata.is_symlink() {
        return Err(unusable("it is a symbolic link; name the file itself"));
    }
    if !metadata.is_file() {
        return Err(unusable("it is not a file"));
    }
    if metadata.nlink() > 1 {
        return Err(unusable("it has a second name (hard link), by which another process could damage it"));
    }
    let user = rustix::process::geteuid();
    if !user.is_root() && metadata.uid() != user.as_raw() {
        return Err(unusable(&format!(
            "it belongs to user {}, and this is user {}",
            metadata.uid(),
            user.as_raw()
        )));
    }
    Ok(())
}

/// Refuses names that SQLite would take for something else than a path.
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
    Err(StoreError::Unusable { path: path.to_owned(), why: why.to_owned() })
}

pub(crate) fn loose_mode(path: &Path) -> Option<u32> {
    let mode = std::fs::symlink_metadata(path).ok()?.mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

pub(crate) fn size_and_mode(path: &Path) -> Result<(u64, u32), StoreError> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok((metadata.len(), metadata.mode() & 0o777))
}
