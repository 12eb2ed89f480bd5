//! Errors of a store, in terms that name no engine.

use crate::store::location::{SchemeError, StoreLocation};

/// Message of the engine behind a [`StoreError`], for logs. Contains no bound value and no SQL statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (code {code})")]
pub struct EngineError {
    /// The engine's own error code; for SQLite the extended result code.
    pub code: i32,
    pub message: String,
}

/// Reason for which the store could not do what it was asked to do.
///
/// `Display` is meant for users. [`std::error::Error::source`] is the engine's own message, if the engine reported the
/// failure; it is meant for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("there is no store at {0}")]
    Missing(StoreLocation),
    #[error("{0} already exists")]
    Exists(StoreLocation),
    #[error(transparent)]
    UnknownScheme(#[from] SchemeError),
    /// The file exists and must not, or cannot, be opened as a store.
    #[error("{location} cannot be used as a store: {why}")]
    Unusable { location: StoreLocation, why: String, source: Option<EngineError> },
    /// The file belongs to another program.
    #[error("{0} is not a store of apiconn")]
    Foreign(StoreLocation),
    /// A later version of this program wrote the store.
    #[error("the store {location} has schema {found}, and this program knows schema {known}")]
    Newer { location: StoreLocation, found: i64, known: i64 },
    /// The store has this program's schema number and another schema text.
    #[error("the store {0} was made by an unreleased version of apiconn")]
    UnreleasedSchema(StoreLocation),
    /// Another process had the write lock for longer than `--wait`, or too many requests wait for it.
    #[error("the store is busy: another process is writing to it")]
    Busy(#[source] Option<EngineError>),
    #[error("the disk is full; nothing was changed")]
    Full(#[source] EngineError),
    #[error("the store cannot be written to: the file, its folder or its file system is read only")]
    ReadOnly(#[source] Option<EngineError>),
    /// A stored value is missing or malformed.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The engine reports that the file's structure is damaged.
    #[error("the store is damaged: the structure of its file is broken")]
    Corrupt(#[source] EngineError),
    /// A change of another process made since the last read violates a uniqueness rule together with this one.
    #[error("another process created the same object")]
    Conflict(#[source] EngineError),
    /// The cursor was made by another list, or in another order.
    #[error("the cursor does not belong to this list")]
    Cursor,
    #[error("the store failed: {why}")]
    Failed { why: String, source: Option<EngineError> },
}

impl StoreError {
    /// Returns the variant as one word, for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Exists(_) => "exists",
            Self::UnknownScheme(_) | Self::Unusable { .. } => "unusable",
            Self::Foreign(_) => "foreign",
            Self::Newer { .. } => "newer",
            Self::UnreleasedSchema(_) => "unreleased",
            Self::Busy(_) => "busy",
            Self::Full(_) => "full",
            Self::ReadOnly(_) => "read_only",
            Self::Damaged(_) | Self::Corrupt(_) => "damaged",
            Self::Conflict(_) => "conflict",
            Self::Cursor => "cursor",
            Self::Failed { .. } => "failed",
        }
    }
}
