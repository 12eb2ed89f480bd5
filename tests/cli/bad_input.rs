//! Invalid input: one error line, a hint, the documented exit code, no change and no secret in the output.

use crate::support::App;

/// Runs a command that must fail: asserts the exit code, the error line with its hint, and that no row changed.
#[track_caller]
fn assert_rejected(app: &App, words: &str, code: u8, err: &str) {
    let before = app.rows();
    let run = app.run(words).exits(code);
    assert_eq!(run.err, err, "{words}");
    assert_eq!(run.out, "", "{words}");
    assert_eq!(app.rows(), before, "{words}");
}

const KEY_HELP: &str = "hint: for its arguments and examples: apiconn key create --help\n";
const ADD_HELP: &str = "hint: for its arguments and examples: apiconn consumer add --help\n";

#[test]
fn unknown_scope_is_rejected_with_a_suggestion() {
    let app = App::new();
    assert_rejected(
        &app,
        "key create k --scope asset.read",
        3,
        "error: the scope \"asset.read\" is not declared\nhint: did you mean assets.read?\n",
    );
    for words in
        ["key create k --scope", "consumer add k --grant client_credentials --scope", "group add g --scope"]
    {
        assert_rejected(
            &app,
            &format!("{words} assets.read,work_orders.write"),
            3,
            "error: the scope \"assets.read,work_orders.write\" is not declared\nhint: repeat the option for each scope: assets.read, work_orders.write\n",
        );
        assert_rejected(
            &app,
            &format!("{words} ASSETS.READ"),
            3,
            "error: the scope \"ASSETS.READ\" is not declared\nhint: did you mean assets.read?\n",
        );
        assert_rejected(
            &app,
            &format!("{words} openid"),
            3,
            "error: the scope \"openid\" is not declared\nhint: OpenID Connect is not offered and no id_token is issued; leave its scopes out\n",
        );
    }
    assert_rejected(
        &app,
        "group add g --scope assets.read --scope zzz",
        3,
        "error: the scope \"zzz\" is not declared\nhint: to declare it: apiconn scope add SCOPE DESCRIPTION; to list the declared ones: apiconn scope list\n",
    );
}

#[test]
fn error_for_a_taken_name_gives_the_owner_id() {
    let app = App::new();
    let (id, _) = app.key("erp-sync", "--scope assets.read");
    assert_rejected(
        &app,
        "key create erp-sync --scope assets.read",
        4,
        &format!(
            "error: the name \"erp-sync\" is taken by key {id}\nhint: to see it: apiconn key show erp-sync\nhint: to accept the existing one: add --if-missing\n"
        ),
    );
    // Keys and consumers have separate namespaces.
    app.consumer("erp-sync", "--scope assets.read");
}

#[test]
fn unsafe_redirect_uris_are_rejected() {
    let app = App::new();
    for (uri, why) in [
        (
            "https://a.example/cb#x",
            "the redirect URI \"https://a.example/cb#x\" has a fragment (#…), which RFC 6749 section 3.1.2 forbids",
        ),
        (
            "https://*.a.example/cb",
            "the redirect URI \"https://*.a.example/cb\" has a wildcard; register each complete URI",
        ),
        (
            "https://u:p@a.example/cb",
            "the redirect URI \"https://u:p@a.example/cb\" has a user name or password",
        ),
        (
            "http://a.example/cb",
            "the redirect URI \"http://a.example/cb\" uses http to another machine; use https (http is allowed for 127.0.0.1, [::1] and localhost)",
        ),
        (
            "https://a.example/cb,https://b.example/cb",
            "the redirect URI \"https://a.example/cb,https://b.example/cb\" contains several URIs; repeat the option for each",
        ),
        (
            "https://münchen.example/cb",
            "the host of the redirect URI \"https://münchen.example/cb\" must be written as xn--mnchen-3ya.example",
        ),
        (
            "http://app.localhost:3000/cb",
            "the redirect URI \"http://app.localhost:3000/cb\" uses http to a host other than 127.0.0.1, [::1] and localhost; write one of these, or use https",
        ),
        (
            "localhost:3000/cb",
            "the redirect URI \"localhost:3000/cb\" is not an absolute URI such as https://app.example/callback",
        ),
        ("/cb", "the redirect URI \"/cb\" is not an absolute URI such as https://app.example/callback"),
        (
            "javascript:alert(1)",
            "the redirect URI \"javascript:alert(1)\" has a scheme that is not https, http or private-use such as com.example.app:/callback",
        ),
    ] {
        assert_rejected(
            &app,
            &format!("consumer add c --grant authorization_code --scope assets.read --redirect-uri {uri}"),
            2,
            &format!("error: --redirect-uri <URI>: {why}\n{ADD_HELP}"),
        );
    }
    for uri in ["http://127.0.0.1:3000/cb", "http://[::1]/cb", "com.example.app:/cb"] {
        app.run(&format!(
            "consumer add c --grant authorization_code --scope assets.read --redirect-uri {uri} --dry-run"
        ))
        .ok();
    }
}

