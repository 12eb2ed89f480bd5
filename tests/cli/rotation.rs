//! Secret rotation: an overlap in which both secrets work, and at most two live secrets.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::App;
use crate::support::app::Run;

fn verify(app: &App, secret: &str) -> Run {
    app.call("key verify - --json").stdin(secret).run()
}

/// Rotates a client and returns the new secret.
fn rotate(app: &App, words: &str) -> String {
    let run = app.run(&format!("{words} -o tsv")).ok();
    run.out.trim_end().split_once('\t').unwrap().1.to_owned()
}

/// Returns `[state, expiry, uses]` of each secret, the newest first.
fn secrets(app: &App, words: &str) -> Value {
    let shown = app.run(&format!("{words} --json")).ok().json();
    let noun = words.split(' ').next().unwrap();
    shown[noun]["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| json!([secret["state"], secret["expires_at"], secret["uses"]]))
        .collect()
}

/// Sets the number of uses of the newest secret, as the service does.
fn used(app: &App, times: i64) {
    app.sql(&format!(
        "UPDATE secrets SET uses = {times}, last_used_at = created_at WHERE seq = (SELECT max(seq) FROM secrets)"
    ));
}

#[test]
fn old_secret_works_until_the_overlap_ends() {
    let app = App::new();
    let (id, old) = app.key("k", "--scope assets.read");
    used(&app, 3);
    let new = rotate(&app, "key rotate k --overlap 2h");
    assert!(new.starts_with(&id.replace("apck", "apcs")), "the client id does not change");
    assert_eq!(verify(&app, &old).ok().json()["verified"]["expires_at"], "2026-11-24T12:30:00.000Z");
    verify(&app, &new).ok();
    assert_eq!(
        secrets(&app, "key show k"),
        json!([["active", null, 0], ["active", "2026-11-24T12:30:00.000Z", 3]])
    );
    app.advance("2h");
    let refused = app.call("key verify -").stdin(&old).run().exits(5);
    assert!(refused.err.contains(" of key k was retired by a rotation at 2026-11-24T12:30:00.000Z\nhint: to list its secrets: apiconn key show k\n"), "{refused:?}");
    verify(&app, &new).ok();
    assert_eq!(
        secrets(&app, "key show k"),
        json!([["active", null, 0], ["expired", "2026-11-24T12:30:00.000Z", 3]])
    );
}

#[test]
fn overlap_defaults_to_the_setting_within_the_expiry() {
    let app = App::new();
    app.consumer("c", "--scope assets.read");
    rotate(&app, "consumer rotate c");
    assert_eq!(
        secrets(&app, "consumer show c"),
        json!([["active", null, 0], ["active", "2026-11-25T10:30:00.000Z", 0]])
    );
    app.run("settings set rotation_overlap 30m").ok();
    app.key("k", "--scope assets.read --expires 1h");
    rotate(&app, "key rotate k");
    assert_eq!(secrets(&app, "key show k")[1][1], "2026-11-24T11:00:00.000Z");
    app.key("k2", "--scope assets.read --expires 1h");
    rotate(&app, "key rotate k2 --overlap 72h");
    assert_eq!(secrets(&app, "key show k2")[1][1], "2026-11-24T11:30:00.000Z");
}

#[test]
fn rotate_now_ends_all_earlier_secrets() {
    let app = App::new();
    let (_, first) = app.key("k", "--scope assets.read");
    used(&app, 1);
    let second = rotate(&app, "key rotate k");
    used(&app, 1);
    let third = rotate(&app, "key rotate k --now --yes");
    for old in [first, second] {
        verify(&app, &old).exits(5);
    }
    verify(&app, &third).ok();
    assert_eq!(
        secrets(&app, "key show k"),
        json!([["active", null, 0], ["revoked", null, 1], ["revoked", "2026-11-25T10:30:00.000Z", 1]])
    );
}

#[test]
fn third_secret_is_refused_if_the_newest_was_used() {
    let app = App::new();
    let (_, first) = app.key("k", "--scope assets.read");
    used(&app, 1);
    let lost = rotate(&app, "key rotate k");
    // The newest secret was never used, so a rotation replaces it. The first keeps its expiry.
    app.advance("1h");
    let second = rotate(&app, "key rotate k");
    verify(&app, &lost).exits(5);
    verify(&app, &first).ok();
    verify(&app, &second).ok();
    assert_eq!(
        secrets(&app, "key show k"),
        json!([["active", null, 0], ["revoked", null, 0], ["active", "2026-11-25T10:30:00.000Z", 1]])
    );
    used(&app, 1);
    let before = app.rows();
    let refused = app.run("key rotate k").exits(5);
    assert_eq!(
        refused.err,
        "error: key \"k\" has two valid secrets, and the newest is in use\nhint: wait until one has ended (the older ends at 2026-11-25T10:30:00.000Z), or end both: apiconn key rotate k --now\n"
    );
    assert_eq!(app.rows(), before);
    app.advance("23h");
    rotate(&app, "key rotate k");
    let live = secrets(&app, "key show k");
    let live = live.as_array().unwrap().iter().filter(|secret| secret[0] == "active").count();
    assert_eq!(live, 2);
}

#[test]
fn ended_and_public_clients_are_not_rotated() {
    let app = App::new();
    app.key("dead", "--scope assets.read");
    app.run("key revoke dead --yes").ok();
    app.key("old", "--scope assets.read --expires 1h");
    app.run("consumer add spa --public --grant authorization_code --redirect-uri https://spa.example/cb --scope assets.read").ok();
    app.advance("1h");
    for (words, err) in [
        (
            "key rotate dead",
            "error: key \"dead\" was revoked and cannot be changed\nhint: a new key can have its name: apiconn key create --help\n",
        ),
        (
            "key rotate old",
            "error: key \"old\" expired at 2026-11-24T11:30:00.000Z, so a new secret would be refused\nhint: to set a new expiry first: apiconn key edit old --expires 90d\n",
        ),
        (
            "consumer rotate spa",
            "error: consumer \"spa\" is public: it has no secret\nhint: a public consumer uses PKCE alone\n",
        ),
    ] {
        let before = app.rows();
        assert_eq!(app.run(words).exits(5).err, err, "{words:?}");
        assert_eq!(app.rows(), before, "{words:?}");
    }
}

#[test]
fn disabled_client_is_rotated_and_stays_disabled() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.run("key disable k --yes").ok();
    let new = rotate(&app, "key rotate k");
    let refused = app.call("key verify -").stdin(&new).run().exits(5);
    assert!(refused.err.contains("is disabled\nhint: to enable it: apiconn key enable k\n"), "{refused:?}");
    app.run("key enable k").ok();
    verify(&app, &new).ok();
}

