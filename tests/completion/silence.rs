//! The store that completion reads, and stores that cannot be read: they produce no output and no error.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use rusqlite::Connection;

use super::{candidates, candidates_for_bash, candidates_for_fish, granted, printed_by, sql, values};
use crate::support::App;
use crate::support::process::apiconn;

/// Prompts that only values from the store can complete; no flag matches.
const LINES: [&str; 6] =
    ["key show e", "consumer show f", "user show t", "grant revoke te", "grant revoke grt_", "group show i"];

#[track_caller]
fn assert_silent(app: &App) {
    for line in LINES {
        assert_eq!(candidates(app, line), [""; 0], "{line}");
    }
    assert_eq!(candidates_for_bash(&app.store(), &["grant", "revoke", "te"], 3, '?'), [""; 0]);
}

#[test]
fn store_flag_is_honoured_at_any_position() {
    let (app, _) = granted();
    let other = App::new();
    other.key("elsewhere", "--scope assets.read --expires never");
    let path = other.store().display().to_string();
    for line in [
        format!("--store {path} key show e"),
        format!("key --store {path} show e"),
        format!("key show --store {path} e"),
        format!("--store={path} key show e"),
        format!("key show --store={path} e"),
        format!("--store '{path}' key show e"),
        format!("--store /nowhere --store {path} key show e"),
    ] {
        assert_eq!(values(&candidates(&app, &line)), ["elsewhere"], "{line}");
    }
    // As bash splits the line without the script.
    let broken = ["--store", "=", &path, "key", "show", "e"];
    assert_eq!(candidates_for_bash(&app.store(), &broken, 6, '\t'), ["elsewhere"]);
    // Names of the environment's store are not offered for another store.
    assert_eq!(candidates(&app, &format!("--store {path} user show t")), [""; 0]);
}

#[test]
fn home_and_default_store_are_resolved_as_in_commands() {
    let app = App::new();
    app.key("at-home", "--scope assets.read --expires never");
    let home = app.folder();
    let plain = || {
        let mut command = apiconn(&app.store());
        command.env_remove("APICONN_STORE").env("HOME", home);
        command
    };
    assert_eq!(values(&candidates_for_fish(plain(), "--store ~/base.db key show at")), ["at-home"]);
    assert_eq!(values(&candidates_for_fish(plain(), "--store=~/base.db key show at")), ["at-home"]);

    let default = home.join("data/apiconn");
    fs::create_dir_all(&default).unwrap();
    fs::copy(app.store(), default.join("store.db")).unwrap();
    let mut command = plain();
    command.env("XDG_DATA_HOME", home.join("data"));
    assert_eq!(values(&candidates_for_fish(command, "key show at")), ["at-home"]);

    let mut command = plain();
    command.current_dir(home);
    assert_eq!(values(&candidates_for_fish(command, "--store base.db key show at")), ["at-home"]);
    let mut command = plain();
    command.current_dir(home);
    assert_eq!(values(&candidates_for_fish(command, "--store ba"))[0], "base.db");
}

#[test]
fn missing_store_is_silent_and_not_created() {
    let app = App::empty();
    assert_silent(&app);
    assert_eq!(fs::read_dir(app.folder()).unwrap().count(), 0);
    let mut command = apiconn(&app.store());
    command
        .env_remove("APICONN_STORE")
        .env("HOME", app.folder())
        .env("XDG_DATA_HOME", app.folder().join("data"));
    assert_eq!(candidates_for_fish(command, "key show e"), [""; 0]);
    assert_eq!(fs::read_dir(app.folder()).unwrap().count(), 0);
    // Commands and flags need no store.
    assert_eq!(values(&candidates(&app, "key rev")), ["revoke"]);
}

#[test]
fn damaged_foreign_or_newer_store_is_silent() {
    let (app, _) = granted();
    assert_eq!(values(&candidates(&app, "user show t")), ["tech1"]);
    sql(&app, "PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(app.store()).unwrap();

    sql(&app, "PRAGMA user_version = 2");
    assert_silent(&app);

    // Every page except the first is overwritten.
    let mut damaged = whole.clone();
    damaged[4096..].fill(0x5a);
    for name in ["base.db-wal", "base.db-shm"] {
        let _ = fs::remove_file(app.folder().join(name));
    }
    fs::write(app.store(), &damaged).unwrap();
    assert_silent(&app);

    for other in [&whole[..5000], &b"not a database"[..], &[]] {
        fs::write(app.store(), other).unwrap();
        assert_silent(&app);
    }
    fs::write(app.store(), &whole).unwrap();
    assert_eq!(values(&candidates(&app, "user show t")), ["tech1"]);
}

#[test]
fn store_that_may_not_be_opened_is_silent() {
    let (app, _) = granted();
    let store = app.folder().join("real.db");
    fs::rename(app.store(), &store).unwrap();
    symlink(&store, app.store()).unwrap();
    assert_silent(&app);
    fs::remove_file(app.store()).unwrap();
    fs::create_dir(app.store()).unwrap();
    assert_silent(&app);
    fs::remove_dir(app.store()).unwrap();
    fs::rename(&store, app.store()).unwrap();
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o000)).unwrap();
    // root can read every file.
    if fs::File::open(app.store()).is_err() {
        assert_silent(&app);
    }
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(values(&candidates(&app, "user show t")), ["tech1"]);
}

