//! Candidates and their descriptions, as printed for the shell scripts.

use super::{candidates, candidates_for_bash, granted, sql, values};
use crate::support::App;

#[test]
fn keys_are_offered_by_name_or_by_id_prefix() {
    let app = App::new();
    app.run("group add integrations --scope assets.read --scope work_orders.write").ok();
    let (erp, _) = app.key("erp-sync", "--group integrations --expires never");
    let (nightly, _) = app.key("nightly", "--scope assets.read --expires never");
    sql(&app, "UPDATE clients SET last_used_at = (unixepoch() - 7300) * 1000 WHERE name = 'erp-sync'");
    let about_erp = "assets.read work_orders.write, used 2 hours ago";

    assert_eq!(
        candidates(&app, "key revoke "),
        [format!("nightly\t{nightly}, assets.read, never used"), format!("erp-sync\t{erp}, {about_erp}")]
    );
    assert_eq!(candidates(&app, "key revoke er"), [format!("erp-sync\t{erp}, {about_erp}")]);
    assert_eq!(candidates(&app, "key revoke zz"), [""; 0]);

    let mut by_id =
        [format!("{nightly}\tnightly, assets.read, never used"), format!("{erp}\terp-sync, {about_erp}")];
    by_id.sort();
    for word in ["apck_", "apck_test_", "ap", "a"] {
        assert_eq!(candidates(&app, &format!("key revoke {word}")), by_id, "{word}");
    }
    assert_eq!(
        candidates(&app, &format!("key revoke {}", &erp[..14])),
        [format!("{erp}\terp-sync, {about_erp}")]
    );

    // If a name has the prefix, ids are not offered.
    let (gateway, _) = app.key("api-gateway", "--scope assets.read --expires never");
    assert_eq!(
        candidates(&app, "key revoke ap"),
        [format!("api-gateway\t{gateway}, assets.read, never used")]
    );
}

#[test]
fn consumers_and_users_have_distinguishing_descriptions() {
    let (app, _) = granted();
    let consumer = app.run("consumer show field-app --fields client_id -o tsv").ok().out.trim().to_owned();
    app.call("user add tech2 --password-stdin --name")
        .word("Field technician 2")
        .stdin("correct horse battery staple")
        .run()
        .ok();
    let user =
        |name: &str| app.run(&format!("user show {name} --fields user_id -o tsv")).ok().out.trim().to_owned();
    let (first, second) = (user("tech1"), user("tech2"));

    assert_eq!(
        candidates(&app, "consumer show f"),
        [format!("field-app\t{consumer}, assets.read work_orders.write, never used")]
    );
    assert_eq!(
        candidates(&app, "consumer show apcc_"),
        [format!("{consumer}\tfield-app, assets.read work_orders.write, never used")]
    );
    assert_eq!(
        candidates(&app, "user show "),
        [format!("tech1\t{first}"), format!("tech2\t{second}, Field technician 2")]
    );
    assert_eq!(
        candidates(&app, &format!("user show {}", &second[..10])),
        [format!("{second}\ttech2, Field technician 2")]
    );
    assert_eq!(values(&candidates(&app, "grant list --user tech")), ["tech1", "tech2"]);
    assert_eq!(values(&candidates(&app, "grant list --consumer ")), ["field-app"]);
}

#[test]
fn grants_are_offered_by_id_and_by_user_and_consumer() {
    let (app, grant) = granted();
    let by_id = [format!("{grant}\ttech1 → field-app, assets.read, 3 days ago")];
    for word in ["", "g", "grt_", &grant[..9], &grant] {
        assert_eq!(candidates(&app, &format!("grant revoke {word}")), by_id, "{word}");
    }
    let by_pair = [format!("tech1/field-app\t{grant}, assets.read, 3 days ago")];
    for word in ["te", "tech1", "tech1/", "tech1/fi", "tech1/field-app"] {
        assert_eq!(candidates(&app, &format!("grant revoke {word}")), by_pair, "{word}");
    }
    for word in ["tech1/x", "tech2", "tech/", "field-app", "grt_zzzz"] {
        assert_eq!(candidates(&app, &format!("grant revoke {word}")), [""; 0], "{word}");
    }
}