#[test]
fn secret_file_is_new_private_and_contains_only_the_secret() {
    let app = App::new();
    for words in [
        "key create k --scope assets.read",
        "key rotate k",
        "consumer add c --grant client_credentials --scope assets.read",
        "consumer rotate c",
    ] {
        let path = app.folder().join(words.replace(' ', "-"));
        let run = app.run(&format!("{words} --secret-file {} --json", path.display())).ok();
        assert!(!run.out.contains("apcs_") && !run.out.contains("apcx_"), "{run:?}");
        assert_eq!(run.json()["client_secret_file"], path.to_string_lossy().as_ref(), "{words:?}");
        assert_eq!(run.json()["client_secret"], Value::Null, "{words:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{words:?}");
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 62, "the secret and a line break");
        verify(&app, text.trim_end()).ok();
    }
    // The secret is in its file although standard output is closed.
    let path = app.folder().join("quiet");
    let call = app.call(&format!("key create k2 --scope assets.read --secret-file {}", path.display()));
    let _ = call.broken_stdout(ErrorKind::BrokenPipe).run().exits(0);
    verify(&app, fs::read_to_string(&path).unwrap().trim_end()).ok();
}

#[test]
fn failed_creation_leaves_no_secret_file() {
    let app = App::new();
    let path = app.folder().join("k.secret");
    for words in
        ["key create k --scope nonsense", "key rotate nothing", "key create k --scope assets.read --dry-run"]
    {
        let _ = app.run(&format!("{words} --secret-file {}", path.display()));
        assert!(!path.exists(), "{words}");
    }
}

