//! Faults of the store under a running service: 503 with `Retry-After`, no token that was not stored, and recovery
//! without a restart.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::process::{Answer, Service, ok};
use crate::support::{App, tools};

/// Limit of the wait for recovery, which takes far less.
const RECOVERY_LIMIT: Duration = Duration::from_mins(1);

type Key = (String, String);

fn key(app: &App) -> Key {
    app.key("k", "--scope assets.read --scope apiconn:introspect")
}

/// Asserts a 503 that asks for a retry and contains no token and no path.
#[track_caller]
fn assert_unavailable(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (503, Some("temporarily_unavailable")),
        "{answer:?}"
    );
    assert!(answer.headers.contains("\r\nretry-after: 1\r\n"), "{answer:?}");
    assert!(!answer.body.contains("apca_") && !answer.body.contains("base.db"), "{answer:?}");
}

/// Requests a token until one is issued, and returns it.
#[track_caller]
fn token_after_recovery(service: &Service, key: &Key) -> String {
    let began = Instant::now();
    loop {
        let answer = service.token(key);
        if answer.status == 200 {
            return token(&answer);
        }
        assert_unavailable(&answer);
        assert!(began.elapsed() < RECOVERY_LIMIT, "no recovery: {answer:?}");
    }
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// Asserts that the store contains exactly the issued tokens and is intact.
#[track_caller]
fn assert_all_stored(app: &App, service: &Service, key: &Key, tokens: &[String]) {
    for token in tokens {
        assert_eq!(service.introspect(key, token).json()["active"], true, "{token}");
    }
    assert_eq!(app.number("SELECT count(*) FROM tokens"), i64::try_from(tokens.len()).unwrap());
    let integrity: String = app.raw().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    app.run("audit verify").ok();
}

#[test]
fn tokens_are_introspected_while_another_process_writes() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let holder = app.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(service.introspect(&key, &first).json()["active"], true);
    assert_unavailable(&service.token(&key));
    holder.execute_batch("ROLLBACK").unwrap();
    let second = token_after_recovery(&service, &key);
    assert_all_stored(&app, &service, &key, &[first, second]);
}

#[test]
fn a_moved_store_is_unavailable_until_it_is_back() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    assert_unavailable(&service.token(&key));
    assert_unavailable(&service.introspect(&key, &first));
    fs::rename(&away, app.store()).unwrap();
    let second = token_after_recovery(&service, &key);
    assert_all_stored(&app, &service, &key, &[first, second]);
}

#[test]
fn a_copy_that_replaces_the_store_is_served_at_once() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let copied = token(&service.token(&key));
    let copy = app.folder().join("copy.db");
    app.sql(&format!("VACUUM INTO '{}'", copy.display()));
    // Issued after the copy was made, so the copy lacks it.
    let not_copied = token(&service.token(&key));
    Connection::open(&copy).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    fs::set_permissions(&copy, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&copy, app.store()).unwrap();
    let next = token_after_recovery(&service, &key);
    // Nothing of the replaced file is served any more.
    assert_eq!(service.introspect(&key, &not_copied).json()["active"], false);
    assert_all_stored(&app, &service, &key, &[copied, next]);
}

#[test]
fn a_different_or_invalid_store_is_never_served() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let other = app.folder().join("other.db");
    ok(&other, &["init", "--base", "Other", "--issuer", "http://127.0.0.1:8080"]);
    let line = ok(&other, &["key", "create", "k", "--scope", "assets.read", "-o", "tsv"]);
    let (id, secret) = line.trim_end().split_once('\t').unwrap();
    let others_key = (id.to_owned(), secret.to_owned());
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    fs::rename(&other, app.store()).unwrap();
    assert_unavailable(&service.token(&others_key));
    assert_unavailable(&service.token(&key));
    for content in ["", "not a database"] {
        fs::remove_file(app.store()).unwrap();
        fs::write(app.store(), content).unwrap();
        assert_unavailable(&service.token(&key));
    }
    fs::remove_file(app.store()).unwrap();
    fs::create_dir(app.store()).unwrap();
    assert_unavailable(&service.token(&key));
    fs::remove_dir(app.store()).unwrap();
    fs::rename(&away, app.store()).unwrap();
    let second = token_after_recovery(&service, &key);
    assert_all_stored(&app, &service, &key, &[first, second]);
}

