//! Each verb is offered what it can act on.

use super::{ask, granted, values};
use crate::support::App;

fn three_of(app: &App, noun: &str) {
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
fn keys_and_consumers_come_in_the_states_that_the_verb_can_change() {
    let app = App::new();
    for noun in ["key", "consumer"] {
        three_of(&app, noun);
        for (verb, offered) in [
            ("disable", &["on"][..]),
            ("enable", &["off"]),
            ("revoke", &["off", "on"]),
            ("rotate", &["off", "on"]),
            ("edit", &["off", "on"]),
            ("show", &["gone", "off", "on"]),
        ] {
            assert_eq!(values(&ask(&app, &format!("{noun} {verb} "))), offered, "{noun} {verb}");
            // By name it is the same as from an empty word.
            let begun: Vec<&str> = offered.iter().copied().filter(|name| name.starts_with('o')).collect();
            assert_eq!(values(&ask(&app, &format!("{noun} {verb} o"))), begun, "{noun} {verb} o");
        }
    }
    assert_eq!(ask(&app, "key enable off").len(), 1);
    assert!(ask(&app, "key enable off")[0].ends_with(", disabled, assets.read, never used"));
    assert!(ask(&app, "key show gone")[0].ends_with(", revoked, assets.read, never used"));
}

#[test]
fn a_freed_name_is_offered_once() {
    let app = App::new();
    let (old, _) = app.key("sync", "--scope assets.read --expires never");
    app.run("key revoke sync --yes").ok();
    let (new, _) = app.key("sync", "--scope assets.read --expires never");
    assert_eq!(ask(&app, "key revoke sy"), [format!("sync\t{new}, assets.read, never used")]);
    // The name leads to the living one alone; the other is found by its id.
    assert_eq!(ask(&app, "key show sy"), [format!("sync\t{new}, assets.read, never used")]);
    assert!(values(&ask(&app, "key show apck_")).contains(&old.as_str()));
}

#[test]
fn users_come_in_the_states_that_the_verb_can_change() {
    let app = App::new();
    app.user("on");
    app.user("off");
    app.run("user disable off --yes").ok();
    assert_eq!(values(&ask(&app, "user disable ")), ["on"]);
    assert_eq!(values(&ask(&app, "user enable ")), ["off"]);
    assert_eq!(values(&ask(&app, "user show ")), ["off", "on"]);
    assert_eq!(values(&ask(&app, "grant add ")), ["on"]);
    assert!(ask(&app, "user show off")[0].ends_with(", disabled"));
}

#[test]
fn only_live_grants_can_be_revoked() {
    let (app, grant) = granted();
    app.run("grant revoke tech1/field-app --yes").ok();
    for word in ["", "grt_", "te", "tech1/"] {
        let revoke = ask(&app, &format!("grant revoke {word}"));
        assert!(!values(&revoke).iter().any(|value| !value.starts_with("--")), "{word}: {revoke:?}");
        assert_eq!(ask(&app, &format!("grant show {word}")).len(), 1, "{word}");
    }
    assert_eq!(
        ask(&app, "grant show te"),
        [format!("tech1/field-app\t{grant}, revoked, assets.read, 3 days ago")]
    );
}
