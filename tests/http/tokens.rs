//! Token requests of machine clients. Changes that an administrator makes in another process apply to the next request.

use crate::support::App;
use crate::support::process::{Service, basic, ok};

use super::assert_error;

#[test]
fn disabling_and_enabling_a_consumer_applies_at_once() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let bot = app.consumer("inventory-bot", "--scope assets.read");
    let service = Service::start(&app.store());

    let token = service.token(&bot);
    assert_eq!(token.status, 200, "{token:?}");
    assert_eq!(token.json()["token_type"], "Bearer");
    assert_eq!(token.json()["expires_in"], 3600);
    assert_eq!(token.json()["scope"], "assets.read");
    let access_token = token.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(service.introspect(&gateway, &access_token).json()["active"], true);

    ok(&app.store(), &["consumer", "disable", "inventory-bot", "--yes"]);
    assert_eq!(service.introspect(&gateway, &access_token).body, r#"{"active":false}"#);
    assert_error("disabled consumer", &service.token(&bot), 401, "invalid_client");

    ok(&app.store(), &["consumer", "enable", "inventory-bot"]);
    assert_eq!(service.introspect(&gateway, &access_token).json()["active"], true);
    assert_eq!(service.token(&bot).status, 200);
    assert!(service.stop());
}

#[test]
fn keys_and_consumers_get_tokens_by_basic_and_form_body() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read --scope work_orders.write");
    let bot = app.consumer("bot", "--scope assets.read --access-ttl 10m");
    let service = Service::start(&app.store());
    for (client, lifetime, scope) in
        [(&key, 3600, "assets.read work_orders.write"), (&bot, 600, "assets.read")]
    {
        let by_form =
            format!("grant_type=client_credentials&client_id={}&client_secret={}", client.0, client.1);
        for (case, answer) in
            [("basic", service.token(client)), ("form", service.post("/oauth/token", None, &by_form))]
        {
            let case = format!("{case} for {}", client.0);
            assert_eq!(answer.status, 200, "{case}: {answer:?}");
            let body = answer.json();
            assert_eq!(
                (body["token_type"].as_str(), &body["expires_in"]),
                (Some("Bearer"), &lifetime.into()),
                "{case}"
            );
            assert_eq!(body["scope"], scope, "{case}");
            assert!(body.get("refresh_token").is_none(), "{case}");
            for header in ["cache-control: no-store", "pragma: no-cache", "content-type: application/json"] {
                assert!(answer.headers.contains(header), "{header}, {case}: {answer:?}");
            }
        }
    }
}

#[test]
fn a_narrower_scope_is_issued_and_a_wider_one_refused() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    let request = |scope: &str| {
        let body = format!("grant_type=client_credentials&scope={scope}");
        service.post("/oauth/token", Some(&basic(&key)), &body)
    };
    assert_eq!(request("assets.read").json()["scope"], "assets.read");
    assert_eq!(request("").json()["scope"], "assets.read work_orders.write");
    for scope in [
        "assets.read+bogus",
        "bogus",
        "apiconn:introspect",
        "a%22b",
        "%5C",
        "+",
        "assets.read,work_orders.write",
    ] {
        assert_error(scope, &request(scope), 400, "invalid_scope");
    }
}

#[test]
fn a_client_cannot_use_a_grant_type_it_was_not_given() {
    let app = App::in_real_time();
    let run = app
        .run("consumer add field-app --grant authorization_code --redirect-uri https://field.example/cb --scope assets.read")
        .ok();
    let (id, secret) = run.out.trim_end().split_once('\t').unwrap();
    let service = Service::start(&app.store());
    let answer = service.token(&(id.to_owned(), secret.to_owned()));
    assert_error("client credentials", &answer, 400, "unauthorized_client");
    for machine in [app.consumer("bot", "--scope assets.read"), app.key("k", "--scope assets.read")] {
        for body in [
            "grant_type=authorization_code&code=x&code_verifier=x",
            "grant_type=refresh_token&refresh_token=x",
        ] {
            let answer = service.post("/oauth/token", Some(&basic(&machine)), body);
            assert_error(&format!("{body} for {}", machine.0), &answer, 400, "unauthorized_client");
        }
    }
}

#[test]
fn a_token_never_outlives_its_key() {
    let app = App::in_real_time();
    let store = app.store();
    // The real program, since the service uses the system clock and the expiry must be relative to the same clock.
    let out = ok(&store, &["key", "create", "short", "--scope", "assets.read", "--expires", "90s"]);
    let (id, secret) = out.trim_end().split_once('\t').unwrap();
    let service = Service::start(&store);
    let lifetime = service.token(&(id.to_owned(), secret.to_owned())).json()["expires_in"].as_i64().unwrap();
    assert!((1..=90).contains(&lifetime), "{lifetime}");
}

#[test]
fn issued_tokens_survive_a_stop_and_a_kill() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&gateway).json()["access_token"].as_str().unwrap().to_owned();
    assert!(service.stop());
    let service = Service::start(&app.store());
    assert_eq!(service.introspect(&gateway, &token).json()["active"], true);
    drop(service);
    // After SIGKILL too: a token is stored before it is returned.
    let service = Service::start(&app.store());
    assert_eq!(service.introspect(&gateway, &token).json()["active"], true);
}

#[test]
fn plain_http_is_served_only_on_loopback_addresses() {
    let app = App::in_real_time();
    let output = crate::support::process::run(&app.store(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 0.0.0.0:0 is not a loopback address, and this service speaks plain HTTP\n\
         hint: listen on 127.0.0.1 or [::1], behind a proxy on this machine that terminates TLS\n\
         hint: if the proxy is on another machine: add --behind-proxy ADDRESS\n"
    );
}
