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
    for command in [
        "consumer edit web --add-web-origin https://app.example",
        "consumer add other --grant authorization_code --redirect-uri https://o.example/cb --web-origin https://o.example --scope assets.read",
    ] {
        let run = app.run(command).exits(2);
        assert!(run.err.starts_with(why), "{command}: {}", run.err);
    }
    assert_eq!(shown(&app), json!([]));
}