/// Limits the size of the files that a process writes, in bytes; `None` removes the limit.
fn limit_files(process: u32, bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_raw(i32::try_from(process).unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn no_token_is_issued_while_the_log_file_cannot_grow() {
    let app = App::in_real_time();
    let key = key(&app);
    // SIGXFSZ would end the process; a full disk sends no signal.
    let service = Service::start_by(&app.store(), |program| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(program);
        shell
    });
    let mut tokens = vec![token(&service.token(&key))];
    let log = fs::metadata(app.folder().join("base.db-wal")).unwrap().size();
    limit_files(service.process(), Some(log));
    for _ in 0..3 {
        assert_unavailable(&service.token(&key));
        // Reads still work.
        assert_eq!(service.introspect(&key, &tokens[0]).json()["active"], true);
    }
    limit_files(service.process(), None);
    tokens.push(token_after_recovery(&service, &key));
    assert_all_stored(&app, &service, &key, &tokens);
}

#[test]
fn no_token_is_issued_while_the_disk_is_full() {
    if !tools::installed(&["mount", "umount"]) {
        return;
    }
    let app = App::in_real_time();
    let key = key(&app);
    let disk = app.folder().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        tools::leave_out("permission to mount");
        return;
    }
    let _unmount = Unmount(&disk);
    let store = disk.join("base.db");
    app.sql(&format!("VACUUM INTO '{}'", store.display()));
    Connection::open(&store).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    let service = Service::start(&store);
    let mut tokens = vec![token(&service.token(&key))];
    let filler = disk.join("filler");
    // Fill the disk; the write fails once no space is left.
    let _ = fs::write(&filler, vec![0; 4 << 20]);
    let mut refused = 0;
    for _ in 0..20 {
        let answer = service.token(&key);
        if answer.status == 200 {
            // The last page of the write-ahead log may still have room.
            tokens.push(token(&answer));
        } else {
            assert_unavailable(&answer);
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
    fs::remove_file(&filler).unwrap();
    tokens.push(token_after_recovery(&service, &key));
    for token in &tokens {
        assert_eq!(service.introspect(&key, token).json()["active"], true, "{token}");
    }
    let count: i64 = Connection::open(&store)
        .unwrap()
        .query_row("SELECT count(*) FROM tokens", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, i64::try_from(tokens.len()).unwrap());
    assert!(service.stop());
}

/// Unmounts a folder when it is dropped.
struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        // A lazy unmount, since the service may still be running if the test failed.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// An unprivileged Unix account.
const UNPRIVILEGED_UID: u32 = 65_534;

#[test]
fn a_read_only_store_issues_no_token_until_it_is_writable() {
    use std::os::unix::process::CommandExt as _;
    if !rustix::process::geteuid().is_root() {
        tools::leave_out("permission to become another user");
        return;
    }
    let app = App::in_real_time();
    let key = key(&app);
    // Creates `-wal` and `-shm` before the mode changes, since SQLite gives them the mode of the database.
    let holder = app.raw();
    let _: i64 = holder.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0)).unwrap();
    for name in ["", "base.db", "base.db-wal", "base.db-shm"] {
        std::os::unix::fs::chown(app.folder().join(name), Some(UNPRIVILEGED_UID), Some(UNPRIVILEGED_UID))
            .unwrap();
    }
    fs::set_permissions(app.store(), Permissions::from_mode(0o400)).unwrap();
    let service = Service::start_by(&app.store(), |program| {
        let mut command = Command::new(program);
        command.uid(UNPRIVILEGED_UID).gid(UNPRIVILEGED_UID);
        command
    });
    for _ in 0..3 {
        assert_unavailable(&service.token(&key));
    }
    fs::set_permissions(app.store(), Permissions::from_mode(0o600)).unwrap();
    let first = token_after_recovery(&service, &key);
    assert_all_stored(&app, &service, &key, &[first]);
    assert!(service.stop());
}
