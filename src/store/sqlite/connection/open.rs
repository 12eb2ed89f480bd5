//! Opening a connection to a store.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::access::Access;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;

use crate::store::sqlite::connection::backoff::Backoff;
use crate::store::sqlite::connection::file::unusable;
use crate::store::sqlite::connection::schema::{APPLICATION_ID, SCHEMA_VERSION, schema_digest};
use crate::store::sqlite::error::store_error;

/// Number of prepared statements that a connection caches.
const STATEMENTS: usize = 64;

/// Opens a connection and checks that the file is a store of this program's schema. Changes nothing in the file.
pub(crate) fn open(path: &Path, access: Access, wait: Duration) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write | Access::Serve => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // NOFOLLOW rejects links anywhere in the path, and a folder such as /tmp may be one. `file::check` has checked the
    // file itself.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        folder.canonicalize().map_err(|_| StoreError::Missing(StoreLocation::File(path.to_owned())))?;
    let path = path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name));
    let fail = |error| match (store_error(&path, error), access) {
        // SQLite shares a file by means of the -wal and -shm files beside it, and cannot create them here.
        (StoreError::ReadOnly(source), Access::Read) => StoreError::Unusable {
            location: StoreLocation::File(path.clone()),
            why: "no process has it open, and its folder cannot be written to, which even reading needs then"
                .to_owned(),
            source,
        },
        (error, _) => error,
    };

    let mut connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
    connection.busy_handler(Some(busy_handler(wait))).map_err(fail)?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        // Otherwise a query plan that depends on a bound value is made again for each value, which costs several times as
        // much as the query itself.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection.set_db_config(config, on).map_err(fail)?;
    }
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(fail)
    };
    if number("application_id")? != i64::from(APPLICATION_ID) {
        return Err(StoreError::Foreign(StoreLocation::File(path.clone())));
    }
    let found = number("user_version")?;
    if found > SCHEMA_VERSION {
        let location = StoreLocation::File(path.clone());
        return Err(StoreError::Newer { location, found, known: SCHEMA_VERSION });
    }
    if found < SCHEMA_VERSION {
        let why = format!("its schema {found} was never released, so it was not created completely");
        return Err(unusable(&path, why));
    }
    if !has_this_schema(&connection).map_err(fail)? {
        return Err(StoreError::UnreleasedSchema(StoreLocation::File(path.clone())));
    }
    configure(&connection).map_err(fail)?;
    if number("foreign_keys")? != 1 || number("synchronous")? != 2 {
        let why = "SQLite did not accept the settings that keep changes safe".to_owned();
        return Err(StoreError::Failed { why, source: None });
    }
    let journal: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(fail)?;
    if journal != "wal" {
        return Err(unusable(&path, format!("its journal mode is {journal}, not wal")));
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Returns true if the store was made with the text of this program's schema.
fn has_this_schema(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT schema_digest = ?1 FROM base";
    match connection.query_row(sql, [schema_digest()], |row| row.get(0)) {
        // The column is younger than the schema's number.
        Err(error) if error.to_string().starts_with("no such column: schema_digest") => Ok(false),
        result => result,
    }
}

/// Sets what every connection needs: commits survive a power loss, foreign keys are enforced, and temporary data stays in
/// memory.
///
/// The checkpoint limit of 3000 pages (12 MB) is above SQLite's default: digests are inserted in random order, so that in
/// a large store a checkpoint writes each page of their index once for several changes.
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

/// Returns a busy handler that retries with [`Backoff`] until `wait` is over.
///
/// SQLite's own handler sleeps for up to 100 ms between attempts, so that one process could wait for seconds while others
/// get the lock.
fn busy_handler(wait: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut backoff = Backoff::new();
    move |attempts| {
        if attempts == 0 {
            backoff = Backoff::new();
        }
        if backoff.elapsed() >= wait {
            return false;
        }
        backoff.sleep();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::connection::schema::SCHEMA;

    #[test]
    fn every_connection_has_the_settings_that_keep_changes_safe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch(SCHEMA).unwrap();
        made.execute(
            "INSERT INTO base (only_row, store_id, name, environment, created_at, schema_digest) \
             VALUES (1, '000000000000000000000000', 'Acme', 'test', 0, ?1)",
            [schema_digest()],
        )
        .unwrap();
        made.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        made.pragma_update(None, "user_version", SCHEMA_VERSION).unwrap();
        made.pragma_update(None, "journal_mode", "wal").unwrap();
        for access in [Access::Read, Access::Write, Access::Serve] {
            let connection = open(&path, access, Duration::from_secs(1)).unwrap();
            for (pragma, expected) in [
                // FULL: an acknowledged commit survives a power loss.
                ("synchronous", 2),
                ("foreign_keys", 1),
                // MEMORY: no content of the store goes to a temporary file.
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
        // Another journal mode does not survive a power loss in the same way.
        made.pragma_update(None, "journal_mode", "delete").unwrap();
        let rejected = open(&path, Access::Write, Duration::from_secs(1)).unwrap_err();
        assert!(matches!(rejected, StoreError::Unusable { .. }), "{rejected:?}");
    }
}
