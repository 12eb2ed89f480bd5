//! Creation of a store: atomic, and with files that only the owner can access.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::App;
use crate::support::process::{Service, ok};

use super::raw;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_private_with_any_umask() {
    for umask in ["000", "022", "077"] {
        let app = App::empty();
        let data = app.folder().join("share");
        let script = format!(
            "umask {umask}; exec {} key create first --scope assets.read --secret-file {}",
            env!("CARGO_BIN_EXE_apiconn"),
            app.folder().join("first.secret").display()
        );
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("XDG_DATA_HOME", &data)
            .env("HOME", "/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success(), "{umask}: {output:?}");
        let folder = data.join("apiconn");
        assert_eq!(mode(&folder), 0o700, "umask {umask}");
        assert_eq!(mode(&folder.join("store.db")), 0o600, "umask {umask}");
        assert_eq!(mode(&app.folder().join("first.secret")), 0o600, "umask {umask}");

        // While a service runs, the -wal and -shm files exist too.
        let service = Service::start(&folder.join("store.db"));
        ok(&folder.join("store.db"), &["scope", "add", "x", "y"]);
        for side in ["store.db-wal", "store.db-shm"] {
            assert_eq!(mode(&folder.join(side)), 0o600, "{side}, umask {umask}");
        }
        assert!(service.stop(), "{umask:?}");
    }
}

#[test]
fn printed_schema_equals_the_stored_schema() {
    let app = App::in_real_time();
    let documented = app.run("store info --schema").ok().out;
    let fresh = rusqlite::Connection::open_in_memory().unwrap();
    fresh.execute_batch(&documented).unwrap();
    let objects = |connection: &rusqlite::Connection| -> Vec<(String, String)> {
        let mut statement = connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let stored = objects(&raw(&app.store()));
    assert_eq!(stored, objects(&fresh));
    let tables: Vec<_> = stored.iter().filter(|(_, sql)| sql.starts_with("CREATE TABLE")).collect();
    assert_eq!(tables.len(), 20);
    assert!(tables.iter().all(|(_, sql)| sql.ends_with("STRICT")));
}

#[test]
fn store_has_the_application_id_and_wal_mode() {
    let app = App::in_real_time();
    let connection = raw(&app.store());
    let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
    assert_eq!(super::number(&connection, "PRAGMA application_id"), 0x6170_636e);
    assert_eq!(super::number(&connection, "PRAGMA user_version"), 1);
}

#[test]
fn triggers_protect_revoked_clients_and_the_audit_log() {
    let app = App::in_real_time();
    app.key("k", "--scope assets.read");
    app.run("key revoke k --yes").ok();
    let connection = raw(&app.store());
    for (sql, reason) in [
        ("UPDATE clients SET stored_state = 'active'", "revoked is final"),
        ("UPDATE audit SET reason = 'x'", "the audit is append only"),
        ("DELETE FROM audit", "the audit is append only"),
        ("UPDATE secrets SET digest = randomblob(32)", "a secret does not change"),
    ] {
        let error = connection.execute(sql, []).unwrap_err().to_string();
        assert_eq!(error, reason, "{sql}");
    }
}
