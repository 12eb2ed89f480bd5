//! Conversion of SQLite errors to [`StoreError`].
//!
//! The text of the result is for users and contains neither an SQL statement nor a stored or bound value. SQLite's own
//! message is kept as the source, for logs. SQLite's messages name tables, columns and constraints, but no values.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::error::{EngineError, StoreError};
use crate::store::location::StoreLocation;

/// Converts an error of a statement on the store at `path`.
pub(crate) fn store_error(path: &Path, error: Error) -> StoreError {
    let (error, message) = match error {
        Error::SqliteFailure(error, message) => (error, message),
        // The other field of this variant is the SQL statement.
        Error::SqlInputError { error, msg, .. } => (error, Some(msg)),
        Error::FromSqlConversionFailure(_, _, error) => return StoreError::Damaged(error.to_string()),
        Error::InvalidColumnType(_, column, _) => {
            return StoreError::Damaged(format!("a stored {column} cannot be read"));
        }
        Error::Utf8Error(..) => return StoreError::Damaged("a stored text is not UTF-8".to_owned()),
        Error::IntegralValueOutOfRange(..) => {
            return StoreError::Damaged("a stored number is out of range".to_owned());
        }
        Error::QueryReturnedNoRows => {
            return StoreError::Damaged("a row that every store has is missing".to_owned());
        }
        // The rest are wrong uses of rusqlite by this program; none of them contains a value.
        error => return StoreError::Failed { why: error.to_string(), source: None },
    };
    let message = message.unwrap_or_else(|| ffi::code_to_str(error.extended_code).to_owned());
    let source = EngineError { code: error.extended_code, message };
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy(Some(source)),
        ErrorCode::DiskFull => StoreError::Full(source),
        // The -shm file, which every process needs even for reading, could not be extended.
        ErrorCode::SystemIoFailure if error.extended_code == ffi::SQLITE_IOERR_SHMSIZE => {
            StoreError::Full(source)
        }
        ErrorCode::ReadOnly => StoreError::ReadOnly(Some(source)),
        ErrorCode::NotADatabase => StoreError::Foreign(StoreLocation::File(path.to_owned())),
        ErrorCode::DatabaseCorrupt => StoreError::Corrupt(source),
        ErrorCode::ConstraintViolation
            if matches!(
                error.extended_code,
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            ) =>
        {
            StoreError::Conflict(source)
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => StoreError::Unusable {
            location: StoreLocation::File(path.to_owned()),
            why: "it cannot be opened".to_owned(),
            source: Some(source),
        },
        // Every statement is this program's own, so the schema had the named object when the store was made.
        ErrorCode::Unknown if source.message.starts_with("no such ") => {
            StoreError::Damaged(format!("its schema was changed: {}", source.message))
        }
        _ => StoreError::Failed { why: reason(error.code).to_owned(), source: Some(source) },
    }
}

/// Describes a result code to a user.
const fn reason(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::SystemIoFailure => "its file could not be read or written",
        ErrorCode::ConstraintViolation => "a rule of its schema does not allow the change",
        ErrorCode::OutOfMemory => "out of memory",
        ErrorCode::TooBig => "a value is too large",
        ErrorCode::FileLockingProtocolFailed => "its file could not be locked",
        ErrorCode::SchemaChanged => "its schema was changed meanwhile",
        _ => "SQLite reported an unexpected error",
    }
}
