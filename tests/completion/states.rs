//! Candidates of each verb: the objects in a state that the verb can change.

use super::{candidates, granted, values};
use crate::support::App;

fn add_three(app: &App, noun: &str) {
    for name in ["on", "off", "gone"] {
        match noun {
            "key" => app.key(name, "--scope assets.read --expires never"),
            _ => app.consumer(name, "--scope assets.read"),
        };
    }
    app.run(&format!("{noun} disable off --yes")).ok();
    app.run(&format!("{noun} revoke gone --yes")).ok();
}

#[test]
fn keys_and_consumers_are_offered_by_state() {
    let app = App::new();
    for noun in ["key", "consumer"] {
        add_three(&app, noun);
        for (verb, offered) in [
            ("disable", &["on"][..]),
            ("enable", &["off"]),
            ("revoke", &["off", "on"]),
            ("rotate", &["off", "on"]),
            ("edit", &["off", "on"]),
            ("show", &["gone", "off", "on"]),
        ] {
            assert_eq!(values(&candidates(&app, &format!("{noun} {verb} "))), offered, "{noun} {verb}");
            // A typed prefix gives the same candidates as an empty word.
            let begun: Vec<&str> = offered.iter().copied().filter(|name| name.starts_with('o')).collect();
            assert_eq!(values(&candidates(&app, &format!("{noun} {verb} o"))), begun, "{noun} {verb} o");
        }
    }
    assert_eq!(candidates(&app, "key enable off").len(), 1);
    assert!(candidates(&app, "key enable off")[0].ends_with(", disabled, assets.read, never used"));
    assert!(candidates(&app, "key show gone")[0].ends_with(", revoked, assets.read, never used"));
}

#[test]
fn reused_name_is_offered_once() {
    let app = App::new();
    let (old, _) = app.key("sync", "--scope assets.read --expires never");
    app.run("key revoke sync --yes").ok();
    let (new, _) = app.key("sync", "--scope assets.read --expires never");
    assert_eq!(candidates(&app, "key revoke sy"), [format!("sync\t{new}, assets.read, never used")]);
    // The name refers only to the key that is not revoked; the other one is found by its id.
    assert_eq!(candidates(&app, "key show sy"), [format!("sync\t{new}, assets.read, never used")]);
    assert!(values(&candidates(&app, "key show apck_")).contains(&old.as_str()));
}

#[test]
fn users_are_offered_by_state() {
    let app = App::new();
    app.user("on");
    app.user("off");
    app.run("user disable off --yes").ok();
    assert_eq!(values(&candidates(&app, "user disable ")), ["on"]);
    assert_eq!(values(&candidates(&app, "user enable ")), ["off"]);
    assert_eq!(values(&candidates(&app, "user show ")), ["off", "on"]);
    assert_eq!(values(&candidates(&app, "grant add ")), ["on"]);
    assert!(candidates(&app, "user show off")[0].ends_with(", disabled"));
}

#[test]
fn only_active_grants_are_offered_to_revoke() {
    let (app, grant) = granted();
    app.run("grant revoke tech1/field-app --yes").ok();
    for word in ["", "grt_", "te", "tech1/"] {
        let revoke = candidates(&app, &format!("grant revoke {word}"));
        assert!(!values(&revoke).iter().any(|value| !value.starts_with("--")), "{word}: {revoke:?}");
        assert_eq!(candidates(&app, &format!("grant show {word}")).len(), 1, "{word}");
    }
    assert_eq!(
        candidates(&app, "grant show te"),
        [format!("tech1/field-app\t{grant}, revoked, assets.read, 3 days ago")]
    );
}