#[test]
fn redirect_uris_with_a_risk_are_added_with_a_warning() {
    let app = App::new();
    let codes = |words: &str| {
        let report = app.run(&format!("{words} --json")).ok().json();
        let warnings = report["warnings"].as_array().unwrap().clone();
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let add = |name: &str, rest: &str| {
        codes(&format!("consumer add {name} --grant authorization_code --scope assets.read {rest}"))
    };
    assert_eq!(add("cli", "--public --redirect-uri http://localhost:3000/cb"), ["localhost_redirect"]);
    assert_eq!(add("cli2", "--public --redirect-uri http://127.0.0.1/cb"), [""; 0]);
    // The port of a server on localhost is fixed, and its operator controls the name resolution.
    assert_eq!(add("web", "--redirect-uri http://localhost:3000/cb"), [""; 0]);
    assert_eq!(add("comma", "--redirect-uri https://a.example/cb,2"), ["redirect_with_comma"]);
    let edit = |name: &str, uri: &str| codes(&format!("consumer edit {name} --add-redirect-uri {uri}"));
    for uri in ["http://localhost/cb", "http://LOCALHOST:5/cb", "http://Localhost?x=1"] {
        assert_eq!(edit("cli2", uri), ["localhost_redirect"], "{uri}");
    }
    assert_eq!(edit("cli2", "https://localhost.example/cb"), [""; 0]);
    assert_eq!(edit("web", "http://localhost/cb"), [""; 0]);
    assert_eq!(edit("web", "https://a.example/cb?x=1,2"), ["redirect_with_comma"]);
    let run = app.run("consumer edit cli --add-redirect-uri http://localhost/cb2").ok();
    assert!(
        run.err.contains("warning: localhost depends on the name resolution of the user's device and may name other network interfaces; a native application should use 127.0.0.1 or [::1] (RFC 8252 section 8.3)\n"),
        "{run:?}"
    );
}

#[test]
fn past_expiry_and_invalid_durations_are_rejected() {
    let app = App::new();
    for (when, why) in [
        (
            "2020-01-01",
            "the expiry 2020-01-01T00:00:00.000Z is in the past; write a time in the future, such as 90d",
        ),
        ("0s", "the expiry 2026-11-24T10:30:00.000Z is in the past; write a time in the future, such as 90d"),
    ] {
        assert_rejected(
            &app,
            &format!("key create k --scope assets.read --expires {when}"),
            2,
            &format!("error: {why}\n{KEY_HELP}"),
        );
    }
    for when in ["90", "d", "90x", "1.5h", "90D", "soon", "2027-13-01", "-1d"] {
        assert_rejected(
            &app,
            &format!("key create k --scope assets.read --expires={when}"),
            2,
            &format!(
                "error: --expires <WHEN>: \"{when}\" is not a time; write a duration (90d), a date (2027-01-31), an RFC 3339 time, tomorrow or never\n{KEY_HELP}"
            ),
        );
    }
    assert_rejected(
        &app,
        "key create k --scope assets.read --expires 999999999999999999999d",
        2,
        &format!("error: --expires <WHEN>: \"999999999999999999999d\" is longer than 100 years\n{KEY_HELP}"),
    );
    assert_rejected(
        &app,
        "key list --unused-for 3y",
        2,
        "error: --unused-for <DURATION>: \"3y\" is not a duration; write a number and a unit, such as 90d, 12h, 30m or 45s\nhint: for its arguments and examples: apiconn key list --help\n",
    );
}

#[test]
fn a_blank_around_a_redirect_uri_is_named() {
    let app = App::new();
    for uri in
        [" https://a.example/cb", "https://a.example/cb ", "  com.example.app:/cb", "https://a.example/cb\t"]
    {
        let words = "consumer add c --grant authorization_code --scope assets.read --redirect-uri";
        let run = app.call(words).word(uri).run().exits(2);
        assert!(run.err.contains("begins or ends with a blank; remove it"), "{uri:?}: {}", run.err);
    }
}

#[test]
fn a_flag_that_removes_another_property_is_not_suggested() {
    let app = App::new();
    for flag in
        ["--no-pkce", "--no-ttl", "--no-redirect-uri", "--no-web-origin", "--no-scope", "--no-expires"]
    {
        let run = app.run(&format!("consumer edit bot {flag}")).exits(2);
        assert!(!run.err.contains("'--no-") || run.err.matches("'--no-").count() == 1, "{}", run.err);
        assert!(!run.err.contains("similar argument exists: '--no-"), "{}", run.err);
    }
    let run = app.run("consumer edit bot --no-titel").exits(2);
    assert!(run.err.contains("hint: a similar argument exists: '--no-title'\n"), "{}", run.err);
}

#[test]
fn existing_secret_file_is_never_overwritten() {
    let app = App::new();
    app.key("old", "--scope assets.read");
    let path = app.folder().join("k.secret");
    std::fs::write(&path, "precious").unwrap();
    for (words, more) in [
        ("key create k --scope assets.read", ""),
        ("key rotate old", "hint: the old secret is still valid\n"),
        ("key rotate old --now --yes", "hint: the old secret is still valid\n"),
        ("key create k --scope assets.read --dry-run", ""),
    ] {
        assert_rejected(
            &app,
            &format!("{words} --secret-file {}", path.display()),
            4,
            &format!(
                "error: the secret file {} already exists\nhint: nothing was changed; a secret file is never overwritten: name another, or remove that one\n{more}",
                path.display()
            ),
        );
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    let missing = app.folder().join("no/such/folder");
    assert_rejected(
        &app,
        &format!("key create k --scope assets.read --secret-file {}", missing.display()),
        2,
        &format!(
            "error: the secret file {} cannot be created: No such file or directory (os error 2)\nhint: nothing was changed\n",
            missing.display()
        ),
    );
}

#[test]
fn missing_confirmation_names_the_flag_to_add() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.consumer("c", "--scope assets.read");
    app.user("u");
    app.run("group add g --scope assets.read").ok();
    for (words, what) in [
        ("key revoke k", "key revoke"),
        ("key disable k", "key disable"),
        ("key rotate k --now", "key rotate --now"),
        ("key enable --all", "key enable"),
        ("consumer revoke --match *", "consumer revoke"),
        ("consumer disable c", "consumer disable"),
        ("grant revoke --all", "grant revoke"),
        ("token revoke --all", "token revoke"),
        ("user disable u", "user disable"),
        ("user offboard u", "user offboard"),
        ("scope remove assets.read", "scope remove"),
        ("group remove g", "group remove"),
    ] {
        let err = format!(
            "error: {what} needs a confirmation, and this run cannot ask questions\nhint: nothing was changed; to confirm, add --yes\n"
        );
        assert_rejected(&app, words, 2, &err);
    }
    assert_rejected(
        &app,
        "user add u2",
        2,
        "error: a password is needed, and this run cannot ask questions\nhint: give it with --password-stdin or --password-file PATH\n",
    );
}

#[test]
fn control_and_bidi_characters_are_rejected_in_texts() {
    let app = App::new();
    let long = "x".repeat(10_000);
    let name = |why: &str| format!("error: <NAME>: {why}\n{KEY_HELP}");
    let character = |shown: &str| {
        name(&format!(
            "a name consists of a-z, 0-9 and, after the first character, . _ @ - ; {shown} is not allowed"
        ))
    };
    for (word, err) in [
        ("a\u{1b}[2J", character("\"\\u{1b}\"")),
        ("a\nb", character("\"\\n\"")),
        ("a\u{202e}b", character("\"\\u{202e}\"")),
        ("Erp", character("\"E\"")),
        ("", name("a name cannot be empty")),
        ("apck_x", name("a name cannot begin with apck_, which is a prefix of ids or secrets")),
        (&long, name("a name has at most 64 characters, this one has 10000")),
    ] {
        let before = app.rows();
        let run = app.call("key create --scope assets.read --").word(word).run().exits(2);
        assert_eq!(run.err, err, "{word:?}");
        assert_eq!(app.rows(), before, "{word:?}");
    }
    let text = |why: &str| format!("error: --description <TEXT>: {why}\n{KEY_HELP}");
    let forbidden = |shown: &str| {
        text(&format!(
            "the text cannot contain the character {shown}; write it on one line, without control characters"
        ))
    };
    for (word, err) in [
        ("a\u{1b}[2J", forbidden("\\u{1b}")),
        ("a\nb", forbidden("\\u{a}")),
        ("a\u{202e}b", forbidden("\\u{202e}")),
        ("  ", text("the text cannot be empty")),
        (&long, text("the text has at most 500 characters, this one has 10000")),
    ] {
        let before = app.rows();
        let run = app.call("key create k --scope assets.read --description").word(word).run().exits(2);
        assert_eq!(run.err, err, "{word:?}");
        assert_eq!(app.rows(), before, "{word:?}");
    }
}

#[test]
fn long_argument_is_shortened_in_the_error() {
    let app = App::new();
    let long = "x\u{1b}".repeat(5_000);
    for words in [
        "",
        "key",
        "key show",
        "key list --cursor",
        "key list -o",
        "key create k --scope",
        "key list --limit",
        "key create k --scope assets.read --secret-file",
        "settings set",
        "settings set issuer",
        "consumer add c --grant",
        "grant show",
        "help",
        "audit verify --head",
    ] {
        let before = app.rows();
        let run = app.call(words).word(&long).run();
        assert_eq!(run.exit, 2, "{words}: {run:?}");
        assert!(run.err.chars().count() < 3000 && run.err.lines().count() <= 4, "{words}: {}", run.err.len());
        assert!(!run.err.contains('\u{1b}'), "{words}");
        assert!(run.err.contains("\nhint: "), "{words}: {run:?}");
        assert_eq!(app.rows(), before, "{words:?}");
    }
}

#[test]
fn limit_of_zero_is_rejected() {
    let app = App::new();
    assert_rejected(
        &app,
        "key list --limit 0",
        2,
        "error: --limit <N>: 0 is not in 1..=100000\nhint: for its arguments and examples: apiconn key list --help\n",
    );
}

#[test]
fn an_edit_of_a_client_that_changes_meanwhile_is_stale() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    // The trigger stands for a process that changes the client between the read and the write of this one.
    app.sql(
        "CREATE TRIGGER other_process BEFORE UPDATE OF owner ON clients WHEN NEW.owner = 'second' BEGIN \
           UPDATE clients SET owner = 'first', revision = revision + 1 WHERE seq = OLD.seq; \
           SELECT RAISE(IGNORE); \
         END",
    );
    assert_rejected(
        &app,
        "key edit k --owner second",
        4,
        "error: key \"k\" is at revision 2, not 1: it was changed in the meantime\nhint: to see what changed: apiconn key show k\n",
    );
    let failure = app.run("key edit k --owner second --json").exits(4).error_json();
    assert_eq!(failure["error"]["code"], "stale");
    app.run("key edit k --owner third").ok();
}

