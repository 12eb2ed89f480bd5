//! Exit codes and error messages, and files that are not stores: they are rejected and stay unchanged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::App;

#[test]
fn exit_0_if_changed_and_if_unchanged() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let first = app.run("key revoke k --yes --json").ok().json();
    let second = app.run("key revoke k --yes --json").ok().json();
    assert_eq!((&first["changed"], &second["changed"]), (&true.into(), &false.into()));
}

#[test]
fn exit_1_if_output_cannot_be_written() {
    let app = App::new();
    let run = app.call("key list").broken_stdout(std::io::ErrorKind::StorageFull).run().exits(1);
    assert_eq!(run.err, "error: the output could not be written: no storage space\n");
}

#[test]
fn exit_2_with_a_suggestion_for_a_usage_error() {
    let app = App::new();
    for (words, err) in [
        (
            "kye list",
            "error: unrecognized subcommand 'kye'\nhint: a similar subcommand exists: 'key'\nhint: usage: apiconn [OPTIONS] <COMMAND>\n",
        ),
        (
            "key shwo k",
            "error: unrecognized subcommand 'shwo'\nhint: a similar subcommand exists: 'show'\nhint: usage: apiconn key [OPTIONS] <COMMAND>\n",
        ),
        (
            "key list --limt 3",
            "error: unexpected argument '--limt' found\nhint: a similar argument exists: '--limit'\nhint: usage: apiconn key list --limit <N>\n",
        ),
        (
            "key list -o xml",
            "error: invalid value 'xml' for '--output <FORMAT>' [possible values: table, json, jsonl, csv, tsv, env, id]\nhint: for its arguments and examples: apiconn key list --help\n",
        ),
        (
            "key create",
            "error: the following required arguments were not provided: <NAME>\nhint: usage: apiconn key create <NAME>\n",
        ),
    ] {
        let run = app.run(words).exits(2);
        assert_eq!(run.err, err, "{words}");
        assert_eq!(run.out, "", "{words:?}");
    }
}

#[test]
fn exit_2_with_help_for_an_incomplete_command() {
    let app = App::new();
    for (words, usage) in [
        ("", "Usage: apiconn [OPTIONS] <COMMAND>\n"),
        ("key", "Usage: apiconn key [OPTIONS] <COMMAND>\n"),
        ("grant", "Usage: apiconn grant [OPTIONS] <COMMAND>\n"),
    ] {
        let run = app.run(words).exits(2);
        assert!(run.err.contains(usage), "{run:?}");
        assert_eq!(run.out, "", "{words}");
        let help = app.run(&format!("{words} -h")).ok();
        assert_eq!(help.out, run.err, "{words}");
    }
    assert_eq!(
        app.run("key --json").exits(2).error_json()["error"]["hint"],
        "usage: apiconn key [OPTIONS] <COMMAND>"
    );
}

#[test]
fn exit_3_with_similar_names_for_a_missing_object() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    app.consumer("billing", "--scope assets.read");
    app.user("tech1");
    app.run("group add integrations --scope assets.read").ok();
    for (words, err) in [
        ("key show erp-snyc", "error: there is no key \"erp-snyc\"\nhint: did you mean erp-sync?\n"),
        ("consumer show biling", "error: there is no consumer \"biling\"\nhint: did you mean billing?\n"),
        ("user show tehc1", "error: there is no user \"tehc1\"\nhint: did you mean tech1?\n"),
        (
            "group show integration",
            "error: there is no group \"integration\"\nhint: did you mean integrations?\n",
        ),
        (
            "scope edit asset.read x",
            "error: there is no scope \"asset.read\"\nhint: did you mean assets.read?\n",
        ),
        (
            "key create k --group integratoins",
            "error: there is no group \"integratoins\"\nhint: did you mean integrations?\n",
        ),
        (
            "key show zzz",
            "error: there is no key \"zzz\"\nhint: to list the existing ones: apiconn key list\n",
        ),
        (
            "key show apck_test_0",
            "error: there is no key \"apck_test_0\"\nhint: to list the existing ones: apiconn key list\n",
        ),
        (
            "grant show tech1/billing",
            "error: there is no grant \"tech1/billing\"\nhint: to list the existing ones: apiconn grant list\n",
        ),
        (
            "token inspect tok_0",
            "error: there is no token \"tok_0\"\nhint: to list the existing ones: apiconn token list\n",
        ),
    ] {
        assert_eq!(app.run(words).exits(3).err, err, "{words}");
    }
}

