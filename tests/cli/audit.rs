//! The audit log: every change writes records, and `audit verify` detects records that were edited outside the program.

use apiconn::actions::audit::genesis;
use apiconn::credentials::digest::sha256;
use apiconn::domain::audit::Record;
use apiconn::domain::time::Timestamp;
use rusqlite::params;

use crate::support::App;

/// Returns the last `count` records as `event|object|fields|reason`, the oldest first.
fn last(app: &App, count: usize) -> Vec<String> {
    let out = app
        .run(&format!("audit list --limit {count} --fields event,object_name,fields,reason -o tsv -q"))
        .ok()
        .out;
    let mut lines: Vec<String> = out.lines().map(|line| line.replace('\t', "|")).collect();
    lines.reverse();
    lines
}

#[test]
fn each_change_writes_its_audit_records() {
    let app = App::new();
    assert_eq!(
        last(&app, 10),
        [
            "base.init|Acme Maintenance|name environment issuer|",
            "scope.create|assets.read|description|",
            "scope.create|work_orders.write|description|",
        ]
    );
    app.user("u");
    for (words, records) in [
        ("scope edit assets.read Reading", &["scope.edit|assets.read|description|"][..]),
        ("settings set require_reason true", &["setting.edit|require_reason|require_reason|"]),
        ("group add g --scope assets.read", &["group.create|g|scope description|"]),
        ("group edit g --add-scope work_orders.write", &["group.edit|g|scope|"]),
        ("key create k --group g", &["key.create|k|name scope group expires_at|", "key.deliver|k|secrets|"]),
        ("key edit k --owner o --no-group --add-scope assets.read", &["key.edit|k|scope group owner|"]),
        ("key rotate k", &["key.rotate|k|secrets|", "key.deliver|k|secrets|"]),
        ("key disable k", &["key.disable|k|state|why"]),
        ("key enable k", &["key.enable|k|state|"]),
        ("key revoke k", &["key.revoke|k|state|why"]),
        (
            "consumer add c --grant authorization_code --redirect-uri https://c.example/cb --scope assets.read",
            &["consumer.create|c|name scope group expires_at|", "consumer.deliver|c|secrets|"],
        ),
        (
            "consumer edit c --title T --add-redirect-uri https://c.example/2 --access-ttl 5m --description D",
            &["consumer.edit|c|description title redirect_uris access_token_lifetime|"],
        ),
        ("grant add u c --scope assets.read", &["grant.create|u/c|scope|"]),
        ("grant revoke u/c", &["grant.revoke|u/c|state|why"]),
        ("user disable u", &["user.disable|u|state|why"]),
        ("user enable u", &["user.enable|u|state|"]),
        ("user set-password u --password-stdin", &["user.set_password|u|password|"]),
        ("consumer revoke c", &["consumer.revoke|c|state|why"]),
        ("group remove g", &["group.remove|g||"]),
        ("scope remove work_orders.write", &["scope.remove|work_orders.write||"]),
    ] {
        let before = app.number("SELECT count(*) FROM audit");
        let reason = if records[0].ends_with("why") { "--reason why" } else { "" };
        let run = app
            .call(&format!("{words} --yes --json {reason}"))
            .stdin("correct horse battery staple")
            .run()
            .ok();
        assert_eq!(last(&app, records.len()), records, "{words}");
        let added = app.number("SELECT count(*) FROM audit") - before;
        assert_eq!(added, i64::try_from(records.len()).unwrap(), "{words}");
        // All records of one run have the operation id that the run printed.
        let operation = run.json()["operation"].as_str().unwrap().to_owned();
        let listed = app.run(&format!("audit list --operation {operation} -o id")).ok().out;
        assert_eq!(listed.lines().count(), records.len(), "{words}");
    }
    app.run("audit verify").ok();
}

#[test]
fn command_that_changes_nothing_writes_no_audit_record() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let before = app.rows();
    for words in [
        "key list",
        "key show k",
        "status",
        "audit verify",
        "key enable k",
        "key edit k --remove-scope work_orders.write",
        "key disable k --dry-run",
        "key create k --scope assets.read --if-missing",
        "settings set rotation_overlap 1d",
        "scope add assets.read \"Read the base's assets\"",
    ] {
        app.run(words).ok();
        assert_eq!(app.rows(), before, "{words}");
    }
    for words in
        ["key create k --scope assets.read", "key edit k --expires 2020-01-01", "key revoke nothing --yes"]
    {
        assert_ne!(app.run(words).exit, 0);
        assert_eq!(app.rows(), before, "{words}");
    }
}

