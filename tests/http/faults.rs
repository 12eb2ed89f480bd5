//! The store fails while the service runs: 503 with `Retry-After`, no token that was not stored, and all well by itself
//! when the fault is gone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::process::{Answer, Service, ok};
use crate::support::{App, tools};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

type Key = (String, String);

fn key(app: &App) -> Key {
    app.key("k", "--scope assets.read --scope apiconn:introspect")
}

#[track_caller]
fn unavailable(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (503, Some("temporarily_unavailable")),
        "{answer:?}"
    );
    assert!(answer.headers.contains("\r\nretry-after: 1\r\n"), "{answer:?}");
    assert!(!answer.body.contains("apca_") && !answer.body.contains("base.db"), "{answer:?}");
}

/// Asks until the service issues a token again, which it does without being touched.
#[track_caller]
fn recovered(service: &Service, key: &Key) -> String {
    let began = Instant::now();
    loop {
        let answer = service.token(key);
        if answer.status == 200 {
            return token(&answer);
        }
        unavailable(&answer);
        assert!(began.elapsed() < PATIENCE, "it does not come back");
    }
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// Each token that was handed over is in the store, and no other.
#[track_caller]
fn stored(app: &App, service: &Service, key: &Key, tokens: &[String]) {
    for token in tokens {
        assert_eq!(service.introspect(key, token).json()["active"], true);
    }
    assert_eq!(app.number("SELECT count(*) FROM tokens"), i64::try_from(tokens.len()).unwrap());
    let sound: String = app.raw().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    app.run("audit verify").ok();
}

#[test]
fn while_another_process_writes_tokens_are_still_introspected() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let holder = app.raw();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(service.introspect(&key, &first).json()["active"], true);
    unavailable(&service.token(&key));
    holder.execute_batch("ROLLBACK").unwrap();
    let second = recovered(&service, &key);
    stored(&app, &service, &key, &[first, second]);
}

#[test]
fn a_store_that_was_moved_away_is_unavailable_until_it_is_back() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    unavailable(&service.token(&key));
    unavailable(&service.introspect(&key, &first));
    fs::rename(&away, app.store()).unwrap();
    let second = recovered(&service, &key);
    stored(&app, &service, &key, &[first, second]);
}

#[test]
fn a_copy_that_takes_the_stores_place_is_served_from_the_next_request_on() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let kept = token(&service.token(&key));
    let copy = app.folder().join("copy.db");
    app.sql(&format!("VACUUM INTO '{}'", copy.display()));
    // Issued after the copy was made, and so not in it.
    let lost = token(&service.token(&key));
    Connection::open(&copy).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    fs::set_permissions(&copy, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&copy, app.store()).unwrap();
    let next = recovered(&service, &key);
    // Nothing of the file before is mixed into it.
    assert_eq!(service.introspect(&key, &lost).json()["active"], false);
    stored(&app, &service, &key, &[kept, next]);
}

#[test]
fn another_store_or_no_store_in_its_place_is_never_served() {
    let app = App::in_real_time();
    let key = key(&app);
    let service = Service::start(&app.store());
    let first = token(&service.token(&key));
    let other = app.folder().join("other.db");
    ok(&other, &["init", "--base", "Other", "--issuer", "http://127.0.0.1:8080"]);
    let others_key = ok(&other, &["key", "create", "k", "--scope", "assets.read", "-o", "tsv"]);
    let others_key = others_key.trim_end().split_once('\t').unwrap();
    let others_key = (others_key.0.to_owned(), others_key.1.to_owned());
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    fs::rename(&other, app.store()).unwrap();
    unavailable(&service.token(&others_key));
    unavailable(&service.token(&key));
    for junk in ["", "no store at all"] {
        fs::remove_file(app.store()).unwrap();
        fs::write(app.store(), junk).unwrap();
        unavailable(&service.token(&key));
    }
    fs::remove_file(app.store()).unwrap();
    fs::create_dir(app.store()).unwrap();
    unavailable(&service.token(&key));
    fs::remove_dir(app.store()).unwrap();
    fs::rename(&away, app.store()).unwrap();
    let second = recovered(&service, &key);
    stored(&app, &service, &key, &[first, second]);
}

/// Lets files of this process grow to no more than so many bytes; none takes the limit away.
fn limit_files(process: u32, bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_raw(i32::try_from(process).unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn where_no_more_can_be_written_no_token_is_issued_until_there_is_room() {
    let app = App::in_real_time();
    let key = key(&app);
    // The signal that comes with the limit would end the process; a full disk comes with none.
    let service = Service::start_by(&app.store(), |program| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(program);
        shell
    });
    let mut tokens = vec![token(&service.token(&key))];
    let log = fs::metadata(app.folder().join("base.db-wal")).unwrap().size();
    limit_files(service.process(), Some(log));
    for _ in 0..3 {
        unavailable(&service.token(&key));
        // What is only read goes on.
        assert_eq!(service.introspect(&key, &tokens[0]).json()["active"], true);
    }
    limit_files(service.process(), None);
    tokens.push(recovered(&service, &key));
    stored(&app, &service, &key, &tokens);
}

#[test]
fn on_a_full_disk_no_token_is_issued_until_there_is_room() {
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
    // Until nothing more fits: the last write takes what is left.
    let _ = fs::write(&filler, vec![0; 4 << 20]);
    let mut refused = 0;
    for _ in 0..20 {
        let answer = service.token(&key);
        if answer.status == 200 {
            // There may be room left in the log's last page.
            tokens.push(token(&answer));
        } else {
            unavailable(&answer);
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
    fs::remove_file(&filler).unwrap();
    tokens.push(recovered(&service, &key));
    for token in &tokens {
        assert_eq!(service.introspect(&key, token).json()["active"], true);
    }
    let count: i64 = Connection::open(&store)
        .unwrap()
        .query_row("SELECT count(*) FROM tokens", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, i64::try_from(tokens.len()).unwrap());
    assert!(service.stop());
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        // Lazily, since the service may still be ending where a test has failed.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// A user of this machine that is not root and owns nothing.
const NOBODY: u32 = 65_534;

#[test]
fn a_store_that_may_only_be_read_issues_no_token_until_it_may_be_written() {
    use std::os::unix::process::CommandExt as _;
    if !rustix::process::geteuid().is_root() {
        tools::leave_out("permission to become another user");
        return;
    }
    let app = App::in_real_time();
    let key = key(&app);
    // The files beside it are there already: made by the service, they would be as little writable.
    let holder = app.raw();
    let _: i64 = holder.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0)).unwrap();
    for name in ["", "base.db", "base.db-wal", "base.db-shm"] {
        std::os::unix::fs::chown(app.folder().join(name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(app.store(), Permissions::from_mode(0o400)).unwrap();
    let service = Service::start_by(&app.store(), |program| {
        let mut command = Command::new(program);
        command.uid(NOBODY).gid(NOBODY);
        command
    });
    for _ in 0..3 {
        unavailable(&service.token(&key));
    }
    fs::set_permissions(app.store(), Permissions::from_mode(0o600)).unwrap();
    let first = recovered(&service, &key);
    stored(&app, &service, &key, &[first]);
    assert!(service.stop());
}
