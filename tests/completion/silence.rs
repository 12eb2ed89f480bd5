//! Which store is asked, and what is said where it cannot answer: nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use rusqlite::Connection;

use super::{answer, ask, ask_bash, granted, spoken, sql, values};
use crate::support::App;
use crate::support::process::apiconn;

/// No value, and no flag either: these words fit nothing but what a store holds.
const LINES: [&str; 6] =
    ["key show e", "consumer show f", "user show t", "grant revoke te", "grant revoke grt_", "group show i"];

#[track_caller]
fn says_nothing(app: &App) {
    for line in LINES {
        assert_eq!(ask(app, line), [""; 0], "{line}");
    }
    assert_eq!(ask_bash(&app.store(), &["grant", "revoke", "te"], 3, '?'), [""; 0]);
}

#[test]
fn the_store_on_the_line_is_asked_wherever_it_stands() {
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
        assert_eq!(values(&ask(&app, &line)), ["elsewhere"], "{line}");
    }
    // As bash without our script breaks it.
    let broken = ["--store", "=", &path, "key", "show", "e"];
    assert_eq!(ask_bash(&app.store(), &broken, 6, '\t'), ["elsewhere"]);
    // A name that the other store does not know is not offered from the environment's.
    assert_eq!(ask(&app, &format!("--store {path} user show t")), [""; 0]);
}

#[test]
fn home_and_the_default_store_are_found_as_a_command_would_find_them() {
    let app = App::new();
    app.key("at-home", "--scope assets.read --expires never");
    let home = app.folder();
    let plain = || {
        let mut command = apiconn(&app.store());
        command.env_remove("APICONN_STORE").env("HOME", home);
        command
    };
    assert_eq!(values(&answer(plain(), "--store ~/base.db key show at")), ["at-home"]);
    assert_eq!(values(&answer(plain(), "--store=~/base.db key show at")), ["at-home"]);

    let default = home.join("data/apiconn");
    fs::create_dir_all(&default).unwrap();
    fs::copy(app.store(), default.join("store.db")).unwrap();
    let mut command = plain();
    command.env("XDG_DATA_HOME", home.join("data"));
    assert_eq!(values(&answer(command, "key show at")), ["at-home"]);

    let mut command = plain();
    command.current_dir(home);
    assert_eq!(values(&answer(command, "--store base.db key show at")), ["at-home"]);
    let mut command = plain();
    command.current_dir(home);
    assert_eq!(values(&answer(command, "--store ba"))[0], "base.db");
}

#[test]
fn without_a_store_nothing_is_said_and_none_is_made() {
    let app = App::empty();
    says_nothing(&app);
    assert_eq!(fs::read_dir(app.folder()).unwrap().count(), 0);
    let mut command = apiconn(&app.store());
    command
        .env_remove("APICONN_STORE")
        .env("HOME", app.folder())
        .env("XDG_DATA_HOME", app.folder().join("data"));
    assert_eq!(answer(command, "key show e"), [""; 0]);
    assert_eq!(fs::read_dir(app.folder()).unwrap().count(), 0);
    // Commands and flags need none.
    assert_eq!(values(&ask(&app, "key rev")), ["revoke"]);
}

#[test]
fn a_damaged_foreign_or_newer_store_says_nothing() {
    let (app, _) = granted();
    assert_eq!(values(&ask(&app, "user show t")), ["tech1"]);
    sql(&app, "PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(app.store()).unwrap();

    sql(&app, "PRAGMA user_version = 2");
    says_nothing(&app);

    // Every page but the first is garbage.
    let mut damaged = whole.clone();
    damaged[4096..].fill(0x5a);
    for name in ["base.db-wal", "base.db-shm"] {
        let _ = fs::remove_file(app.folder().join(name));
    }
    fs::write(app.store(), &damaged).unwrap();
    says_nothing(&app);

    for other in [&whole[..5000], &b"not a database"[..], &[]] {
        fs::write(app.store(), other).unwrap();
        says_nothing(&app);
    }
    fs::write(app.store(), &whole).unwrap();
    assert_eq!(values(&ask(&app, "user show t")), ["tech1"]);
}

#[test]
fn what_may_not_be_opened_says_nothing() {
    let (app, _) = granted();
    let store = app.folder().join("real.db");
    fs::rename(app.store(), &store).unwrap();
    symlink(&store, app.store()).unwrap();
    says_nothing(&app);
    fs::remove_file(app.store()).unwrap();
    fs::create_dir(app.store()).unwrap();
    says_nothing(&app);
    fs::remove_dir(app.store()).unwrap();
    fs::rename(&store, app.store()).unwrap();
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is unreadable for root.
    if fs::File::open(app.store()).is_err() {
        says_nothing(&app);
    }
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(values(&ask(&app, "user show t")), ["tech1"]);
}

#[test]
fn a_writer_does_not_keep_the_prompt_waiting_and_an_exclusive_one_does_not_spoil_it() {
    let (app, grant) = granted();
    let connection = Connection::open(app.store()).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE; UPDATE users SET display_name = 'Changing'").unwrap();
    assert_eq!(values(&ask(&app, "grant revoke ")), [grant.as_str()]);
    assert!(!ask(&app, "user show t")[0].contains("Changing"));
    drop(connection);

    // This shuts readers out as well.
    let connection = Connection::open(app.store()).unwrap();
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE users SET display_name = 'Mine'; COMMIT")
        .unwrap();
    says_nothing(&app);
    drop(connection);
    assert_eq!(values(&ask(&app, "grant revoke ")), [grant.as_str()]);
}

#[test]
fn text_that_was_put_into_the_store_cannot_break_the_answer() {
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
            for said in ask(&app, line) {
                let harmless = said.replacen('\t', "", 1);
                assert!(
                    !harmless.chars().any(|character| character.is_control() || character == '\u{202e}'),
                    "{said:?}"
                );
                assert_ne!(values(std::slice::from_ref(&said)), ["rm"], "{change}");
            }
            let words: Vec<&str> = line.split(' ').collect();
            for said in ask_bash(&app.store(), &words, words.len(), '?') {
                assert!(
                    !said.chars().any(|character| character.is_control() || character == '\u{202e}'),
                    "{said:?}"
                );
                assert_ne!(said, "rm", "{change}");
            }
        }
    }
}

#[test]
fn a_shell_that_is_not_known_gets_nothing() {
    let (app, _) = granted();
    let mut command = apiconn(&app.store());
    command.env("APICONN_COMPLETE", "tcsh").args(["--", "apiconn", "key", ""]);
    assert_eq!(spoken(command), "");
    // An index beyond the line, as a broken script would send.
    assert_eq!(ask_bash(&app.store(), &["key"], 70, '\t'), [""; 0]);
    let mut command = apiconn(&app.store());
    command.env("APICONN_COMPLETE", "fish").arg("--");
    assert!(spoken(command).starts_with("complete "));
}

#[test]
fn a_variable_left_behind_swallows_no_command() {
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
