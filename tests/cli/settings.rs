//! Settings of the base and their effect on commands.

use crate::support::App;

fn value(app: &App, name: &str) -> String {
    let list = app.run("settings list --fields name,value").ok().out;
    let line = list.lines().find_map(|line| line.strip_prefix(&format!("{name}\t")));
    line.unwrap().to_owned()
}

#[test]
fn setting_is_set_and_shown() {
    let app = App::new();
    for (name, given, kept) in [
        ("issuer", "https://auth.example.com", "https://auth.example.com"),
        ("additional_hosts", "Apiconn,auth.internal.,apiconn", "apiconn,auth.internal"),
        ("additional_hosts", "none", "none"),
        ("key_default_lifetime", "90d", "90d"),
        ("key_max_lifetime", "52w", "364d"),
        ("rotation_overlap", "90m", "1h30m"),
        ("access_token_lifetime", "15m", "15m"),
        ("refresh_token_lifetime", "12h", "12h"),
        ("require_reason", "true", "true"),
        ("accent_color", "0A7D4F", "#0a7d4f"),
        ("accent_color", "#1f5fbf", "#1f5fbf"),
        ("logo_file", "/srv/acme/logo.png", "/srv/acme/logo.png"),
        ("logo_file", "none", "none"),
    ] {
        let run = app.run(&format!("settings set {name} {given}")).ok();
        assert_eq!(run.err, format!("{name} is now {kept}.\n"));
        assert_eq!(value(&app, name), kept, "{name:?}");
        let again = app.run(&format!("settings set {name} {given} --json")).ok();
        assert_eq!(again.json()["changed"], false, "{name}");
        assert_eq!(again.err, format!("{name} is already {kept}.\n"));
    }
}

#[test]
fn invalid_setting_value_is_rejected_with_the_reason() {
    let app = App::new();
    for (words, why) in [
        (
            "key_max_lifetime 90d",
            "key_max_lifetime cannot be set: key_default_lifetime (365d) would be longer than key_max_lifetime (90d)",
        ),
        (
            "additional_hosts *.internal",
            "additional_hosts cannot be set: \"*.internal\" is not a host name such as auth.internal; write names without scheme, port, path and wildcard, separated by commas, or none",
        ),
        (
            "additional_hosts 10.0.0.5",
            "additional_hosts cannot be set: \"10.0.0.5\" is an address, and addresses are allowed without this setting; write names",
        ),
        ("access_token_lifetime 0s", "access_token_lifetime cannot be set: it must be at least 1s"),
        (
            "rotation_overlap soon",
            "rotation_overlap cannot be set: \"soon\" is not a duration; write a number and a unit, such as 90d, 12h, 30m or 45s",
        ),
        ("require_reason yes", "require_reason cannot be set: write true or false"),
        (
            "issuer http://auth.example.com",
            "issuer cannot be set: \"http://auth.example.com\" cannot be the issuer; write an https URL without query, fragment and trailing slash (http only for 127.0.0.1, [::1] and localhost)",
        ),
        (
            "accent_color blue",
            "accent_color cannot be set: \"blue\" is not a colour; write six hexadecimal digits, such as 1f5fbf",
        ),
        (
            "logo_file logo.png",
            "logo_file cannot be set: \"logo.png\" is neither none nor the absolute path of a .png, .jpg, .jpeg, .webp or .svg file",
        ),
        (
            "logo_file https://acme.example/logo.png",
            "logo_file cannot be set: \"https://acme.example/logo.png\" is neither none nor the absolute path of a .png, .jpg, .jpeg, .webp or .svg file",
        ),
        (
            "colour blue",
            "<NAME>: the settings are issuer, additional_hosts, key_default_lifetime, key_max_lifetime, rotation_overlap, access_token_lifetime, refresh_token_lifetime, refresh_token_grace, refresh_family_lifetime, require_reason, accent_color, logo_file",
        ),
    ] {
        let before = app.run("settings list").ok().out;
        let run = app.run(&format!("settings set {words}")).exits(2);
        assert_eq!(
            run.err,
            format!("error: {why}\nhint: for its arguments and examples: apiconn settings set --help\n")
        );
        assert_eq!(app.run("settings list").ok().out, before, "{words:?}");
    }
}