#[test]
fn pair_of_user_and_consumer_is_offered_once() {
    let (app, first) = granted();
    app.run("grant revoke tech1/field-app --yes").ok();
    let second =
        app.run("grant add tech1 field-app --scope work_orders.write -o id").ok().out.trim().to_owned();
    sql(&app, "UPDATE grants SET created_at = (unixepoch() - 100) * 1000 WHERE revoked_at IS NULL");
    assert_eq!(
        candidates(&app, "grant show te"),
        [format!("tech1/field-app\t{second}, work_orders.write, 2 minutes ago")]
    );
    assert_eq!(
        candidates(&app, "grant show "),
        [
            format!("{second}\ttech1 → field-app, work_orders.write, 2 minutes ago"),
            format!("{first}\ttech1 → field-app, revoked, assets.read, 3 days ago"),
        ]
    );
}

#[test]
fn live_tokens_are_offered_with_their_client() {
    let (app, _) = granted();
    app.consumer("inventory-bot", "--scope assets.read");
    sql(
        &app,
        "INSERT INTO tokens (token_id, digest, kind, client_seq, grant_seq, scope, issued_at, expires_at, revoked_at)
         SELECT 'tok_00000000000' || n, randomblob(32), 'access',
                (SELECT seq FROM clients WHERE name = iif(n = 1, 'inventory-bot', 'field-app')),
                iif(n = 1, NULL, 1), 'assets.read', 0, (unixepoch() + iif(n = 3, -60, 1830)) * 1000, iif(n = 4, 1, NULL)
         FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)",
    );
    let live = [
        "tok_000000000002\ttech1 → field-app, assets.read, expires in 30 minutes",
        "tok_000000000001\tinventory-bot, assets.read, expires in 30 minutes",
    ];
    assert_eq!(candidates(&app, "token revoke "), live);
    assert_eq!(candidates(&app, "token revoke tok_"), live);
    assert_eq!(candidates(&app, "token revoke tok_000000000001"), live[1..]);
}

#[test]
fn refusals_are_offered_by_request_id() {
    let app = App::new();
    sql(
        &app,
        "INSERT INTO refusals (request_id, at, last_at, endpoint, client_id, client_name, client_authenticated, failed_check, why, count, equality)
         VALUES ('req_000000000001', (unixepoch() - 7300) * 1000, 0, '/oauth/token', NULL, NULL, 0, 'client_unknown', 'w', 1, zeroblob(16)),
                ('req_000000000002', (unixepoch() - 100) * 1000, 0, '/oauth/token', 'apck_test_7Hq2mZ0xPa4T', 'erp-sync', 0, 'secret_retired', 'w', 1, zeroblob(16))",
    );
    let both = [
        "req_000000000002\t2 minutes ago, erp-sync, secret_retired",
        "req_000000000001\t2 hours ago, client_unknown",
    ];
    for word in ["", "r", "req_", "req_0000"] {
        assert_eq!(candidates(&app, &format!("refusal show {word}")), both, "{word}");
    }
    assert_eq!(candidates(&app, "refusal show req_000000000001"), both[1..]);
    assert_eq!(candidates(&app, "refusal show x"), [""; 0]);
}

#[test]
fn scopes_groups_settings_and_states_have_descriptions() {
    let app = App::new();
    app.run("group add integrations --scope assets.read --scope work_orders.write").ok();
    assert_eq!(
        candidates(&app, "key create x --scope "),
        [
            "assets.read\tRead the base's assets",
            "work_orders.write\tCreate and change work orders",
            "apiconn:introspect\tintrospect the tokens of other clients",
        ]
    );
    // Only keys can have the scope for introspection.
    for line in [
        "consumer add x --scope ",
        "consumer edit x --add-scope ",
        "grant add tech1 x --scope ",
        "grant list --scope ",
    ] {
        let found = candidates(&app, line);
        assert_eq!(values(&found), ["assets.read", "work_orders.write"], "{line}");
    }
    assert_eq!(values(&candidates(&app, "key edit x --add-scope a")), ["assets.read", "apiconn:introspect"]);
    assert_eq!(
        candidates(&app, "key create x --scope w"),
        ["work_orders.write\tCreate and change work orders"]
    );
    assert_eq!(
        candidates(&app, "key create x --scope=w"),
        ["--scope=work_orders.write\tCreate and change work orders"]
    );
    // The description of this scope is fixed.
    assert_eq!(values(&candidates(&app, "scope edit ")), ["assets.read", "work_orders.write"]);
    assert_eq!(candidates(&app, "key list --group "), ["integrations\tassets.read work_orders.write"]);
    assert_eq!(candidates(&app, "group show int"), ["integrations\tassets.read work_orders.write"]);
    assert_eq!(candidates(&app, "settings set iss"), ["issuer\tpublic URL of the token service"]);
    assert_eq!(candidates(&app, "key list --state "), ["active", "disabled", "expired", "revoked", "all"]);
    assert_eq!(candidates(&app, "grant list --state "), ["active", "revoked", "all"]);
    assert_eq!(candidates(&app, "key list --sort -c"), ["-created"]);
    assert_eq!(values(&candidates(&app, "consumer edit field-app --pkce ")), ["required", "optional"]);
    assert_eq!(values(&candidates(&app, "consumer edit field-app --refresh-rotation o")), ["on", "off"]);
    assert_eq!(candidates(&app, "consumer edit field-app --family-ttl n"), ["never"]);
    assert_eq!(candidates(&app, "help h"), ["handles"]);
}