#[test]
fn if_revision_detects_a_concurrent_change() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let seen = app.run("key show k --json").ok().json()["key"]["revision"].clone();
    assert_eq!(seen, 1);
    app.run("key edit k --owner first --if-revision 1").ok();
    assert_rejected(
        &app,
        "key edit k --owner second --if-revision 1",
        4,
        "error: key \"k\" is at revision 2, not 1: it was changed in the meantime\nhint: to see what changed: apiconn key show k\n",
    );
    // A revision that never existed is not reported as a concurrent change.
    assert_rejected(
        &app,
        "key edit k --owner second --if-revision 9",
        4,
        "error: key \"k\" is at revision 2, not 9\nhint: to see what changed: apiconn key show k\n",
    );
    assert_eq!(app.run("key show k --json").ok().json()["key"]["owner"], "first");
}

#[test]
fn pattern_longer_than_any_name_is_rejected() {
    let app = App::new();
    let long = "?".repeat(201);
    for noun in ["key", "consumer", "user", "grant"] {
        let run = app.run(&format!("{noun} list --match {long}")).exits(2);
        assert!(
            run.err.starts_with("error: --match <GLOB>: a pattern has at most 200 characters\n"),
            "{run:?}"
        );
        app.run(&format!("{noun} list --match {}", &long[1..])).ok();
    }
}

