//! Keys and consumers: creation, editing, revocation and `--if-missing`.

use crate::support::App;

/// Runs a command whose arguments contradict each other; asserts the error.
#[track_caller]
fn assert_rejected(app: &App, words: &str, exit: u8, why: &str) {
    let before = app.rows();
    let run = app.run(words).exits(exit);
    assert_eq!(run.err.lines().next(), Some(format!("error: {why}").as_str()), "{words}");
    assert!(run.err.lines().nth(1).is_some_and(|line| line.starts_with("hint: ")), "{run:?}");
    assert_eq!(app.rows(), before);
}

#[test]
fn consumer_options_must_fit_together() {
    let app = App::new();
    let scope = "--scope assets.read";
    let code = "--grant authorization_code --redirect-uri https://a.example/cb";
    for (words, why) in [
        (
            format!("consumer add c --grant authorization_code {scope}"),
            "a consumer with authorization_code needs at least one redirect URI",
        ),
        (
            format!("consumer add c --grant client_credentials --redirect-uri https://a.example/cb {scope}"),
            "redirect URIs are for authorization_code, which this consumer does not have",
        ),
        (
            format!("consumer add c {code} --grant client_credentials --public {scope}"),
            "a public consumer has no secret, so it cannot use client_credentials",
        ),
        (
            format!("consumer add c {code} --public --secret-file x {scope}"),
            "--secret-file cannot be used with --public: a public consumer has no secret",
        ),
        (format!("consumer add c {code} --access-ttl 0s {scope}"), "a token must live for at least 1s"),
        (format!("consumer add c {code}"), "a consumer without scopes could do nothing"),
    ] {
        assert_rejected(&app, &words, 2, why);
    }
    let both = app.run(&format!("consumer add c --grant client_credentials,authorization_code --redirect-uri https://a.example/cb {scope} --json"));
    assert_eq!(
        both.ok().json()["consumer"]["grant_types"],
        serde_json::json!(["authorization_code", "client_credentials"])
    );
    let public = app.run(&format!("consumer add p {code} --public {scope} --json")).ok().json();
    assert_eq!(public["client_secret"], serde_json::Value::Null);
    assert_eq!(app.number("SELECT count(*) FROM secrets"), 1);
}

#[test]
fn edit_changes_only_the_named_fields() {
    let app = App::new();
    app.run("group add g --scope work_orders.write").ok();
    app.run("consumer add c --grant authorization_code --redirect-uri https://a.example/1 --scope assets.read --title T --owner o --access-ttl 5m").ok();
    let shown = |words: &str| app.run(&format!("{words} --json")).ok().json()["consumer"].clone();
    let before = shown("consumer show c");
    let after = shown(
        "consumer edit c --add-redirect-uri https://a.example/2 --group g --no-owner --no-access-ttl --expires 30d",
    );
    let changed: Vec<&str> = before
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, value)| *key != "secrets" && after[key] != **value)
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        changed,
        ["scope", "redirect_uris", "owner", "group", "expires_at", "access_token_lifetime", "revision"]
    );
    assert_eq!(after["redirect_uris"], serde_json::json!(["https://a.example/1", "https://a.example/2"]));
    assert_eq!(after["scope"], "assets.read work_orders.write");
    assert_eq!(after["revision"], 2);
    let run = app.run("consumer edit c").ok();
    assert!(run.err.ends_with(": nothing to change (revision 2).\n"), "{run:?}");
    assert_rejected(
        &app,
        "consumer edit c --remove-redirect-uri https://a.example/1 --remove-redirect-uri https://a.example/2",
        5,
        "a consumer with authorization_code needs at least one redirect URI",
    );
    assert_rejected(
        &app,
        "consumer edit c --owner x --no-owner",
        2,
        "the argument '--owner <TEXT>' cannot be used with '--no-owner'",
    );
    app.run("consumer edit c --expires never").ok();
    assert_eq!(shown("consumer show c")["expires_at"], serde_json::Value::Null);
}

#[test]
fn redirect_uri_given_twice_is_registered_once() {
    let app = App::new();
    let uri = "https://a.example/1";
    app.run(&format!("consumer add c --grant authorization_code --redirect-uri {uri} --redirect-uri {uri} --scope assets.read")).ok();
    app.run(&format!("consumer edit c --add-redirect-uri {uri}")).ok();
    assert_eq!(app.run("consumer show c --fields redirect_uris,revision").ok().out, format!("{uri}\t1\n"));
}

#[test]
fn removing_an_undeclared_scope_is_an_error() {
    let app = App::new();
    app.run("group add g --scope work_orders.write").ok();
    app.key("k", "--scope assets.read");
    let unknown = "error: the scope \"asets.read\" is not declared\nhint: did you mean assets.read?\n";
    for words in ["key edit k", "group edit g"] {
        let before = app.rows();
        assert_eq!(app.run(&format!("{words} --remove-scope asets.read")).exits(3).err, unknown, "{words:?}");
        assert_eq!(app.rows(), before, "{words:?}");
    }
    // Removing a declared scope that the key does not have is no error.
    for words in ["key edit k --remove-scope work_orders.write", "group edit g --remove-scope assets.read"] {
        assert_eq!(app.run(&format!("{words} --json")).ok().json()["changed"], false, "{words:?}");
    }
}

