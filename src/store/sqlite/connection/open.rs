//! Opening a connection: the same steps, in the same order, for every process.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::sqlite::connection::backoff::Backoff;
use crate::store::sqlite::{APPLICATION_ID, Access, SCHEMA_VERSION, StoreError};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 64;

pub(crate) fn open(path: &Path, access: Access, wait: Duration) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write | Access::Serve => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // NOFOLLOW refuses links anywhere in the path, and a folder such as /tmp may be one; the file itself was checked.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|_| StoreError::Missing(path.to_owned()))?;
    let path = path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name));
    let fail = |error| match (classify(&path, error), access) {
        // SQLite shares a file through two others beside it, and cannot make them here.
        (StoreError::ReadOnly, Access::Read) => StoreError::Unusable {
            path: path.clone(),
            why: "nobody has it open, and its folder cannot be written to, which even reading needs then"
                .to_owned(),
        },
        (error, _) => error,
    };

    let mut connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
    connection.busy_handler(Some(patience(wait))).map_err(fail)?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        // A plan that may depend on a bound value is made anew for each value, at a multiple of the query's own cost.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection.set_db_config(config, on).map_err(fail)?;
    }
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(fail)
    };
    if number("application_id")? != i64::from(APPLICATION_ID) {
        return Err(StoreError::Foreign(path.clone()));
    }
    let found = number("user_version")?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.clone(), found, known: SCHEMA_VERSION });
    }
    if found < SCHEMA_VERSION {
        return Err(StoreError::Unusable {
            path: path.clone(),
            why: format!("its schema {found} was never released; it was not made whole"),
        });
    }
    configure(&connection).map_err(fail)?;
    if number("foreign_keys")? != 1 || number("synchronous")? != 2 {
        return Err(StoreError::Failed("SQLite did not take the settings that keep changes safe".to_owned()));
    }
    let journal: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(fail)?;
    if journal != "wal" {
        return Err(StoreError::Unusable {
            path: path.clone(),
            why: format!("its journal mode is {journal}, not wal"),
        });
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// What holds for every connection: changes outlive a power cut, references hold, nothing spills to temporary files. The
/// log is written back every 12 MB: digests come in no order, so that in a large store each page of their index waits
/// there for more than one change.
pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = -8192;
         PRAGMA journal_size_limit = 16777216;
         PRAGMA wal_autocheckpoint = 3000;",
    )
}

/// Backoff and tries again until `wait` is over. Never SQLite's own ever longer naps: they let one process wait for seconds
/// while others take turns.
fn patience(wait: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut naps = Backoff::new();
    move |tries| {
        if tries == 0 {
            naps = Backoff::new();
        }
        if naps.waited() >= wait {
            return false;
        }
        naps.nap();
        true
    }
}

/// The domain's word for a fault of SQLite.
pub(crate) fn classify(path: &Path, error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let rusqlite::Error::SqliteFailure(code, detail) = &error else {
        return match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => StoreError::Damaged(error.to_string()),
            rusqlite::Error::SqlInputError { msg, .. } => changed_schema(&msg),
            error => StoreError::Failed(error.to_string()),
        };
    };
    match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::Full,
        // Without room for the index of the -wal, which every process needs, not even reading is possible.
        ErrorCode::SystemIoFailure if code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            StoreError::Full
        }
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::NotADatabase => StoreError::Foreign(path.to_owned()),
        ErrorCode::DatabaseCorrupt => StoreError::Damaged(error.to_string()),
        ErrorCode::ConstraintViolation
            if matches!(
                code.extended_code,
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            ) =>
        {
            StoreError::Conflict
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => StoreError::Unusable {
            path: path.to_owned(),
            why: detail.clone().unwrap_or_else(|| "it cannot be opened".to_owned()),
        },
        ErrorCode::Unknown => match detail {
            Some(why) if why.starts_with("no such ") => changed_schema(why),
            _ => StoreError::Failed(error.to_string()),
        },
        _ => StoreError::Failed(error.to_string()),
    }
}

/// All SQL is this program's own: what it names was there when the store was made.
fn changed_schema(why: &str) -> StoreError {
    StoreError::Damaged(format!("its schema was changed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SCHEMA;

    #[test]
    fn every_connection_is_opened_with_what_keeps_changes_safe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch(SCHEMA).unwrap();
        made.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        made.pragma_update(None, "user_version", SCHEMA_VERSION).unwrap();
        made.pragma_update(None, "journal_mode", "wal").unwrap();
        for access in [Access::Read, Access::Write, Access::Serve] {
            let connection = open(&path, access, Duration::from_secs(1)).unwrap();
            for (pragma, expected) in [
                // FULL: a commit that was acknowledged outlives a power cut.
                ("synchronous", 2),
                ("foreign_keys", 1),
                // Nothing of the store goes to a file elsewhere.
                ("temp_store", 2),
                ("cell_size_check", 1),
                ("mmap_size", 0),
                ("journal_size_limit", 16_777_216),
                ("wal_autocheckpoint", 3000),
                ("trusted_schema", 0),
            ] {
                let found: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
                assert_eq!(found, expected, "{pragma}, {access:?}");
            }
            for (config, expected) in [
                (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
                (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
                (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
                (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
                (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
            ] {
                assert_eq!(connection.db_config(config).unwrap(), expected, "{config:?}, {access:?}");
            }
        }
        // A store whose journal is another is not opened as if it were safe.
        made.pragma_update(None, "journal_mode", "delete").unwrap();
        let refused = open(&path, Access::Write, Duration::from_secs(1)).unwrap_err();
        assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
    }
}