#[test]
fn records_are_filtered_and_paged() {
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read");
    app.advance("2d");
    app.run("key revoke k --yes").ok();
    let events = |words: &str| {
        let out = app.run(&format!("audit list {words} --fields event -o tsv -q")).ok().out;
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(events("--object key"), ["key.revoke", "key.deliver", "key.create"]);
    assert_eq!(events(&format!("--id {id}")), ["key.revoke", "key.deliver", "key.create"]);
    assert_eq!(events("--object scope"), ["scope.create", "scope.create"]);
    assert_eq!(events("--object token"), Vec::<String>::new());
    assert_eq!(events("--since 1d"), ["key.revoke"]);
    assert_eq!(events("--since 2026-11-25"), ["key.revoke"]);
    assert_eq!(events("--since 2026-11-24T10:30:00Z").len(), 6);
    assert_eq!(
        app.run("audit list --since tomorrow").exits(2).err,
        "error: --since needs a time in the past: a date, an RFC 3339 time, or a duration\nhint: for its arguments and examples: apiconn audit list --help\n"
    );
    let first = app.run("audit list --object key --limit 2 --json").ok().json();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(events(&format!("--object key --cursor {cursor}")), ["key.create"]);
    assert_eq!(events("--all").len(), 6);
}

/// Makes a store with 11 records, drops the triggers that protect them and runs `sql`. Also returns the audit head from
/// before that.
fn tampered_store(sql: &str) -> (App, String) {
    let app = App::new();
    for name in ["a", "b", "c", "d"] {
        app.key(name, "--scope assets.read");
    }
    let head = app.run("audit head -o id").ok().out.trim_end().to_owned();
    app.sql("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;");
    app.sql(sql);
    (app, head)
}

#[track_caller]
fn assert_damaged(app: &App, words: &str, at: i64, what: &str) {
    let run = app.run(&format!("audit verify {words}")).exits(8);
    assert_eq!(
        run.err,
        format!(
            "error: the audit chain is broken at record {at}: {what}\nhint: keep a copy of the store, and compare it with a backup; no kept head matches, so earlier records may be changed as well\n"
        )
    );
    assert_eq!(run.out, "");
    let error = app.run(&format!("audit verify {words} --json")).exits(8).error_json();
    assert_eq!(error["error"]["code"], "audit_damaged");
}

const EDITED: &str = "its content was changed after it was sealed";
const UNLINKED: &str = "it does not follow the record before it";
const MISSING: &str = "a record is missing before this one";

#[test]
fn triggers_reject_update_and_delete_of_audit_records() {
    let app = App::new();
    for sql in ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"] {
        let error = app.raw().execute_batch(sql).unwrap_err();
        assert_eq!(error.to_string(), "the audit is append only", "{sql:?}");
    }
}

#[test]
fn verify_detects_an_edit_of_any_field() {
    for change in [
        "at = at + 1",
        "operation = 'op_000000000000'",
        "event = 'key.revoke'",
        "object_id = 'apck_test_000000000000'",
        "object_name = 'x'",
        "fields = ''",
        "reason = ''",
        "via = 'serve'",
        "uid = 0",
        "uid = NULL",
        "login_uid = NULL",
        "sudo_user = 'root'",
        "terminal = 'pts/1'",
        "host = NULL",
        "ci_job = 'x'",
        "version = '9'",
        "hash = zeroblob(32)",
    ] {
        let (app, _) = tampered_store(&format!("UPDATE audit SET {change} WHERE sequence = 5"));
        assert_damaged(&app, "", 5, EDITED);
    }
    let (app, _) = tampered_store("UPDATE audit SET scheme = 0 WHERE sequence = 5");
    assert_damaged(&app, "", 5, "its scheme is unknown to this program");
    let (app, _) = tampered_store("UPDATE audit SET previous = zeroblob(32) WHERE sequence = 5");
    assert_damaged(&app, "", 5, UNLINKED);
}

