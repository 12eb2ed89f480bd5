//! PKCE, rotation, grace and lifetime of families, as options of consumers and as settings.

use serde_json::{Value, json};

use crate::support::App;

const WEB: &str = "--grant authorization_code --redirect-uri https://web.example/cb --scope assets.read";

const PKCE_WARNING: &str = "a sign-in without PKCE is protected by state alone, which the application must check: \
     a stolen code that is sent to its callback is not recognised here (RFC 9700 section 2.1.1)";
const ROTATION_WARNING: &str = "without rotation, a copied refresh token works beside the original until it ends or \
     is revoked, and the copy is not recognised (RFC 9700 section 4.14.2)";
const FAMILY_WARNING: &str =
    "refresh tokens that stay in use never end, so an authorization lasts until it is revoked";

/// Returns the fields of this file as `consumer show` has them: pkce, rotation, grace, lifetime of a family.
fn shown(app: &App, name: &str) -> [Value; 4] {
    let document = app.run(&format!("consumer show {name} --json")).ok().json();
    ["pkce", "refresh_rotation", "refresh_token_grace", "refresh_family_lifetime"]
        .map(|field| document["consumer"][field].clone())
}

/// Returns the codes of the warnings of a change report.
fn codes(report: &Value) -> Vec<&str> {
    report["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[test]
fn new_consumer_has_every_safeguard() {
    let app = App::new();
    for (name, public) in [("web", ""), ("spa", "--public")] {
        let run = app.run(&format!("consumer add {name} {WEB} {public} --json")).ok();
        assert_eq!(codes(&run.json()), [""; 0]);
        assert_eq!(shown(&app, name), [json!("required"), json!("on"), Value::Null, Value::Null]);
    }
    app.consumer("bot", "--scope assets.read");
    assert_eq!(shown(&app, "bot"), [Value::Null, Value::Null, Value::Null, Value::Null]);
}

#[test]
fn consumer_without_a_safeguard_is_added_with_a_warning() {
    let app = App::new();
    let relaxed = "--pkce optional --refresh-rotation off --refresh-grace 5m --family-ttl never";
    let run = app.run(&format!("consumer add web {WEB} {relaxed} --json")).ok().json();
    assert_eq!(
        run["warnings"],
        json!([
            {"code": "pkce_optional", "message": PKCE_WARNING},
            {"code": "rotation_off", "message": ROTATION_WARNING},
            {"code": "family_unlimited", "message": FAMILY_WARNING},
        ])
    );
    assert_eq!(shown(&app, "web"), [json!("optional"), json!("off"), json!(300), json!("never")]);
    let audit = app.run("audit list --json").ok().json();
    assert_eq!(
        audit["items"][1]["fields"],
        json!(["name", "scope", "group", "expires_at", "pkce", "refresh_rotation"]),
        "{audit}"
    );
    let list = app.run("consumer list -o tsv --fields name,pkce,refresh_rotation,refresh_token_grace,refresh_family_lifetime");
    assert_eq!(list.ok().out, "web\toptional\toff\t300\tnever\n");
    let sheet = app.call("consumer show web").at_terminal(100).run().ok().out;
    for line in
        ["Pkce                   optional", "Refresh rotation       off", "Family lifetime        never"]
    {
        assert!(sheet.contains(line), "{line}: {sheet}");
    }
}

#[test]
fn edit_removes_and_restores_each_safeguard() {
    let app = App::new();
    app.run(&format!("consumer add web {WEB}")).ok();
    for (flags, index, value, warning, back, field) in [
        ("--pkce optional", 0, json!("optional"), Some(PKCE_WARNING), "--pkce required", "pkce"),
        (
            "--refresh-rotation off",
            1,
            json!("off"),
            Some(ROTATION_WARNING),
            "--refresh-rotation on",
            "refresh_rotation",
        ),
        ("--refresh-grace 0s", 2, json!(0), None, "--no-refresh-grace", "refresh_token_grace"),
        (
            "--family-ttl never",
            3,
            json!("never"),
            Some(FAMILY_WARNING),
            "--no-family-ttl",
            "refresh_family_lifetime",
        ),
        ("--family-ttl 90d", 3, json!("90d"), None, "--no-family-ttl", "refresh_family_lifetime"),
    ] {
        let before = shown(&app, "web");
        let run = app.run(&format!("consumer edit web {flags} --json")).ok();
        assert_eq!(run.json()["changed"], true, "{flags}");
        let expected = warning.map_or(String::new(), |text| format!("warning: {text}\n"));
        assert!(run.err.ends_with(&expected), "{flags}: {}", run.err);
        assert_eq!(codes(&run.json()).len(), usize::from(warning.is_some()), "{flags}");
        assert_eq!(shown(&app, "web")[index], value, "{flags}");
        let audit = app.run("audit list --json --limit 1").ok().json();
        assert_eq!(audit["items"][0]["fields"], json!([field]));
        let again = app.run(&format!("consumer edit web {flags} --json")).ok().json();
        assert_eq!(again["changed"], false, "{flags}");
        let run = app.run(&format!("consumer edit web {back} --json")).ok();
        assert_eq!(codes(&run.json()), [""; 0], "{back}");
        assert_eq!(shown(&app, "web"), before, "{back}");
    }
    let edit = app.run("consumer edit web --description other --json").ok().json();
    assert_eq!(codes(&edit), [""; 0]);
}

#[test]
fn public_consumer_keeps_pkce_and_rotation() {
    let app = App::new();
    let pkce = "a public consumer has no secret, so PKCE is always required (RFC 9700 section 2.1.1)";
    let rotation =
        "a public consumer has no secret, so its refresh tokens always rotate (RFC 9700 section 4.14.2)";
    app.run(&format!("consumer add spa {WEB} --public --pkce required --refresh-rotation on")).ok();
    for (flags, why) in [
        ("--pkce optional", pkce),
        ("--refresh-rotation off", rotation),
        ("--pkce optional --refresh-rotation off", pkce),
        ("--pkce required --refresh-rotation off", rotation),
    ] {
        for (words, exit) in [
            (format!("consumer add other {WEB} --public {flags}"), 2),
            (format!("consumer edit spa {flags}"), 5),
        ] {
            let before = app.rows();
            let run = app.run(&words).exits(exit);
            assert_eq!(run.err.lines().next(), Some(format!("error: {why}").as_str()), "{words}");
            assert_eq!(app.rows(), before);
        }
    }
    let run = app.run("consumer edit spa --pkce required --refresh-rotation on --json").ok().json();
    assert_eq!(run["changed"], false);
    app.run("consumer edit spa --refresh-grace 1m --family-ttl 30d").ok();
    assert_eq!(shown(&app, "spa"), [json!("required"), json!("on"), json!(60), json!("30d")]);
}

#[test]
fn client_credentials_alone_have_no_safeguards_to_remove() {
    let app = App::new();
    app.consumer("bot", "--scope assets.read");
    let why = "error: PKCE and rotation are for authorization_code, which this consumer does not have";
    let add = "consumer add other --grant client_credentials --scope assets.read";
    for (words, exit) in [
        (format!("{add} --pkce optional"), 2),
        ("consumer edit bot --pkce optional".to_owned(), 5),
        ("consumer edit bot --refresh-rotation off".to_owned(), 5),
    ] {
        assert_eq!(app.run(&words).exits(exit).err.lines().next(), Some(why), "{words}");
    }
    let why =
        "error: lifetimes of refresh tokens are for authorization_code, which this consumer does not have";
    for flags in [
        "--refresh-ttl 1d",
        "--refresh-grace 1m",
        "--refresh-grace 0s",
        "--family-ttl never",
        "--family-ttl 30d",
    ] {
        for (words, exit) in [(format!("{add} {flags}"), 2), (format!("consumer edit bot {flags}"), 5)] {
            let before = app.rows();
            assert_eq!(app.run(&words).exits(exit).err.lines().next(), Some(why), "{words}");
            assert_eq!(app.rows(), before);
        }
    }
    app.run("consumer edit bot --access-ttl 5m --no-refresh-ttl --no-refresh-grace --no-family-ttl").ok();
    app.run("consumer edit bot --access-ttl 0s").exits(2);
}

#[test]
fn invalid_values_of_safeguards_are_usage_errors() {
    let app = App::new();
    app.run(&format!("consumer add web {WEB}")).ok();
    for words in [
        "--pkce off",
        "--pkce Optional",
        "--refresh-rotation false",
        "--refresh-grace 5m1s",
        "--refresh-grace never",
        "--refresh-grace -1s",
        "--refresh-grace 1s --no-refresh-grace",
        "--family-ttl 0s",
        "--family-ttl none",
        "--family-ttl 1d --no-family-ttl",
    ] {
        let run = app.run(&format!("consumer edit web {words}")).exits(2);
        assert_eq!(run.out, "", "{words}");
    }
    let run = app.run("consumer edit web --refresh-grace 6m").exits(2);
    assert!(run.err.contains("it must be at most 5m"), "{}", run.err);
    assert_eq!(shown(&app, "web"), [json!("required"), json!("on"), Value::Null, Value::Null]);
}

#[test]
fn if_missing_names_other_safeguards() {
    let app = App::new();
    app.run(&format!("consumer add web {WEB} --pkce optional")).ok();
    let differs = |flags: &str| {
        let run = app.run(&format!("consumer add web {WEB} --if-missing --json {flags}")).ok().json();
        run["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| warning["message"].to_string())
            .collect::<String>()
    };
    assert_eq!(differs("--pkce optional"), "");
    assert!(differs("").contains("differs in pkce;"), "{}", differs(""));
    let all = differs("--refresh-rotation off --refresh-grace 1m --family-ttl never");
    let fields = "differs in refresh_token_grace, refresh_family_lifetime, pkce, refresh_rotation;";
    assert!(all.contains(fields), "{all}");
}

#[test]
fn grace_and_family_lifetime_are_settings() {
    let app = App::new();
    for (name, value, kept) in [
        ("refresh_token_grace", "0s", "0s"),
        ("refresh_token_grace", "300s", "5m"),
        ("refresh_family_lifetime", "52w", "364d"),
        ("refresh_family_lifetime", "1s", "1s"),
    ] {
        let run = app.run(&format!("settings set {name} {value}")).ok();
        assert_eq!(run.err, format!("{name} is now {kept}.\n"));
    }
    let run = app.run("settings set refresh_family_lifetime never").ok();
    assert_eq!(run.err, format!("refresh_family_lifetime is now never.\nwarning: {FAMILY_WARNING}\n"));
    let run = app.run("settings set refresh_family_lifetime never --json").ok().json();
    assert_eq!((&run["changed"], codes(&run)), (&json!(false), vec!["family_unlimited"]));
    for (words, why) in [
        ("refresh_token_grace 301s", "refresh_token_grace cannot be set: it must be at most 5m"),
        ("refresh_family_lifetime 0s", "refresh_family_lifetime cannot be set: it must be at least 1s"),
    ] {
        let run = app.run(&format!("settings set {words}")).exits(2);
        assert_eq!(run.err.lines().next(), Some(format!("error: {why}").as_str()));
    }
}