#[test]
fn revoking_frees_the_name_and_keeps_the_record() {
    let app = App::new();
    let (first, _) = app.key("k", "--scope assets.read");
    app.run("key revoke k --yes --reason \"replaced\"").ok();
    // Until the name is reused, it refers to the client revoked last.
    assert_eq!(app.run("key show k -o id").ok().out, format!("{first}\n"));
    let (second, secret) = app.key("k", "--scope assets.read");
    assert_eq!(app.run("key show k -o id").ok().out, format!("{second}\n"));
    assert_eq!(
        app.run(&format!("key show {first} --fields state,revoke_reason")).ok().out,
        "revoked\treplaced\n"
    );
    app.run("key revoke k --yes").ok();
    app.call("key verify -").stdin(secret).run().exits(5);
    assert_eq!(app.run("key list --state revoked --match k -o id").ok().out, format!("{second}\n{first}\n"));
}

#[test]
fn state_filter_that_a_noun_lacks_is_rejected() {
    let app = App::new();
    for (words, why) in [
        ("grant list --state disabled", "--state <STATE>: the state of a grant is active, revoked or all"),
        (
            "grant revoke --state expired --yes",
            "--state <STATE>: the state of a grant is active, revoked or all",
        ),
        ("user list --state revoked", "--state <STATE>: the state of a user is active, disabled or all"),
        ("key list --state gone", "--state <STATE>: the state is active, disabled, expired, revoked or all"),
    ] {
        assert_rejected(&app, words, 2, why);
    }
}

#[test]
fn last_scope_cannot_be_removed() {
    let app = App::new();
    app.run("group add g --scope work_orders.write").ok();
    app.key("k", "--scope assets.read");
    let why = "key k would have no scopes and could do nothing; disable or revoke it instead";
    assert_rejected(&app, "key edit k --remove-scope assets.read", 5, why);
    app.run("key edit k --remove-scope assets.read --group g").ok();
    assert_rejected(&app, "key edit k --no-group", 5, why);
}

#[test]
fn if_missing_warns_of_an_unusable_existing_client() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.run("key disable k --yes").ok();
    let run = app.run("key create k --scope assets.read --if-missing --json").ok().json();
    assert_eq!(run["warnings"][0]["message"], "the existing key is disabled");
    // Another run created it and has not delivered its secret yet.
    app.key("slow", "--scope assets.read");
    app.sql("UPDATE secrets SET delivered_at = NULL WHERE seq = (SELECT max(seq) FROM secrets)");
    for flag in ["", "--if-missing"] {
        let run = app.run(&format!("key create slow --scope assets.read {flag}")).exits(4);
        assert_eq!(
            run.err,
            "error: key \"slow\" is being created: its secret has not been delivered yet\n\
             hint: if that run was killed, its name is free after one minute: try again then\n"
        );
    }
    // Created in the future, by a clock that was set back since: no run is still creating it.
    app.sql("UPDATE secrets SET created_at = created_at + 86400000 WHERE delivered_at IS NULL");
    app.run("key create slow --scope assets.read --if-missing").ok();
}

#[test]
fn if_missing_lists_every_difference() {
    let app = App::new();
    app.consumer("c", "--scope assets.read");
    let words = "consumer add c --grant client_credentials --scope assets.read --if-missing --json";
    assert_eq!(app.run(words).ok().json()["warnings"], serde_json::json!([]));
    let run = app.run(&format!("{words} --title T --access-ttl 5m --owner O")).ok().json();
    assert_eq!(
        run["warnings"][0]["message"],
        "the existing consumer differs in owner, title, access_token_lifetime; to change it: apiconn consumer edit c"
    );
    let words = "consumer add d --grant authorization_code --redirect-uri https://d.example/cb --scope assets.read --if-missing --json";
    app.run(words).ok();
    let run = app.run(&format!("{words} --title T --access-ttl 5m --refresh-ttl 1d --owner O")).ok().json();
    assert_eq!(
        run["warnings"][0]["message"],
        "the existing consumer differs in owner, title, access_token_lifetime, refresh_token_lifetime; \
         to change it: apiconn consumer edit d"
    );
    app.key("k", "--scope assets.read --expires 90d");
    let same = app.run("key create k --scope assets.read --expires 90d --if-missing --json").ok().json();
    assert_eq!(same["warnings"], serde_json::json!([]));
    let other = app.run("key create k --scope assets.read --expires 30d --if-missing --json").ok().json();
    assert!(other["warnings"][0]["message"].as_str().unwrap().contains("differs in expires_at"), "{other}");
}

#[test]
fn secret_file_is_written_atomically() {
    let app = App::new();
    let target = app.folder().join("k.secret");
    app.call("key create k --scope assets.read --secret-file").word(target.to_str().unwrap()).run().ok();
    assert_eq!(std::fs::read_to_string(&target).unwrap().len(), 62);
    // After a refusal there is no temporary file either.
    app.call("key create k --scope assets.read --secret-file")
        .word(app.folder().join("x").to_str().unwrap())
        .run()
        .exits(4);
    let names: Vec<_> =
        std::fs::read_dir(app.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{names:?}");
    // A folder that cannot take a file is detected before the key is created.
    let before = app.rows();
    app.call("key create y --scope assets.read --secret-file").word("/nonexistent/y").run().exits(2);
    assert_eq!(app.rows(), before);
}
