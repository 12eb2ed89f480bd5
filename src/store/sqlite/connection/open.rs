//! Opening a connection to a store.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::access::Access;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;

use crate::store::sqlite::connection::backoff::Backoff;
use crate::store::sqlite::connection::file;
use crate::store::sqlite::connection::file::{LogState, unusable};
use crate::store::sqlite::connection::schema::{APPLICATION_ID, SCHEMA_VERSION, schema_digest};
use crate::store::sqlite::error::store_error;

/// Number of prepared statements that a connection caches.
const STATEMENTS: usize = 64;

/// Opens a connection and checks that the file is a store of this program's schema. Changes nothing in the file.
pub(crate) fn open(path: &Path, access: Access, wait: Duration) -> Result<Connection, StoreError> {
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

    file::check(&path, LogState::Any)?;
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = match access {
        Access::Read => connect(&path, read_only, wait, &fail)?,
        Access::Write | Access::Serve => {
            // A connection that can write plays a rollback journal back before its first read. A read-only one refuses it,
            // and as long as it is open, no other connection gets the lock for playing one back.
            let _guard = connect(&path, read_only, wait, &fail)?;
            connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, wait, &fail)?
        }
    };
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(fail)
    };
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
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Makes a connection to an SQLite file with the application id of a store, and begins and ends its first transaction. In
/// that transaction the files are checked again, before anything that was read is believed.
fn connect(
    path: &Path,
    mode: OpenFlags,
    wait: Duration,
    fail: &dyn Fn(rusqlite::Error) -> StoreError,
) -> Result<Connection, StoreError> {
    // If SQLite fails because of a file beside the store, the check names that file.
    let fail = |error| file::check(path, LogState::Any).err().unwrap_or_else(|| fail(error));
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags).map_err(fail)?;
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
    let transaction = connection.transaction().map_err(fail)?;
    let id: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fail)?;
    if id != i64::from(APPLICATION_ID) {
        return Err(StoreError::Foreign(StoreLocation::File(path.to_owned())));
    }
    let journal: String =
        transaction.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(fail)?;
    if journal != "wal" {
        return Err(unusable(path, format!("its journal mode is {journal}, not wal")));
    }
    file::check(path, LogState::InUse)?;
    transaction.finish().map_err(fail)?;
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

    /// Makes a store in the folder, and returns its path and a connection to it.
    fn make(folder: &Path) -> (std::path::PathBuf, Connection) {
        let path = folder.join("base.db");
        let made = Connection::open(&path).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
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
        (path, made)
    }

    /// Returns a rollback journal that, played back into the store, changes the name of the base.
    fn hot_journal(store: &Path, folder: &Path) -> Vec<u8> {
        let copy = folder.join("copy.db");
        std::fs::copy(store, &copy).unwrap();
        let copy_connection = Connection::open(&copy).unwrap();
        copy_connection.pragma_update(None, "journal_mode", "delete").unwrap();
        copy_connection.execute_batch("UPDATE base SET name = 'Planted'").unwrap();
        // Without synchronisation the header of the journal is complete from the beginning.
        copy_connection.pragma_update(None, "synchronous", "off").unwrap();
        copy_connection.execute_batch("BEGIN; UPDATE base SET name = 'Later'").unwrap();
        std::fs::read(file::beside(&copy, "-journal")).unwrap()
    }

    #[test]
    fn a_journal_that_appears_during_opening_is_not_played() {
        let folder = tempfile::tempdir().unwrap();
        let (path, made) = make(folder.path());
        made.close().unwrap();
        let before = std::fs::read(&path).unwrap();
        let journal = hot_journal(&path, folder.path());
        let wait = Duration::from_millis(10);
        let fail = |error| store_error(&path, error);
        let read_write = OpenFlags::SQLITE_OPEN_READ_WRITE;

        // Before the first read of the read-only connection.
        std::fs::write(file::beside(&path, "-journal"), &journal).unwrap();
        let rejected = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY, wait, &fail).unwrap_err();
        assert!(rejected.to_string().contains("base.db-journal"), "{rejected}");
        assert_eq!(std::fs::read(&path).unwrap(), before);

        // Between that connection and the one that can write.
        std::fs::remove_file(file::beside(&path, "-journal")).unwrap();
        let guard = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY, wait, &fail).unwrap();
        std::fs::write(file::beside(&path, "-journal"), &journal).unwrap();
        let rejected = connect(&path, read_write, wait, &fail).unwrap_err();
        assert!(rejected.to_string().contains("base.db-journal"), "{rejected}");
        assert_eq!(std::fs::read(&path).unwrap(), before);

        // Without the guard the journal is played back.
        drop(guard);
        drop(connect(&path, read_write, wait, &fail));
        assert_ne!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn every_connection_has_the_settings_that_keep_changes_safe() {
        let folder = tempfile::tempdir().unwrap();
        let (path, made) = make(folder.path());
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