#[test]
fn if_missing_can_be_repeated_with_a_secret_file() {
    let app = App::new();
    let path = app.folder().join("k.secret");
    let words = format!("key create k --scope assets.read --if-missing --secret-file {}", path.display());
    app.run(&words).ok();
    let secret = fs::read_to_string(&path).unwrap();
    let again = app.run(&format!("{words} --json")).ok();
    assert_eq!(again.json()["changed"], false);
    assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    // For a key that does not exist yet, an existing file is an error.
    app.run("key revoke k --yes").ok();
    let before = app.rows();
    app.run(&words).exits(4);
    assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    assert_eq!(app.rows(), before);
}

#[test]
fn if_missing_lists_differences_of_the_existing_key() {
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read --owner a");
    let run = app.run("key create k --scope work_orders.write --owner b --if-missing --json").ok();
    assert_eq!(
        run.err,
        format!(
            "key k exists already: {id}. Nothing was changed.\nwarning: the existing key differs in scope, owner; to change it: apiconn key edit k\n"
        )
    );
    assert_eq!(run.json()["changed"], false);
    assert_eq!(run.json()["warnings"][0]["code"], "differs");
    assert_eq!(run.json()["client_secret"], Value::Null);
    assert_eq!(app.run("key create k --scope assets.read --if-missing").ok().out, format!("{id}\t\n"));
}

/// Sets the newest secret to the state that a run leaves if it is killed before delivery.
fn killed(app: &App) {
    app.sql("UPDATE secrets SET delivered_at = NULL WHERE seq = (SELECT max(seq) FROM secrets)");
}

#[test]
fn undelivered_key_can_be_replaced_after_a_minute() {
    let app = App::new();
    let (lost, secret) = app.key("k", "--scope assets.read");
    killed(&app);
    let refused = app.call("key verify -").stdin(&secret).run().exits(5);
    assert!(refused.err.contains(" of key k was never printed\n"), "{refused:?}");
    assert_eq!(secrets(&app, "key show k")[0][0], "undelivered");
    app.advance("60s");
    assert_eq!(app.run("key create k --scope assets.read").exits(4).out, "");
    app.advance("1s");
    for words in ["key create k --scope assets.read --if-missing", "key create k --scope assets.read"] {
        assert_eq!(app.run(&format!("{words} --json --dry-run")).ok().json()["changed"], true, "{words}");
    }
    let (id, secret) = app.key("k", "--scope assets.read");
    assert_ne!(id, lost);
    verify(&app, &secret).ok();
    assert_eq!(
        app.run(&format!("key show {lost} --json --fields state")).ok().json()["key"]["state"],
        "revoked"
    );
    app.run("audit verify").ok();
}

#[test]
fn rotation_succeeds_after_a_killed_rotation() {
    let app = App::new();
    let (_, first) = app.key("k", "--scope assets.read");
    used(&app, 1);
    let lost = rotate(&app, "key rotate k");
    killed(&app);
    app.sql("UPDATE secrets SET expires_at = NULL");
    verify(&app, &first).ok();
    verify(&app, &lost).exits(5);
    let second = rotate(&app, "key rotate k");
    verify(&app, &second).ok();
    verify(&app, &lost).exits(5);
    assert_eq!(
        secrets(&app, "key show k"),
        json!([["active", null, 0], ["revoked", null, 0], ["active", "2026-11-25T10:30:00.000Z", 1]])
    );
}

#[test]
fn dry_run_prints_the_same_fields_without_the_secret() {
    let app = App::new();
    let (id, _) = app.key("k", "--scope assets.read");
    let run = |format: &str| app.run(&format!("key rotate k --dry-run -o {format}")).ok().out;
    assert_eq!(run("tsv"), format!("{id}\t\n"));
    assert_eq!(run("csv"), format!("client_id,client_secret\n{id},\n"));
    let token_url = "APICONN_TOKEN_URL=http://127.0.0.1:8080/oauth/token";
    assert_eq!(run("env"), format!("APICONN_CLIENT_ID={id}\n{token_url}\n"));
    for words in
        ["key create k2 --scope assets.read", "consumer add c --grant client_credentials --scope assets.read"]
    {
        let line = app.run(&format!("{words} --dry-run -o tsv")).ok().out;
        assert!(line.starts_with("apc") && line.ends_with("\t\n") && line.lines().count() == 1, "{line:?}");
        let lines = app.run(&format!("{words} --dry-run -o env")).ok().out;
        assert!(lines.starts_with("APICONN_CLIENT_ID=apc") && lines.lines().count() == 2, "{lines:?}");
    }
}

