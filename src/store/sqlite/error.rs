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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use rusqlite::Connection;

    use super::*;

    /// A file with a full table, and its path.
    fn database() -> (tempfile::TempDir, std::path::PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a TEXT UNIQUE CHECK (a <> 'forbidden')) STRICT;
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                 INSERT INTO t SELECT printf('%0100d', i) FROM n;",
            )
            .unwrap();
        (folder, path, connection)
    }

    /// The user's text, and SQLite's code and message.
    fn texts(error: rusqlite::Error) -> (String, i32, String) {
        let error = store_error(Path::new("base.db"), error);
        let source = error.source().unwrap_or_else(|| panic!("{error:?} has no source"));
        let engine: &EngineError = source.downcast_ref().unwrap();
        (error.to_string(), engine.code, engine.message.clone())
    }

    #[test]
    fn a_full_store_keeps_the_message_of_sqlite() {
        let (_folder, _, connection) = database();
        connection.pragma_update_and_check(None, "max_page_count", 1, |_| Ok(())).unwrap();
        let fill = "INSERT INTO t SELECT 'x' || a FROM t";
        let (text, code, message) = texts(connection.execute(fill, []).unwrap_err());
        assert_eq!(text, "the disk is full; nothing was changed");
        assert_eq!((code, message.as_str()), (ffi::SQLITE_FULL, "database or disk is full"));
    }

    #[test]
    fn a_locked_store_keeps_the_message_of_sqlite() {
        let (_folder, path, connection) = database();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let second = Connection::open(path).unwrap();
        second.busy_timeout(std::time::Duration::ZERO).unwrap();
        let (text, code, message) = texts(second.execute("DELETE FROM t", []).unwrap_err());
        assert_eq!(text, "the store is busy: another process is writing to it");
        assert_eq!((code, message.as_str()), (ffi::SQLITE_BUSY, "database is locked"));
    }

    #[test]
    fn a_damaged_store_keeps_the_message_of_sqlite() {
        let (_folder, path, connection) = database();
        drop(connection);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096..].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let count = Connection::open(path).unwrap().query_row("SELECT count(*) FROM t", [], |_| Ok(()));
        let (text, code, message) = texts(count.unwrap_err());
        assert_eq!(text, "the store is damaged: the structure of its file is broken");
        assert_eq!((code, message.as_str()), (ffi::SQLITE_CORRUPT, "database disk image is malformed"));
    }

    #[test]
    fn no_text_contains_sql_or_a_value() {
        let (_folder, path, connection) = database();
        let stored = format!("{:0100}", 1);
        let insert = |value: &str| connection.execute("INSERT INTO t (a) VALUES (?1)", [value]).unwrap_err();
        let select = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_err();
        for (error, expected) in [
            (insert(&stored), "another process created the same object"),
            (insert("forbidden"), "the store failed: a rule of its schema does not allow the change"),
            (
                select("SELECT secret FROM t"),
                "the store is damaged: its schema was changed: no such column: secret",
            ),
            (select("SELECT a FROM t"), "the store is damaged: a stored a cannot be read"),
            (
                select("SELECT 1 FROM t WHERE a = ''"),
                "the store is damaged: a row that every store has is missing",
            ),
            (select("SELEC 1"), "the store failed: SQLite reported an unexpected error"),
        ] {
            let error = store_error(&path, error);
            assert_eq!(error.to_string(), expected);
            let source = error.source().map_or_else(String::new, ToString::to_string);
            assert!(!source.contains("INSERT") && !source.contains("SELECT "), "{source}");
            assert!(!source.contains(&stored), "{source}");
        }
    }
}