#[test]
fn commands_are_offered_by_name_or_by_a_typed_alias() {
    let app = App::new();
    assert_eq!(
        values(&candidates(&app, "")),
        [
            "init",
            "status",
            "key",
            "consumer",
            "grant",
            "token",
            "refusal",
            "user",
            "scope",
            "group",
            "settings",
            "audit",
            "store",
            "health",
            "completions",
            "man",
            "help",
            "serve"
        ]
    );
    assert_eq!(candidates(&app, "ke"), ["key\tManage API keys, for your own integrations"]);
    assert_eq!(candidates(&app, "cons"), ["consumer\tManage OAuth consumers, third-party applications"]);
    assert_eq!(candidates(&app, "cl"), [""; 0]);
    assert_eq!(values(&candidates(&app, "key l")), ["list"]);
    assert_eq!(values(&candidates(&app, "key ls")), ["ls"]);
}

#[test]
fn flags_are_offered_after_a_dash_or_without_values() {
    let (app, grant) = granted();
    assert_eq!(values(&candidates(&app, "key list --st")), ["--state", "--store"]);
    assert_eq!(values(&candidates(&app, "grant revoke ")), [grant.as_str()]);
    assert!(values(&candidates(&app, "grant revoke -")).contains(&"--reason"));
    assert!(values(&candidates(&app, "grant revoke --")).contains(&"--user"));
    assert_eq!(values(&candidates(&app, "key list "))[..2], ["--state", "--scope"]);
    assert_eq!(
        values(&candidates(&app, "key list -o ")),
        ["table", "json", "jsonl", "csv", "tsv", "env", "id"]
    );
}

#[test]
fn values_and_flags_on_the_line_are_not_offered_again() {
    let app = App::new();
    for name in ["one", "two", "revoke", "tech1"] {
        app.key(name, "--scope assets.read --expires never");
    }
    assert_eq!(values(&candidates(&app, "key revoke ")), ["tech1", "revoke", "two", "one"]);
    assert_eq!(values(&candidates(&app, "key revoke one tech1 ")), ["revoke", "two"]);
    // Flags after the cursor count too, and an incomplete flag is still completed.
    assert_eq!(
        candidates_for_bash(&app.store(), &["key", "revoke", "", "one"], 3, '\t'),
        ["tech1", "revoke", "two"]
    );
    assert_eq!(values(&candidates(&app, "key revoke one")), ["one"]);
    assert_eq!(
        values(&candidates(&app, "key create x --scope assets.read --scope ")),
        ["work_orders.write", "apiconn:introspect"]
    );
    assert_eq!(
        values(&candidates(&app, "key create x --scope=assets.read --scope=")),
        ["--scope=work_orders.write", "--scope=apiconn:introspect"]
    );
    // The same word in another argument is no duplicate.
    assert_eq!(values(&candidates(&app, "key revoke --reason one tw")), ["two"]);
    assert_eq!(values(&candidates(&app, "key revoke --reason one o")), ["one"]);
    app.user("field-app");
    app.consumer("field-app", "--scope assets.read");
    assert_eq!(values(&candidates(&app, "grant add field-app ")), ["field-app"]);
}