#[test]
fn exit_4_with_candidates_for_an_ambiguous_prefix() {
    let app = App::new();
    let (a, _) = app.key("alpha", "--scope assets.read");
    let (b, _) = app.key("beta", "--scope assets.read");
    let mut both = [(a, "alpha"), (b, "beta")];
    both.sort();
    let run = app.run("key show apck_test_").exits(4);
    assert_eq!(
        run.err,
        format!(
            "error: \"apck_test_\" is a prefix of several key ids\nhint: give more characters of it: {} ({}), {} ({})\n",
            both[0].0, both[0].1, both[1].0, both[1].1
        )
    );
    let error = app.run("key show apck_test_ -o json").exits(4).error_json();
    assert_eq!(error["error"]["candidates"], serde_json::json!([both[0].0, both[1].0]));
    app.user("u1");
    app.user("u2");
    assert!(
        app.run("user show usr_")
            .exits(4)
            .err
            .starts_with("error: \"usr_\" is a prefix of several user ids\n")
    );
    // One character more than the common prefix is enough.
    let shared = both[0].0.bytes().zip(both[1].0.bytes()).take_while(|(a, b)| a == b).count();
    app.run(&format!("key show {}", &both[0].0[..=shared])).ok();
}

#[test]
fn exit_5_for_a_refusal() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.run("key revoke k --yes").ok();
    assert_eq!(
        app.run("key edit k --owner x").exits(5).err,
        "error: key \"k\" was revoked and cannot be changed\nhint: a new key can have its name: apiconn key create --help\n"
    );
}

#[test]
fn exit_6_for_a_missing_store_without_creating_it() {
    let app = App::empty();
    let store = app.store();
    let path = store.display();
    for words in ["key list", "key create k --scope a", "status", "settings set require_reason true"] {
        assert_eq!(
            app.run(words).exits(6).err,
            format!(
                "error: there is no store at {path}\nhint: check the path, or create a store: apiconn init --store {path} --base NAME\n"
            )
        );
        assert!(!app.store().exists(), "{words:?}");
    }
}

#[test]
fn exit_6_if_the_store_stays_locked_by_another_process() {
    let app = App::new();
    let other = app.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let run = app.run("key create k --scope assets.read --wait 0s").exits(6);
    assert_eq!(
        run.err,
        "error: the store is busy: another process is writing to it\nhint: nothing was changed; try again, or wait longer with --wait 30s\n"
    );
    // Readers are not blocked.
    app.run("key list").ok();
    other.execute_batch("ROLLBACK").unwrap();
    app.run("key create k --scope assets.read --wait 0s").ok();
}

#[test]
fn exit_7_for_findings_of_fail_if_any() {
    let app = App::new();
    assert_eq!(app.run("key list --fail-if-any").ok().err, "");
    app.key("k", "--scope assets.read --expires 3d");
    let run = app.run("key list --expiring-in 7d --fail-if-any -o id").exits(7);
    assert_eq!(run.err, "error: the list is not empty: 1 key\n");
    assert!(run.out.starts_with("apck_test_"));
}

#[test]
fn exit_8_for_a_damaged_store() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.sql("DELETE FROM settings WHERE name = 'issuer'");
    assert_eq!(
        app.run("key create k2 --scope assets.read").exits(8).err,
        "error: the store is damaged: the stored setting issuer cannot be read\nhint: stop the service, keep a copy of the file, and restore a backup\n"
    );
    // A table is missing.
    let app = App::new();
    app.sql("PRAGMA foreign_keys = OFF; DROP TABLE tokens");
    assert_eq!(
        app.run("token list").exits(8).err,
        "error: the store is damaged: its schema was changed: no such table: tokens\nhint: stop the service, keep a copy of the file, and restore a backup\n"
    );
    // Every page except the first is overwritten.
    let app = App::new();
    for name in 0..30 {
        app.key(&format!("k{name}"), "--scope assets.read");
    }
    app.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut bytes = fs::read(app.store()).unwrap();
    for byte in &mut bytes[4096..] {
        *byte = 0xff;
    }
    fs::write(app.store(), &bytes).unwrap();
    let run = app.run("key list").exits(8);
    assert!(run.err.starts_with("error: the store is damaged: "), "{run:?}");
    assert_eq!(fs::read(app.store()).unwrap(), bytes);
}

