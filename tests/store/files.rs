//! Files beside the store that another user made, and folders in which other users can create files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::process::{Service, apiconn, ok};
use crate::support::{App, tools};

/// The unprivileged account.
const OTHER: u32 = 65534;

/// Returns true if the test can make files of another user. Otherwise it is left out.
fn can_change_owners() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        tools::leave_out("permission to become another user");
    }
    is_root
}

fn beside(store: &Path, suffix: &str) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn delete(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir(path);
}

/// Deletes what connections that could not write have left.
fn delete_log(store: &Path) {
    for suffix in ["-wal", "-shm", "-journal"] {
        delete(&beside(store, suffix));
    }
}

/// Asserts that no command uses the store, and that the reason names the file.
#[track_caller]
fn assert_refused(app: &App, case: &str, parts: &[&str]) {
    let before = fs::read(app.store()).unwrap();
    for words in
        ["key list", "key create planted --scope assets.read", "serve --check", "audit verify", "store info"]
    {
        let output = apiconn(&app.store()).args(words.split(' ')).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{case}, {words}: {output:?}");
        for part in parts {
            assert!(err.contains(part), "{case}, {words}: {err}");
        }
    }
    assert_eq!(fs::read(app.store()).unwrap(), before, "{case}");
}

#[test]
fn a_file_beside_the_store_must_be_one_of_the_store() {
    let app = App::in_real_time();
    let store = app.store();
    let other = app.folder().join("other");
    for suffix in ["-wal", "-shm", "-journal"] {
        let file = beside(&store, suffix);
        let name = file.file_name().unwrap().to_str().unwrap();
        let make = |case: &str| match case {
            "mode" => {
                fs::write(&file, "").unwrap();
                fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
            }
            "hard link" => {
                fs::write(&other, "").unwrap();
                fs::set_permissions(&other, Permissions::from_mode(0o600)).unwrap();
                fs::hard_link(&other, &file).unwrap();
            }
            "symbolic link" => symlink(&other, &file).unwrap(),
            "not a file" => fs::create_dir(&file).unwrap(),
            _ => unreachable!("{case} is a case"),
        };
        for case in ["mode", "hard link", "symbolic link", "not a file"] {
            make(case);
            let parts: &[&str] = if suffix == "-journal" { &[name] } else { &[name, case] };
            assert_refused(&app, &format!("{suffix}, {case}"), parts);
            delete_log(&store);
            delete(&other);
        }
    }
    // A journal is refused also if it is the owner's.
    fs::write(beside(&store, "-journal"), "").unwrap();
    assert_refused(&app, "journal", &["-journal, which a finished store does not have"]);
    delete_log(&store);
    ok(&store, &["key", "list"]);
}

#[test]
fn a_file_of_another_user_beside_the_store_is_refused() {
    if !can_change_owners() {
        return;
    }
    let app = App::in_real_time();
    for suffix in ["-wal", "-shm"] {
        for mode in [0o666, 0o600] {
            let file = beside(&app.store(), suffix);
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            chown(&file, Some(OTHER), Some(OTHER)).unwrap();
            assert_refused(&app, suffix, &[suffix, "belongs to user 65534, and the store to user 0"]);
            delete_log(&app.store());
        }
    }
    ok(&app.store(), &["key", "list"]);
}

#[test]
fn a_log_follows_the_mode_of_the_store() {
    let app = App::in_real_time();
    let store = app.store();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let service = Service::start(&store);
    for (store_mode, log_mode) in [(0o600, 0o644), (0o640, 0o644), (0o600, 0o640)] {
        fs::set_permissions(&store, Permissions::from_mode(store_mode)).unwrap();
        for suffix in ["-wal", "-shm"] {
            fs::set_permissions(beside(&store, suffix), Permissions::from_mode(log_mode)).unwrap();
        }
        ok(&store, &["key", "list"]);
        for suffix in ["-wal", "-shm"] {
            assert_eq!(mode(&beside(&store, suffix)), store_mode, "{suffix} {store_mode:o} {log_mode:o}");
        }
    }
    assert!(service.stop());
}

/// Makes another store with the key `backdoor`, and returns the log that contains it completely.
fn planted_log(folder: &Path) -> Vec<u8> {
    let other = App::in_real_time();
    other.key("backdoor", "--scope assets.read");
    let raw = other.raw();
    raw.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;").unwrap();
    let log = fs::read(beside(&other.store(), "-wal")).unwrap();
    assert!(log.len() > 10_000, "{} bytes in {}", log.len(), folder.display());
    log
}