#[test]
fn fields_flag_without_effect_is_rejected() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let before = app.rows();
    for words in [
        "key rotate k",
        "key create k2 --scope assets.read",
        "consumer add c --grant client_credentials --scope assets.read",
    ] {
        for format in ["tsv", "csv", "env"] {
            let run = app.run(&format!("{words} --fields name -o {format}")).exits(2);
            assert_eq!(
                run.err,
                format!(
                    "error: --fields cannot be used with -o {format}, which prints the id and the secret\nhint: nothing was changed; use --fields with -o json\n"
                )
            );
        }
    }
    assert_eq!(app.rows(), before);
    assert_eq!(app.run("key rotate k --fields name -o json").ok().json()["key"], json!({"name": "k"}));
}

#[test]
fn dry_run_shows_no_secret_and_changes_nothing() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let before = app.rows();
    for words in ["key rotate k", "key rotate k --now", "key create k2 --scope assets.read", "key revoke k"] {
        for format in ["json", "tsv", "table", "csv", "jsonl", "id"] {
            let run = app.run(&format!("{words} --dry-run -o {format}")).ok();
            assert!(!run.out.contains("apcs_"), "{words}: {run:?}");
        }
        let document = app.run(&format!("{words} --dry-run --json")).ok().json();
        assert_eq!((&document["changed"], &document["dry_run"]), (&json!(true), &json!(true)), "{words}");
    }
    assert_eq!(app.rows(), before);
}

#[test]
fn overlap_of_zero_is_rejected() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    for overlap in ["0s", "0d"] {
        let run = app.run(&format!("key rotate k --overlap {overlap}")).exits(2);
        assert!(
            run.err.starts_with("error: an overlap is at least 1s\nhint: to end the old secret when the new one is delivered: --now"),
            "{run:?}"
        );
    }
    assert_eq!(secrets(&app, "key show k").as_array().unwrap().len(), 1);
}

#[test]
fn rotate_now_revokes_secrets_in_their_overlap() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    rotate(&app, "key rotate k --overlap 1h");
    app.advance("2h");
    let states = |app: &App| -> Vec<Value> {
        secrets(app, "key show k").as_array().unwrap().iter().map(|secret| secret[0].clone()).collect()
    };
    assert_eq!(states(&app), ["active", "expired"]);
    rotate(&app, "key rotate k --now --yes");
    assert_eq!(states(&app), ["active", "revoked", "revoked"]);
}

#[test]
fn secret_counts_as_used_once_it_obtained_a_token() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let second = rotate(&app, "key rotate k");
    // The service writes the first use together with the token, before it flushes the number of uses.
    app.sql("UPDATE secrets SET first_used_at = created_at WHERE seq = 2");
    app.run("key rotate k").exits(5);
    verify(&app, &second).ok();
}

#[test]
fn rotation_reports_the_effect_on_earlier_secrets() {
    let app = App::new();
    let (_, first) = app.key("k", "--scope assets.read");
    let run = app.run("key rotate k --overlap 72h").ok();
    let hint = &first[first.len() - 4..];
    assert_eq!(run.err, format!("The secret ending in {hint} works until 2026-11-27T10:30:00.000Z.\n"));
    let second = run.out.trim_end().split_once('\t').unwrap().1.to_owned();
    let run = app.run("key rotate k --json").ok();
    let message = &run.json()["warnings"][0]["message"];
    let unused = &second[second.len() - 4..];
    assert_eq!(*message, format!("the secret ending in {unused} was never used, and is revoked"));
    app.run("key disable k --yes").ok();
    used(&app, 1);
    let run = app.run("key rotate k --now --yes --json").ok();
    assert_eq!(
        run.json()["warnings"][0]["message"],
        "key k is disabled: no secret of it works until it is enabled"
    );
}
