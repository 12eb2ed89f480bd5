//! What can go wrong with a store, in words that name no engine.

use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No file there.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// A store, or something else, is there already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// Not a file that may be opened as a store.
    #[error("{} cannot be used as a store: {why}", .path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Another program's file.
    #[error("{} is not a store of apiconn", .0.display())]
    Foreign(PathBuf),
    /// Written by a later version of this program.
    #[error("the store {} has schema {found}, and this apiconn knows schema {known}", .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The latest schema that this program knows.
        known: i64,
    },
    /// Another process held the store for longer than `--wait`.
    #[error("the store is busy: another process is writing to it")]
    Busy,
    /// No room left on the disk.
    #[error("the disk is full; nothing was changed")]
    Full,
    /// No right to write.
    #[error("the store cannot be written to: the file, its folder or its file system is read only")]
    ReadOnly,
    /// The file does not hold together.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A rule of uniqueness was broken by a change that another process made meanwhile.
    #[error("another process made the same thing at the same time")]
    Conflict,
    /// A cursor that this list did not give out.
    #[error("the cursor is not one that this list gave out")]
    Cursor,
    /// Anything else.
    #[error("the store failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// One word for it, for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Exists(_) => "exists",
            Self::Unusable { .. } => "unusable",
            Self::Foreign(_) => "foreign",
            Self::Newer { .. } => "newer",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
            Self::Damaged(_) => "damaged",
            Self::Conflict => "conflict",
            Self::Cursor => "cursor",
            Self::Failed(_) => "failed",
        }
    }
}