#[test]
fn contradicting_or_missing_arguments_are_rejected() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    assert_rejected(
        &app,
        "key create k2",
        2,
        "error: a key without scopes could do nothing\nhint: add --scope SCOPE or --group GROUP\n",
    );
    assert_rejected(
        &app,
        "key revoke k --all --yes",
        2,
        "error: give keys, or a filter or --all, but not both\nhint: apiconn key list with the same filter shows what it selects\n",
    );
    assert_rejected(
        &app,
        "key revoke --yes",
        2,
        "error: apiconn key revoke needs a key, a filter, or --all\nhint: to list the existing ones: apiconn key list\n",
    );
    assert_rejected(
        &app,
        "key list --all --limit 3",
        2,
        "error: the argument '--all' cannot be used with '--limit <N>'\nhint: usage: apiconn key list --all\n",
    );
    assert_rejected(
        &app,
        "key rotate k --now --overlap 1h --yes",
        2,
        "error: the argument '--now' cannot be used with '--overlap <DURATION>'\nhint: usage: apiconn key rotate --now --yes <KEY>\n",
    );
}

#[test]
fn mistyped_id_is_rejected_before_the_store_is_opened() {
    let app = App::empty();
    for (words, err) in [
        (
            "user show usr_7Hq2mZ0xPa4T9",
            "error: \"usr_7Hq2mZ0xPa4T9\" is mistyped: an id has 12 letters and digits after its prefix\nhint: copy the id from a list, or complete it with TAB\n",
        ),
        (
            "grant show apck_test_7Hq2mZ0xPa4T",
            "error: \"apck_test_7Hq2mZ0xPa4T\" is the id of a key, but a grant is required\nhint: to list the commands for it: apiconn key --help\n",
        ),
        (
            "user show Tech",
            "error: \"Tech\" is neither a user id nor a name: a name consists of a-z, 0-9 and, after the first character, . _ @ - ; \"T\" is not allowed\nhint: to list ids and names: apiconn user list\n",
        ),
    ] {
        assert_eq!(app.run(words).exits(2).err, err, "{words:?}");
    }
}

#[test]
fn mistyped_client_id_is_rejected_if_no_client_has_it() {
    let app = App::new();
    for (words, err) in [
        (
            "key show apck_test_7Hq2mZ0xPa4T9",
            "error: \"apck_test_7Hq2mZ0xPa4T9\" is mistyped: an id has 12 letters and digits after its prefix\nhint: copy the id from a list, or complete it with TAB\n",
        ),
        (
            "consumer show apck_test_7Hq2mZ0xPa4T",
            "error: \"apck_test_7Hq2mZ0xPa4T\" is the id of a key, but a consumer is required\nhint: to list the commands for it: apiconn key --help\n",
        ),
    ] {
        assert_eq!(app.run(words).exits(2).err, err, "{words:?}");
    }
}