#[test]
fn a_planted_log_is_not_believed() {
    if !can_change_owners() {
        return;
    }
    let app = App::in_real_time();
    app.key("own", "--scope assets.read");
    let log = planted_log(app.folder());
    let wal = beside(&app.store(), "-wal");
    let before = fs::read(app.store()).unwrap();
    delete_log(&app.store());
    // The log is a working one: as a file of the store's owner it is part of the store.
    fs::write(&wal, &log).unwrap();
    fs::set_permissions(&wal, Permissions::from_mode(0o600)).unwrap();
    assert!(ok(&app.store(), &["key", "list"]).contains("backdoor"));
    delete_log(&app.store());
    fs::write(app.store(), &before).unwrap();
    assert!(ok(&app.store(), &["key", "list"]).contains("own"));
    delete_log(&app.store());
    for mode in [0o600, 0o666] {
        fs::write(&wal, &log).unwrap();
        fs::set_permissions(&wal, Permissions::from_mode(mode)).unwrap();
        chown(&wal, Some(OTHER), Some(OTHER)).unwrap();
        assert_refused(&app, "planted log", &["-wal belongs to user 65534"]);
    }
    delete_log(&app.store());
    let keys = ok(&app.store(), &["key", "list"]);
    assert!(keys.contains("own") && !keys.contains("backdoor"), "{keys}");
}

#[test]
fn a_log_that_appears_while_the_store_is_opened_is_refused() {
    if !can_change_owners() {
        return;
    }
    let app = App::in_real_time();
    app.key("own", "--scope assets.read");
    let log = planted_log(app.folder());
    let staged = app.folder().join("staged");
    let wal = beside(&app.store(), "-wal");
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Another user of a sticky folder creates files there, and renames or deletes only those.
            while !ended.load(Ordering::Relaxed) {
                fs::write(&staged, &log).unwrap();
                chown(&staged, Some(OTHER), Some(OTHER)).unwrap();
                let _ = fs::hard_link(&staged, &wal);
                let _ = fs::remove_file(&staged);
                if fs::metadata(&wal).is_ok_and(|file| std::os::unix::fs::MetadataExt::uid(&file) == OTHER) {
                    let _ = fs::remove_file(&wal);
                }
            }
        });
        for round in 0..60 {
            let words: &[&str] = if round % 2 == 0 { &["key", "list"] } else { &["key", "show", "backdoor"] };
            let output = apiconn(&app.store()).args(words).output().unwrap();
            let shown = String::from_utf8_lossy(&output.stdout);
            assert!(!shown.contains("backdoor"), "{output:?}");
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 3 | 6 | 8)), "{output:?}");
        }
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_folder_in_which_all_users_can_replace_files_is_refused() {
    let app = App::in_real_time();
    let store = app.store();
    let folder = store.parent().unwrap();
    let mode = |mode| fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
    for open in [0o777, 0o702, 0o2777] {
        mode(open);
        assert_refused(
            &app,
            &format!("{open:o}"),
            &["every user can replace files in its folder", "chmod o-w"],
        );
        let new = folder.join("new.db");
        let output = apiconn(&new).args(["init", "--base", "B"]).output().unwrap();
        assert_eq!(output.status.code(), Some(6), "{output:?}");
        assert!(!new.exists(), "{open:o}");
    }
    mode(0o700);
    assert_eq!(apiconn(&store).args(["key", "list"]).output().unwrap().stderr, b"");
}

#[test]
fn a_folder_that_other_users_share_is_warned_of() {
    if !can_change_owners() {
        return;
    }
    let app = App::in_real_time();
    let store = app.store();
    let folder = store.parent().unwrap();
    for (mode, uid, gid, users) in [
        (0o1777, 0, 0, Some("all users")),
        (0o770, 0, OTHER, Some("the members of group 65534")),
        (0o1770, 0, OTHER, Some("the members of group 65534")),
        (0o700, OTHER, OTHER, Some("the owner, user 65534,")),
        // The private group of the owner, and folders that only root can write to.
        (0o770, 0, 0, None),
        (0o755, 0, OTHER, None),
    ] {
        chown(folder, Some(uid), Some(gid)).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
        let output = apiconn(&store).args(["key", "list"]).output().unwrap();
        assert!(output.status.success(), "{mode:o}: {output:?}");
        let expected = users.map_or_else(String::new, |users| {
            let folder = folder.canonicalize().unwrap();
            format!(
                "warning: {users} can create files in {}, the folder of the store; keep the store in a folder of its own that has mode 700\n",
                folder.display()
            )
        });
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected, "{mode:o} {uid} {gid}");
        let check = apiconn(&store).args(["serve", "--check", "--listen", "127.0.0.1:0"]).output().unwrap();
        let err = String::from_utf8(check.stderr).unwrap();
        assert_eq!(err.contains("can create files in"), users.is_some(), "{mode:o}: {err}");
    }
    let service = Service::start(&store);
    ok(&store, &["key", "list"]);
    assert!(service.stop());
}