#[test]
fn at_most_100_candidates_are_offered() {
    let (app, _) = granted();
    sql(
        &app,
        "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
         INSERT INTO users (user_id, username, password_hash, created_at)
           SELECT 'usr_000000000' || i, 'worker' || i, (SELECT password_hash FROM users), 0 FROM n;
         INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at)
           SELECT 'grt_000000000' || substr(username, 7), seq, (SELECT seq FROM clients), 'assets.read', 0
           FROM users WHERE username GLOB 'worker*';
         INSERT INTO scopes (scope, description, created_at)
           SELECT 'many.' || username, 'One of many', 0 FROM users WHERE username GLOB 'worker*';
         INSERT INTO permission_groups (name, scope, created_at) SELECT username, 'assets.read', 0 FROM users;
         INSERT INTO tokens (token_id, digest, kind, client_seq, scope, issued_at, expires_at)
           SELECT 'tok_000000000' || substr(username, 7), randomblob(32), 'access', (SELECT seq FROM clients), 'assets.read',
                  0, (unixepoch() + 3600) * 1000 FROM users WHERE username GLOB 'worker*'",
    );
    for line in
        ["user show ", "grant revoke ", "grant revoke wor", "group show ", "scope edit ", "token revoke "]
    {
        assert_eq!(candidates(&app, line).len(), 100, "{line}");
    }
    assert_eq!(
        values(&candidates(&app, "grant revoke worker29"))[..2],
        ["worker290/field-app", "worker291/field-app"]
    );
}

#[test]
fn bash_gets_descriptions_only_when_listing() {
    let (app, grant) = granted();
    app.user("tech20");
    let bash = |words: &[&str], kind| candidates_for_bash(&app.store(), words, words.len(), kind);
    let (first, second) = {
        let user = |name: &str| {
            app.run(&format!("user show {name} --fields user_id -o tsv")).ok().out.trim().to_owned()
        };
        (user("tech1"), user("tech20"))
    };
    assert_eq!(bash(&["user", "show", "t"], '\t'), ["tech1", "tech20"]);
    for listing in ['?', '!', '@'] {
        assert_eq!(
            bash(&["user", "show", "t"], listing),
            [format!("tech1   ({first})"), format!("tech20  ({second})")]
        );
    }
    // bash inserts the only candidate into the line.
    assert_eq!(bash(&["grant", "revoke", ""], '?'), [grant.as_str()]);
    assert_eq!(bash(&["user", "show", "t"], '%'), ["tech1", "tech20"]);
    // A description that does not fit the terminal is truncated.
    let long = "x".repeat(200);
    app.run(&format!("scope edit assets.read {long}")).ok();
    let lines = bash(&["key", "create", "x", "--scope", ""], '?');
    assert!(lines[0].starts_with("assets.read         (xxx") && lines[0].ends_with("x…)"), "{lines:?}");
    assert!(lines.iter().all(|line| line.chars().count() < 100), "{lines:?}");
}

#[test]
fn bash_does_not_execute_a_scope_name() {
    let app = App::new();
    app.call("scope add").word("$(reboot);`id`&*").word("Named to hurt").run().ok();
    assert_eq!(
        candidates_for_bash(&app.store(), &["key", "create", "x", "--scope", "$"], 5, '\t'),
        [r"\$\(reboot\)\;\`id\`\&\*"]
    );
}

#[test]
fn no_secret_is_offered() {
    let (app, _) = granted();
    let (_, key) = app.key("erp-sync", "--scope assets.read --expires never");
    let (_, consumer) = app.consumer("inventory-bot", "--scope assets.read");
    for line in [
        "key show ",
        "key verify ",
        "key verify apcs_",
        "key show apcs_",
        "key rotate ",
        "consumer show ",
        "consumer show apcx_",
        "consumer rotate ",
        "token inspect ",
        "token inspect apca_",
        "user show ",
        "user set-password ",
        "grant show ",
    ] {
        let said = candidates(&app, line).join("\n");
        for secret in [&key, &consumer] {
            let tail = &secret[secret.len() - 38..];
            assert!(
                !said.contains("apcs_") && !said.contains("apcx_") && !said.contains(tail),
                "{line}: {said}"
            );
            // The hint that `show` prints for a secret is not offered either.
            assert!(!said.contains(&secret[secret.len() - 4..]), "{line}: {said}");
        }
        assert!(!said.contains("argon2id"), "{line}: {said}");
    }
}