#[test]
fn key_lifetime_follows_the_settings() {
    let app = App::new();
    let end = |words: &str| {
        app.run(&format!("{words} --json")).ok().json()["key"]["expires_at"]
            .as_str()
            .unwrap_or("never")
            .to_owned()
    };
    assert_eq!(end("key create a --scope assets.read"), "2027-11-24T10:30:00.000Z");
    app.run("settings set key_default_lifetime 30d").ok();
    app.run("settings set key_max_lifetime 60d").ok();
    assert_eq!(end("key create b --scope assets.read"), "2026-12-24T10:30:00.000Z");
    assert_eq!(end("key create c --scope assets.read --expires 60d"), "2027-01-23T10:30:00.000Z");
    for expires in ["61d", "never", "2028-01-01"] {
        for words in ["key create d --scope assets.read", "key edit c"] {
            let before = app.rows();
            assert_eq!(
                app.run(&format!("{words} --expires {expires}")).exits(5).err,
                "error: the maximum lifetime of a key is 60d\nhint: to change the limit: apiconn settings set key_max_lifetime DURATION\n"
            );
            assert_eq!(app.rows(), before, "{words:?}");
        }
    }
    // A new setting does not change existing keys.
    assert_eq!(end("key show a"), "2027-11-24T10:30:00.000Z");
    app.run("settings set key_max_lifetime never").ok();
    app.run("settings set key_default_lifetime never").ok();
    let run = app.run("key create e --scope assets.read").ok();
    assert_eq!(run.err, "warning: key e never expires; plan a rotation\n");
    assert_eq!(end("key show e"), "never");
}

#[test]
fn require_reason_applies_to_ending_commands() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.run(
        "consumer add c --grant authorization_code --redirect-uri https://c.example/cb --scope assets.read",
    )
    .ok();
    app.user("u");
    app.run("grant add u c --scope assets.read").ok();
    app.run("settings set require_reason true").ok();
    for words in [
        "key disable k",
        "key rotate k --now",
        "key revoke k",
        "consumer disable c",
        "consumer revoke --all",
        "grant revoke u/c",
        "user disable u",
        "user offboard u",
    ] {
        let before = app.rows();
        let run = app.run(&format!("{words} --yes")).exits(2);
        assert_eq!(
            run.err,
            "error: this base requires a reason for revoking and disabling\nhint: add --reason TEXT\n",
            "{words}"
        );
        assert_eq!(app.rows(), before, "{words}");
    }
    for words in [
        "key disable k",
        "key rotate k --now",
        "key revoke k",
        "consumer disable c",
        "grant revoke u/c",
        "user offboard u",
        "consumer revoke --all",
    ] {
        app.run(&format!("{words} --yes --reason \"as requested\"")).ok();
        let last = app.run("audit list --limit 1 --fields reason -o tsv -q").ok().out;
        assert_eq!(last, "as requested\n", "{words}");
    }
    // Commands without effect, and commands that end nothing, need no reason.
    app.run("key revoke k --yes").ok();
    app.run("user enable u").ok();
    app.key("k2", "--scope assets.read");
    app.run("key rotate k2").ok();
}

#[test]
fn default_lifetime_cannot_exceed_the_maximum() {
    let app = App::new();
    app.run("settings set key_default_lifetime 30d").ok();
    app.run("settings set key_max_lifetime 90d").ok();
    let run = app.run("settings set key_default_lifetime never").exits(2);
    assert!(
        run.err.starts_with(
            "error: key_default_lifetime cannot be set: key_default_lifetime (never) would be longer than key_max_lifetime (90d)\n"
        ),
        "{run:?}"
    );
    app.key("k", "--scope assets.read");
}

#[test]
fn repeated_init_is_no_change_after_settings_changed() {
    let app = App::new();
    app.run("settings set issuer https://auth.example.com").ok();
    assert_eq!(app.run("init --base \"Acme Maintenance\" --json").ok().json()["changed"], false);
    app.run("init --base \"Acme Maintenance\" --issuer http://127.0.0.1:8080").exits(4);
}