#[test]
fn verify_detects_deleted_inserted_and_swapped_records() {
    let (app, _) = tampered_store("DELETE FROM audit WHERE sequence = 5");
    assert_damaged(&app, "", 5, MISSING);
    let (app, _) = tampered_store("DELETE FROM audit WHERE sequence = 1");
    assert_damaged(&app, "", 1, MISSING);
    // Inserted before the first record, so that lists show it.
    let (app, head) = tampered_store(
        "PRAGMA ignore_check_constraints = ON;
         INSERT INTO audit SELECT 0, scheme, at, operation, 'key.revoke', object_id, object_name, fields, 'forged', via, uid,
           login_uid, sudo_user, terminal, host, ci_job, version, previous, hash FROM audit WHERE sequence = 2;",
    );
    assert_damaged(&app, &format!("--head {head}"), 1, "a record was inserted before the first one");
    // Deleted, and the later records renumbered to close the gap.
    let (app, _) = tampered_store(
        "DELETE FROM audit WHERE sequence = 5; UPDATE audit SET sequence = sequence + 1000 WHERE sequence > 5;
         UPDATE audit SET sequence = sequence - 1001 WHERE sequence > 1000;",
    );
    assert_damaged(&app, "", 5, UNLINKED);
    let (app, _) = tampered_store(
        "UPDATE audit SET sequence = sequence + 1000 WHERE sequence >= 5; UPDATE audit SET sequence = sequence - 999 WHERE sequence > 1000;
         INSERT INTO audit SELECT 5, scheme, at, operation, event, object_id, object_name, fields, reason, via, uid, login_uid,
           sudo_user, terminal, host, ci_job, version, previous, hash FROM audit WHERE sequence = 4;",
    );
    assert_damaged(&app, "", 5, UNLINKED);
    let (app, _) = tampered_store(
        "UPDATE audit SET sequence = 999 WHERE sequence = 5; UPDATE audit SET sequence = 5 WHERE sequence = 6;
         UPDATE audit SET sequence = 6 WHERE sequence = 999;",
    );
    assert_damaged(&app, "", 5, UNLINKED);
    let (app, _) = tampered_store("DELETE FROM audit");
    assert_eq!(app.run("audit verify").exits(8).out, "");
}

