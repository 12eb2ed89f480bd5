//! Tokens on the wire obey what the administrator does in another process, at the next request.

use crate::support::App;
use crate::support::process::{Service, basic, ok};

#[test]
fn a_disabled_consumer_is_refused_at_the_next_request_and_enabled_again() {
    let app = App::in_real_time();
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

#[test]
fn r49_r63_r73_a_key_and_a_consumer_get_tokens_by_basic_and_by_form_body() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read --scope work_orders.write");
    let bot = app.consumer("bot", "--scope assets.read --access-ttl 10m");
    let service = Service::start(&app.store());
    for (client, lifetime, scope) in
        [(&key, 3600, "assets.read work_orders.write"), (&bot, 600, "assets.read")]
    {
        let by_form =
            format!("grant_type=client_credentials&client_id={}&client_secret={}", client.0, client.1);
        for answer in [service.token(client), service.post("/oauth/token", None, &by_form)] {
            assert_eq!(answer.status, 200, "{answer:?}");
            let body = answer.json();
            assert_eq!(
                (body["token_type"].as_str(), &body["expires_in"]),
                (Some("Bearer"), &lifetime.into())
            );
            assert_eq!(body["scope"], scope);
            assert!(body.get("refresh_token").is_none());
            assert!(answer.headers.contains("cache-control: no-store"));
            assert!(answer.headers.contains("pragma: no-cache"));
            assert!(answer.headers.contains("content-type: application/json"));
        }
    }
}

#[test]
fn r76_a_narrower_scope_is_given_and_a_wider_one_refused() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    let ask = |scope: &str| {
        let body = format!("grant_type=client_credentials&scope={scope}");
        service.post("/oauth/token", Some(&basic(&key)), &body)
    };
    assert_eq!(ask("assets.read").json()["scope"], "assets.read");
    assert_eq!(ask("").json()["scope"], "assets.read work_orders.write");
    for scope in [
        "assets.read+bogus",
        "bogus",
        "apiconn:introspect",
        "a%22b",
        "%5C",
        "+",
        "assets.read,work_orders.write",
    ] {
        let refused = ask(scope);
        assert_eq!(
            (refused.status, refused.json()["error"].as_str()),
            (400, Some("invalid_scope")),
            "{scope}"
        );
    }
}

#[test]
fn r75_a_client_gets_nothing_in_a_way_that_is_not_its_own() {
    let app = App::in_real_time();
    let run = app
        .run("consumer add field-app --grant authorization_code --redirect-uri https://field.example/cb --scope assets.read")
        .ok();
    let (id, secret) = run.out.trim_end().split_once('\t').unwrap();
    let service = Service::start(&app.store());
    let refused = service.token(&(id.to_owned(), secret.to_owned()));
    assert_eq!((refused.status, refused.json()["error"].as_str()), (400, Some("unauthorized_client")));
    for machine in [app.consumer("bot", "--scope assets.read"), app.key("k", "--scope assets.read")] {
        for body in [
            "grant_type=authorization_code&code=x&code_verifier=x",
            "grant_type=refresh_token&refresh_token=x",
        ] {
            let refused = service.post("/oauth/token", Some(&basic(&machine)), body);
            let error = (refused.status, refused.json()["error"].as_str().unwrap().to_owned());
            assert_eq!(error, (400, "unauthorized_client".to_owned()), "{body}");
        }
    }
}

#[test]
fn a_token_never_outlives_its_key() {
    let app = App::in_real_time();
    let store = app.store();
    // The service has the machine's clock, so the end is given by it too.
    let out = ok(&store, &["key", "create", "short", "--scope", "assets.read", "--expires", "90s"]);
    let (id, secret) = out.trim_end().split_once('\t').unwrap();
    let service = Service::start(&store);
    let lifetime = service.token(&(id.to_owned(), secret.to_owned())).json()["expires_in"].as_i64().unwrap();
    assert!((1..=90).contains(&lifetime), "{lifetime}");
}

#[test]
fn the_service_stops_at_sigterm_and_begins_again_with_what_it_issued() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&watcher).json()["access_token"].as_str().unwrap().to_owned();
    assert!(service.stop());
    let service = Service::start(&app.store());
    assert_eq!(service.introspect(&watcher, &token).json()["active"], true);
    drop(service);
    // Killed, too: what was answered was stored.
    let service = Service::start(&app.store());
    assert_eq!(service.introspect(&watcher, &token).json()["active"], true);
}

#[test]
fn plain_http_is_for_loopback_addresses_alone() {
    let app = App::in_real_time();
    let output = crate::support::process::run(&app.store(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 0.0.0.0:0 is not a loopback address, and this service speaks plain HTTP\n\
         hint: listen on 127.0.0.1 or [::1], and let a proxy that speaks TLS face the network\n\
         hint: if that proxy is on another machine, name it: --behind-proxy ADDRESS\n"
    );
}
