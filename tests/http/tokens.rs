//! Tokens on the wire obey what the administrator does in another process, at the next request.

use crate::support::App;
use crate::support::process::{Service, ok};

#[test]
fn a_disabled_consumer_is_refused_at_the_next_request_and_enabled_again() {
    let app = App::new();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let bot = app.consumer("inventory-bot", "--scope assets.read");
    let service = Service::start(&app.store());

    let token = service.token(&bot);
    assert_eq!(token.status, 200, "{token:?}");
    assert_eq!(token.json()["token_type"], "Bearer");
    assert_eq!(token.json()["expires_in"], 3600);
    assert_eq!(token.json()["scope"], "assets.read");
    let access_token = token.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(service.introspect(&watcher, &access_token).json()["active"], true);

    ok(&app.store(), &["consumer", "disable", "inventory-bot", "--yes"]);
    assert_eq!(service.introspect(&watcher, &access_token).body, r#"{"active":false}"#);
    let refused = service.token(&bot);
    assert_eq!((refused.status, refused.json()["error"].as_str()), (401, Some("invalid_client")));

    ok(&app.store(), &["consumer", "enable", "inventory-bot"]);
    assert_eq!(service.introspect(&watcher, &access_token).json()["active"], true);
    assert_eq!(service.token(&bot).status, 200);
    assert!(service.stop());
}