/// Runs commands on a file that is not a usable store; asserts exit code and error, and that neither the file nor its
/// folder changes.
#[track_caller]
fn assert_unchanged(app: &App, path: &Path, code: u8, err: &str) {
    let before = fs::read(path).ok();
    for words in ["key list", "key create k --scope assets.read", "audit verify"] {
        let run = app.call(words).word("--store").word(&path.to_string_lossy()).run().exits(code);
        assert_eq!(run.err, err, "{words}");
        assert_eq!(run.out, "", "{words:?}");
    }
    assert_eq!(fs::read(path).ok(), before);
    let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
    let _ = app.run(&format!("key list --store {}", path.display()));
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        beside,
        "a file was left in the folder"
    );
}

#[test]
fn foreign_files_are_rejected_and_unchanged() {
    let app = App::empty();
    let file = |name: &str| app.folder().join(name);
    let foreign = |path: &Path| {
        format!(
            "error: {} is not a store of apiconn\nhint: nothing was changed; check --store and APICONN_STORE\n",
            path.display()
        )
    };
    let text = file("text");
    fs::write(&text, "not a database, and longer than the header of one\n".repeat(100)).unwrap();
    assert_unchanged(&app, &text, 6, &foreign(&text));
    let empty = file("empty");
    fs::write(&empty, "").unwrap();
    assert_unchanged(&app, &empty, 6, &foreign(&empty));
    let other = file("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_unchanged(&app, &other, 6, &foreign(&other));
    let unusable = |path: &Path, why: &str| {
        format!(
            "error: {} cannot be used as a store: {why}\nhint: nothing was changed; check the path, its owner and its mode\n",
            path.display()
        )
    };
    let folder = file("folder");
    fs::create_dir(&folder).unwrap();
    assert_unchanged(&app, &folder, 6, &unusable(&folder, "it is not a file"));
    for path in ["file:x.db", "file:x.db?nolock=1"] {
        let run = app.run(&format!("key list --store {path}")).exits(6);
        let why = "a file: URI could switch SQLite's locking off; write a plain path";
        assert_eq!(run.err, unusable(Path::new(path), why), "{path:?}");
        assert_eq!(
            app.run(&format!("init --base B --store {path}")).exits(6).err,
            unusable(Path::new(path), why)
        );
    }
}

#[test]
fn linked_and_newer_stores_are_rejected_and_unchanged() {
    let app = App::new();
    let store = app.store();
    let link = app.folder().join("link.db");
    std::os::unix::fs::symlink(&store, &link).unwrap();
    assert_unchanged(
        &app,
        &link,
        6,
        &format!(
            "error: {} cannot be used as a store: it is a symbolic link; name the file itself\nhint: nothing was changed; check the path, its owner and its mode\n",
            link.display()
        ),
    );
    let hard = app.folder().join("hard.db");
    fs::hard_link(&store, &hard).unwrap();
    assert_unchanged(
        &app,
        &hard,
        6,
        &format!(
            "error: {} cannot be used as a store: it has a second name (hard link), by which another process could damage it\nhint: nothing was changed; check the path, its owner and its mode\n",
            hard.display()
        ),
    );
    fs::remove_file(&hard).unwrap();
    app.sql("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_unchanged(
        &app,
        &store,
        6,
        &format!(
            "error: the store {} has schema 99, and this program knows schema 1\nhint: use the version that wrote it, or a newer one\n",
            store.display()
        ),
    );
}

#[test]
fn store_readable_by_others_causes_a_warning() {
    let app = App::new();
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o644)).unwrap();
    let run = app.run("key list").ok();
    assert_eq!(
        run.err,
        format!(
            "warning: other users can access the store {0}, whose mode is 644; to fix it: chmod 600 {0}\n",
            app.store().display()
        )
    );
}

#[test]
fn init_does_not_replace_an_existing_store() {
    let app = App::new();
    let before = app.rows();
    let run = app.run("init --base \"Acme Maintenance\" --issuer http://127.0.0.1:8080").ok();
    assert_eq!(
        run.err,
        format!(
            "The store {} of base \"Acme Maintenance\" exists already. Nothing was changed.\n",
            app.store().display()
        )
    );
    let run = app.run("init --base Other").exits(4);
    assert_eq!(
        run.err,
        format!(
            "error: {} exists already\nhint: nothing was changed; to see which base it is: apiconn status\nhint: it contains the base \"Acme Maintenance\", environment test, issuer http://127.0.0.1:8080\n",
            app.store().display()
        )
    );
    assert_eq!(app.rows(), before);
}

