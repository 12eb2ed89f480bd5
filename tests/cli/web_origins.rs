//! Origins of browser applications, as options of consumers.

use serde_json::{Value, json};

use crate::support::App;

const SPA: &str = "consumer add spa --public --grant authorization_code --redirect-uri https://spa.example/cb --scope assets.read";

fn shown(app: &App) -> Value {
    app.run("consumer show spa --json").ok().json()["consumer"]["web_origins"].take()
}

#[test]
fn web_origins_are_added_removed_and_shown() {
    let app = App::new();
    app.run(&format!(
        "{SPA} --web-origin capacitor://localhost --web-origin https://app.example --web-origin https://app.example"
    ))
    .ok();
    assert_eq!(shown(&app), json!(["capacitor://localhost", "https://app.example"]));
    let list = app.run("consumer list --fields name,web_origins").ok().out;
    assert_eq!(list, "spa\tcapacitor://localhost https://app.example\n");
    let edit =
        "consumer edit spa --add-web-origin ionic://localhost --remove-web-origin https://app.example --json";
    assert_eq!(app.run(edit).ok().json()["changed"], true);
    assert_eq!(app.run(edit).ok().json()["changed"], false);
    assert_eq!(shown(&app), json!(["capacitor://localhost", "ionic://localhost"]));
    let audit = app.run("audit list --json").ok().json();
    assert_eq!(audit["items"][0]["fields"], json!(["web_origins"]));
    assert_eq!(audit["items"][1]["fields"], json!(["name", "scope", "group", "expires_at", "web_origins"]));
    let again = app.run(&format!("{SPA} --if-missing --json")).ok().json();
    assert!(again["warnings"].to_string().contains("web_origins"), "{again}");
}

#[test]
fn malformed_and_needless_web_origins_are_refused() {
    let app = App::new();
    app.run(SPA).ok();
    app.code_client("web", "https://web.example/cb", "--scope assets.read");
    for (origin, why) in [
        ("https://app.example/", "write https://app.example"),
        ("https://App.example", "write https://app.example"),
        ("https://app.example:443", "write https://app.example"),
        ("https://app.example.", "ends with a dot"),
        ("https://*.example", "has a wildcard"),
        ("http://app.example", "use https"),
        ("null", "shared by all sandboxed pages"),
        ("app.example", "is not an origin"),
    ] {
        for command in
            [format!("{SPA} --web-origin {origin}"), format!("consumer edit spa --add-web-origin {origin}")]
        {
            let run = app.run(&command).exits(2);
            assert!(run.err.contains(why), "{command}: {}", run.err);
        }
    }
    let why = "error: web origins are for public consumers: a page cannot keep a secret\n";
    for (command, exit) in [
        ("consumer edit web --add-web-origin https://app.example", 5),
        (
            "consumer add other --grant authorization_code --redirect-uri https://o.example/cb --web-origin https://o.example --scope assets.read",
            2,
        ),
    ] {
        let run = app.run(command).exits(exit);
        assert!(run.err.starts_with(why), "{command}: {}", run.err);
    }
    assert_eq!(shown(&app), json!([]));
}

#[test]
fn an_origin_that_stays_allowed_is_warned_of() {
    let app = App::new();
    app.run(&format!("{SPA} --redirect-uri http://127.0.0.1/cb --web-origin https://app.example --web-origin https://spa.example")).ok();
    let warnings = |origin: &str| {
        let run = app.run(&format!("consumer edit spa --remove-web-origin {origin} --json")).ok().json();
        run["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].clone()).collect::<Vec<_>>()
    };
    // Removed from the list, and still allowed by the redirect URI; then not in the list at all.
    for origin in ["https://spa.example", "https://spa.example", "http://127.0.0.1", "http://127.0.0.1:3000"]
    {
        assert_eq!(warnings(origin), ["origin_of_redirect"], "{origin}");
    }
    for origin in ["https://app.example", "https://app.example", "https://never.example"] {
        assert_eq!(warnings(origin), [""; 0], "{origin}");
    }
    let run = app.run("consumer edit spa --remove-web-origin https://spa.example").ok();
    assert!(
        run.err.contains(
            "an origin that was to be removed is still allowed, because it is the origin of a redirect URI"
        ),
        "{}",
        run.err
    );
}