#[test]
fn completion_does_not_wait_for_writers() {
    let (app, grant) = granted();
    let connection = Connection::open(app.store()).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE; UPDATE users SET display_name = 'Changing'").unwrap();
    assert_eq!(values(&candidates(&app, "grant revoke ")), [grant.as_str()]);
    assert!(!candidates(&app, "user show t")[0].contains("Changing"));
    drop(connection);

    // This lock excludes readers too.
    let connection = Connection::open(app.store()).unwrap();
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE users SET display_name = 'Mine'; COMMIT")
        .unwrap();
    assert_silent(&app);
    drop(connection);
    assert_eq!(values(&candidates(&app, "grant revoke ")), [grant.as_str()]);
}

#[test]
fn hostile_stored_text_cannot_break_the_output() {
    let hostile = r"char(27) || '[2J' || char(9) || 'x' || char(10) || 'rm' || char(11) || char(0x202e)";
    for change in [
        format!("UPDATE scopes SET description = {hostile}"),
        format!("UPDATE scopes SET scope = 'assets' || {hostile} WHERE scope = 'assets.read'"),
        format!("UPDATE users SET display_name = {hostile}"),
        format!("UPDATE users SET username = 'tech1' || {hostile}"),
        format!("UPDATE clients SET name = 'field-app' || {hostile}"),
        format!("UPDATE clients SET scope = {hostile}"),
        format!("UPDATE grants SET scope = 'assets.read' || {hostile}"),
        format!("UPDATE permission_groups SET name = 'int' || {hostile}"),
    ] {
        let (app, _) = granted();
        app.run("group add integrations --scope assets.read").ok();
        sql(&app, &change);
        for line in LINES.into_iter().chain(["key create x --scope a", "key create x --scope w"]) {
            for printed in candidates(&app, line) {
                let harmless = printed.replacen('\t', "", 1);
                assert!(
                    !harmless.chars().any(|character| character.is_control() || character == '\u{202e}'),
                    "{printed:?}"
                );
                assert_ne!(values(std::slice::from_ref(&printed)), ["rm"], "{change}");
            }
            let words: Vec<&str> = line.split(' ').collect();
            for printed in candidates_for_bash(&app.store(), &words, words.len(), '?') {
                assert!(
                    !printed.chars().any(|character| character.is_control() || character == '\u{202e}'),
                    "{printed:?}"
                );
                assert_ne!(printed, "rm", "{change}");
            }
        }
    }
}

#[test]
fn unknown_shell_gets_no_output() {
    let (app, _) = granted();
    let mut command = apiconn(&app.store());
    command.env("APICONN_COMPLETE", "tcsh").args(["--", "apiconn", "key", ""]);
    assert_eq!(printed_by(command), "");
    // An index after the end of the line, as a faulty script would send.
    assert_eq!(candidates_for_bash(&app.store(), &["key"], 70, '\t'), [""; 0]);
    let mut command = apiconn(&app.store());
    command.env("APICONN_COMPLETE", "fish").arg("--");
    assert!(printed_by(command).starts_with("complete "));
}

#[test]
fn leftover_variable_does_not_disable_commands() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    for shell in ["1", "bash", "zsh", "fish"] {
        let run = |words: &[&str]| {
            apiconn(&app.store()).env("APICONN_COMPLETE", shell).args(words).output().unwrap()
        };
        let refused = run(&["key", "show", "nothing"]);
        assert_eq!(refused.status.code(), Some(3), "{shell}: {refused:?}");
        let shown = run(&["key", "show", "k", "-o", "id"]);
        assert!(shown.status.success() && shown.stdout.starts_with(b"apck_"), "{shell}: {shown:?}");
    }
    let revoked = apiconn(&app.store())
        .env("APICONN_COMPLETE", "1")
        .args(["key", "revoke", "k", "--yes"])
        .output()
        .unwrap();
    assert!(revoked.status.success(), "{revoked:?}");
    assert_eq!(app.run("key show k --json").ok().json()["key"]["state"], "revoked");
}