#[test]
fn first_write_creates_the_default_store() {
    let mut app = App::empty();
    app.environment.store = None;
    let path = app.folder().join("data/apiconn/store.db");
    let missing = app.run("key list").exits(6);
    assert_eq!(
        missing.err,
        format!(
            "error: there is no store at {0}\nhint: check the path, or create a store: apiconn init --store {0} --base NAME\n",
            path.display()
        )
    );
    let _ = app.run("key create first --scope assets.read --dry-run").exits(6);
    assert!(!path.exists());
    let run = app.run("key create first --scope assets.read").ok();
    assert_eq!(
        run.err,
        format!(
            "Created the store {}: base \"default\", environment test, issuer http://127.0.0.1:8080.\nTo set another issuer: apiconn settings set issuer URL\nTo use another base or environment: apiconn init --store PATH --base NAME --env live\nwarning: no scope is declared yet, so assets.read was accepted as it is; to declare one: apiconn scope add SCOPE DESCRIPTION\n",
            path.display()
        )
    );
    let secret = run.out.trim_end().split_once('\t').unwrap().1.to_owned();
    app.call("key verify -").stdin(secret).run().ok();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn error_is_one_json_document_if_json_is_requested() {
    let app = App::new();
    for words in [
        "key show nothing -o json",
        "--json key show nothing",
        "key show nothing -ojson",
        "key show nothing -o jsonl",
    ] {
        let run = app.run(words).exits(3);
        assert_eq!(
            run.err,
            "{\"schema\":\"error/1\",\"error\":{\"code\":\"not_found\",\"message\":\"there is no key \\\"nothing\\\"\",\"hint\":\"to list the existing ones: apiconn key list\",\"candidates\":[]},\"warnings\":[]}\n"
        );
        assert_eq!(run.out, "", "{words:?}");
    }
    for words in ["key shwo -o json", "key --output=json shwo", "--json key shwo", "key shwo --json"] {
        assert_eq!(app.run(words).exits(2).error_json()["error"]["code"], "usage", "{words}");
    }
}

#[test]
fn failed_run_prints_one_document_with_its_warnings() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o644)).unwrap();
    for format in ["json", "jsonl"] {
        for words in [
            "key show nope -v",
            "key revoke k nope --yes -v",
            "key list --fail-if-any",
            "audit list --cursor x",
        ] {
            let run = app.run(&format!("{words} -o {format}"));
            assert_ne!(run.exit, 0, "{words}");
            let document = run.error_json();
            assert_eq!(document["schema"], "error/1", "{words}");
            assert_eq!(document["warnings"][0]["code"], "store_mode", "{words}: {run:?}");
            assert_eq!(document["warnings"].as_array().unwrap().len(), 1, "{words}: {run:?}");
        }
        // A run that succeeds still prints warnings as lines on standard error.
        let run = app.run(&format!("key show k -v -o {format}")).ok();
        let lines: Vec<&str> = run.err.lines().collect();
        assert_eq!(lines.len(), 2, "{run:?}");
        assert!(
            lines[0].starts_with("warning: other users can access") && lines[1].starts_with("store "),
            "{run:?}"
        );
    }
    // If the secret cannot be delivered, the error keeps the warning about its key.
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o600)).unwrap();
    let run = app
        .call("key create k2 --scope assets.read --expires never --json")
        .broken_stdout(std::io::ErrorKind::StorageFull)
        .run()
        .exits(1);
    assert_eq!(run.error_json()["warnings"][0]["code"], "never_expires", "{run:?}");
}

#[test]
fn only_creating_commands_create_the_default_store() {
    let app = App::empty();
    for words in
        ["key revoke erp-sync --yes", "key edit x --owner y", "grant add a b --scope c", "key list", "status"]
    {
        let run = app.call(words).environment(|environment| environment.store = None).run().exits(6);
        assert!(run.err.contains("apiconn init --store"), "{run:?}");
    }
    assert!(!app.folder().join("data").exists());
}
