//! Locations of stores. A location is a path today; a URL names an engine that this program does not have.

use std::ffi::OsStr;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Location of a store, from `--store` or `APICONN_STORE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// Path of an SQLite file.
    File(PathBuf),
}

/// The location is a URL whose scheme names no engine of this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store is a file; this program supports no URL with the scheme {0}")]
pub struct SchemeError(pub String);

/// Condition of a store that does not prevent its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreWarning {
    /// Users other than the owner have permissions on the file. `mode` is its permission bits.
    ReachableByOthers { mode: u32 },
    /// Users other than the owner can create files in the folder.
    FolderShared { folder: PathBuf, writers: FolderWriters },
}

/// Users other than the owner of a store and root who can create files in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderWriters {
    /// All users. If the folder is sticky, they can neither rename nor delete the files of the store.
    AllUsers { sticky: bool },
    /// The owner of the folder, by user id.
    FolderOwner(u32),
    /// The members of the folder's group, by group id.
    Group(u32),
}

impl FolderWriters {
    /// Returns the users who can create files in the folder of a store with this owner, or `None` if only the owner and
    /// root can. A group with the id of the owner is that user's private group.
    #[must_use]
    pub fn of(folder: &Metadata, owner: u32) -> Option<Self> {
        let mode = folder.mode();
        if mode & 0o002 != 0 {
            Some(Self::AllUsers { sticky: mode & 0o1000 != 0 })
        } else if folder.uid() != owner && folder.uid() != 0 {
            Some(Self::FolderOwner(folder.uid()))
        } else {
            (mode & 0o020 != 0 && folder.gid() != owner).then(|| Self::Group(folder.gid()))
        }
    }
}

/// Writes the users as the subject of a sentence.
impl fmt::Display for FolderWriters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllUsers { .. } => f.write_str("all users"),
            Self::FolderOwner(uid) => write!(f, "the owner, user {uid},"),
            Self::Group(gid) => write!(f, "the members of group {gid}"),
        }
    }
}

impl StoreLocation {
    /// Parses a path. Text of the form `SCHEME://…` is a URL, never a path.
    ///
    /// # Errors
    /// [`SchemeError`] if the text is a URL: no scheme is supported yet.
    pub fn parse(text: &OsStr) -> Result<Self, SchemeError> {
        match text.to_str().and_then(url_scheme) {
            Some(scheme) => Err(SchemeError(scheme.to_owned())),
            None => Ok(Self::File(text.into())),
        }
    }

    /// Returns the path of a store that is a file.
    #[must_use]
    pub fn path(&self) -> &Path {
        let Self::File(path) = self;
        path
    }

    /// Returns the permission bits of the store's file.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file's metadata cannot be read.
    pub fn mode(&self) -> std::io::Result<u32> {
        self.path().symlink_metadata().map(|metadata| metadata.mode() & 0o777)
    }

    /// Returns the folder of the store, without links.
    ///
    /// # Errors
    /// [`std::io::Error`] if the folder does not exist or cannot be reached.
    pub fn folder(&self) -> std::io::Result<PathBuf> {
        let folder = self.path().parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).canonicalize()
    }

    /// Returns the conditions of which an administrator should know before the store is used.
    #[must_use]
    pub fn warnings(&self) -> Vec<StoreWarning> {
        let Ok(file) = self.path().symlink_metadata() else { return Vec::new() };
        let mode = file.mode() & 0o777;
        let mode = (mode & 0o077 != 0).then_some(StoreWarning::ReachableByOthers { mode });
        let shared = || {
            let folder = self.folder().ok()?;
            let writers = FolderWriters::of(&folder.symlink_metadata().ok()?, file.uid())?;
            Some(StoreWarning::FolderShared { folder, writers })
        };
        mode.into_iter().chain(shared()).collect()
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// The scheme of a URL with an authority (RFC 3986 section 3.1).
fn url_scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_location_and_an_unknown_url_is_not() {
        for path in ["store.db", "/srv/base.db", "./a:b.db", "C:/base.db", "://", "1a://b", "file:x.db", ""] {
            let location = StoreLocation::parse(OsStr::new(path));
            assert_eq!(location, Ok(StoreLocation::File(path.into())), "{path}");
        }
        for (url, scheme) in [("postgres://db.example/base", "postgres"), ("file:///srv/base.db", "file")] {
            let location = StoreLocation::parse(OsStr::new(url));
            assert_eq!(location, Err(SchemeError(scheme.to_owned())), "{url}");
        }
    }
}