/// Changes record 5 and recomputes its hash and all later hashes, as an attacker who knows the hash scheme can.
fn rewrite_chain(app: &App) {
    let connection = app.raw();
    let store_id: String = connection.query_row("SELECT store_id FROM base", [], |row| row.get(0)).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT sequence, scheme, at, operation, event, object_id, object_name, fields, reason, via, uid, login_uid,
               sudo_user, terminal, host, ci_job, version FROM audit ORDER BY sequence",
        )
        .unwrap();
    let records: Vec<Record> = statement
        .query_map([], |row| {
            Ok(Record {
                sequence: row.get(0)?,
                scheme: row.get(1)?,
                at: Timestamp::from_millis(row.get(2)?),
                operation: row.get(3)?,
                event: row.get(4)?,
                object_id: row.get(5)?,
                object_name: row.get(6)?,
                fields: row.get(7)?,
                reason: row.get(8)?,
                via: row.get(9)?,
                uid: row.get(10)?,
                login_uid: row.get(11)?,
                sudo_user: row.get(12)?,
                terminal: row.get(13)?,
                host: row.get(14)?,
                ci_job: row.get(15)?,
                version: row.get(16)?,
                previous: [0; 32],
                hash: [0; 32],
            })
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut previous = genesis(&store_id);
    for mut record in records {
        if record.sequence == 5 {
            "other-key".clone_into(&mut record.object_name);
        }
        record.previous = previous;
        record.hash = sha256(&record.canonical_bytes());
        connection
            .execute(
                "UPDATE audit SET object_name = ?2, previous = ?3, hash = ?4 WHERE sequence = ?1",
                params![record.sequence, record.object_name, record.previous, record.hash],
            )
            .unwrap();
        previous = record.hash;
    }
}

#[test]
fn kept_head_reveals_a_rewritten_or_cut_chain() {
    let (app, head) = tampered_store("");
    let early = {
        let record = app.run("audit list --json --all").ok().json()["items"][7].clone();
        let (store, _) = head.split_once(':').unwrap();
        format!("{store}:{}:{}", record["sequence"], record["hash"].as_str().unwrap())
    };
    // Both heads belong to the unchanged chain.
    let both = app.run(&format!("audit verify --head {head} --head {early} --json")).ok().json();
    assert_eq!(both["verdict"]["heads_found"], 2);
    rewrite_chain(&app);
    assert_damaged(
        &app,
        &format!("--head {head}"),
        11,
        "it differs from the saved head: the chain was rewritten",
    );
    // A head from before the changed record still matches.
    assert_eq!(early.split(':').nth(1), Some("4"));
    app.run(&format!("audit verify --head {early}")).ok();

    let (app, head) = tampered_store("DELETE FROM audit WHERE sequence > 8");
    assert_damaged(&app, &format!("--head {head}"), 9, "records up to the saved head are missing at the end");
    // After the cut, new records restore the old length but not the old hashes.
    for name in ["x", "y"] {
        app.key(name, "--scope assets.read");
    }
    assert_damaged(
        &app,
        &format!("--head {head}"),
        11,
        "it differs from the saved head: the chain was rewritten",
    );
}

#[test]
fn verify_without_a_head_states_what_it_cannot_prove() {
    let limits = "that the chain was not rewritten or shortened: for that, keep its head outside this machine and verify against it";
    let (app, _) = tampered_store("");
    rewrite_chain(&app);
    let verdict = app.run("audit verify --json").ok().json();
    assert_eq!(verdict["verdict"]["does_not_prove"], limits);
    assert_eq!(verdict["verdict"]["records"], 11);
    let (app, _) = tampered_store("DELETE FROM audit WHERE sequence > 8");
    let verdict = app.run("audit verify --json").ok().json();
    assert_eq!(verdict["verdict"]["does_not_prove"], limits);
    assert_eq!(verdict["verdict"]["records"], 8);
}

#[test]
fn heads_are_read_from_a_file_and_must_be_of_this_store() {
    let (app, head) = tampered_store("");
    let path = app.folder().join("heads.txt");
    app.key("later", "--scope assets.read");
    let second = app.run("audit head -o id").ok().out;
    std::fs::write(&path, format!("{head}\n\n{second}")).unwrap();
    let verdict = app.run(&format!("audit verify --heads-file {} --json", path.display())).ok().json();
    assert_eq!(verdict["verdict"]["heads_found"], 2);
    // A head of another store says nothing about the records of this one.
    let other = App::empty();
    // A seed other than that of the first run, because the same seed gives the same store id.
    other.run("status").exits(6);
    other.run("init --base Other").ok();
    let foreign = other.run("audit head -o id").ok().out;
    assert_eq!(
        app.run(&format!("audit verify --head {head} --head {}", foreign.trim_end())).exits(8).err,
        "error: the audit chain is broken at record 1: the saved head belongs to another store\nhint: a kept head belongs to another store: check --store and APICONN_STORE\n"
    );
    let help = "hint: for its arguments and examples: apiconn audit verify --help\n";
    assert_eq!(
        app.run("audit verify --head nonsense").exits(2).err,
        format!("error: --head <HEAD>: an audit head has the form STORE_ID:SEQUENCE:HASH\n{help}")
    );
    std::fs::write(&path, "nonsense\n").unwrap();
    assert_eq!(
        app.run(&format!("audit verify --heads-file {}", path.display())).exits(2).err,
        format!("error: an audit head has the form STORE_ID:SEQUENCE:HASH\n{help}")
    );
    assert_eq!(
        app.run("audit verify --heads-file /nonexistent").exits(2).err,
        format!(
            "error: the heads file /nonexistent cannot be read: No such file or directory (os error 2)\n{help}"
        )
    );
}

#[test]
fn head_that_no_chain_can_contain_is_rejected() {
    let app = App::new();
    let hash = "ab".repeat(32);
    for head in [format!("s:0:{hash}"), format!("s:-1:{hash}")] {
        app.run(&format!("audit verify --head {head}")).exits(2);
    }
    let empty = app.folder().join("heads");
    std::fs::write(&empty, "\n").unwrap();
    let run = app.call("audit verify --heads-file").word(empty.to_str().unwrap()).run().exits(2);
    assert!(
        run.err.ends_with("contains no head\nhint: to keep one: apiconn audit head -o id >>FILE\n"),
        "{run:?}"
    );
}

#[test]
fn records_are_found_by_the_former_name_of_an_object() {
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read");
    let events = |words: &str| app.run(&format!("audit list {words} --fields event -o tsv -q")).ok().out;
    assert_eq!(events("--id k"), "key.deliver\nkey.create\n");
    assert_eq!(events("--id k"), events(&format!("--id {id}")));
}

#[test]
fn records_are_unchanged_only_up_to_a_matching_kept_head() {
    let app = App::new();
    let head = || app.run("audit head -o id").ok().out;
    app.key("a", "--scope assets.read");
    let early = head();
    let backup = std::fs::read(app.store()).unwrap();
    let log = std::fs::read(app.store().with_extension("db-wal")).unwrap_or_default();
    app.key("b", "--scope assets.read");
    app.key("c", "--scope assets.read");
    let late = head();
    // The history goes on from the backup in another way.
    std::fs::write(app.store(), backup).unwrap();
    let _ = std::fs::remove_file(app.store().with_extension("db-shm"));
    std::fs::write(app.store().with_extension("db-wal"), log).unwrap();
    for name in ["x", "y", "z"] {
        app.key(name, "--scope assets.read");
    }
    let file = app.folder().join("heads");
    let number = |head: &str| head.split(':').find_map(|part| part.parse::<i64>().ok()).unwrap();
    for (heads, expected) in [
        (
            format!("{early}{late}"),
            format!(
                "the records are unchanged only up to the last kept head that matches (record {})\n",
                number(&early)
            ),
        ),
        (late.clone(), "no kept head matches, so earlier records may be changed as well\n".to_owned()),
    ] {
        std::fs::write(&file, heads).unwrap();
        let run = app.run(&format!("audit verify --heads-file {}", file.display())).exits(8);
        assert!(run.err.ends_with(&expected), "{run:?}");
    }
}
