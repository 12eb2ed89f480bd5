//! Introspection (RFC 7662).

use crate::support::App;
use crate::support::browser::{Browser, CodeClient};
use crate::support::process::{Answer, Service, basic, ok};

use super::assert_error;

#[test]
fn a_live_token_reports_its_client_scope_and_times() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let answer = service.introspect(&gateway, &token);
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains("cache-control: no-store"));
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!(body["active"], true);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["client_id"], key.0);
    assert_eq!(body["sub"], key.0);
    assert_eq!(body["scope"], "assets.read");
    assert_eq!(body["iss"], "http://127.0.0.1:8080");
    assert_eq!(body["base"], "Acme Maintenance");
    assert_eq!(body["environment"], "test");
    assert_eq!(body["exp"].as_i64().unwrap() - body["iat"].as_i64().unwrap(), 3600);
    assert!(body.get("username").is_none());
}

#[test]
fn the_secret_of_a_key_is_introspected_too() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read --expires 2096-01-01");
    let service = Service::start(&app.store());
    let body = service.introspect(&gateway, &key.1).json();
    assert_eq!(body["active"], true);
    assert_eq!(body["client_id"], key.0);
    assert_eq!(body["exp"], 3_976_214_400_i64);
    assert!(body.get("token_type").is_none());
    ok(&app.store(), &["key", "revoke", "k", "--yes"]);
    assert_eq!(service.introspect(&gateway, &key.1).body, r#"{"active":false}"#);
}

#[test]
fn tokens_that_are_not_live_are_reported_only_as_inactive() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let [expired, revoked] =
        [(); 2].map(|()| service.token(&gateway).json()["access_token"].as_str().unwrap().to_owned());
    app.sql("UPDATE tokens SET expires_at = issued_at WHERE seq = 1");
    service.post("/oauth/revoke", Some(&basic(&gateway)), &format!("token={revoked}"));
    let well_formed = |prefix: &str| {
        let body = format!("{prefix}{}", "a".repeat(43));
        format!("{body}{}", apiconn::credentials::format::checksum(&body))
    };
    for token in [
        expired.as_str(),
        &revoked,
        "x",
        "apca_short",
        &well_formed("apca_"),
        &well_formed("apcr_"),
        &well_formed("apcg_"),
        &"z".repeat(10_000),
        "%F0%9F%94%91",
    ] {
        let answer = service.introspect(&gateway, token);
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"active":false}"#), "{token}");
    }
}

#[test]
fn introspection_needs_an_authenticated_and_allowed_caller() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let public = app.code_client("spa", "https://field.example/cb", "--public --scope assets.read");
    let body = format!("token={token}");
    for (case, authorization, body) in [
        ("no credentials", None, body.clone()),
        ("wrong secret", Some(basic(&(key.0.clone(), format!("{}x", key.1)))), body.clone()),
        ("bearer token", Some(format!("Bearer {token}")), body.clone()),
        ("public client", None, format!("{body}&client_id={}", public.client_id)),
        ("bearer token in the body", None, format!("{body}&access_token={token}")),
    ] {
        let answer = service.post("/oauth/introspect", authorization.as_deref(), &body);
        assert_error(case, &answer, 401, "invalid_client");
    }
}

const INACTIVE: &str = r#"{"active":false}"#;
const CALLBACK: &str = "https://field.example/cb";

/// Returns the id and secret of a confidential client.
fn credentials(client: &CodeClient) -> (String, String) {
    (client.client_id.clone(), client.secret.clone().unwrap())
}

#[test]
fn a_client_introspects_its_own_tokens_without_a_scope() {
    let app = App::in_real_time();
    app.user("tech1");
    let key = app.key("k", "--scope assets.read");
    let bot = app.consumer("bot", "--scope assets.read");
    let consumer = app.code_client("field-app", CALLBACK, "--scope assets.read");
    let public = app.code_client("spa", CALLBACK, "--public --scope assets.read");
    let service = Service::start(&app.store());
    for client in [&key, &bot] {
        let token = service.token(client).json()["access_token"].as_str().unwrap().to_owned();
        let body = service.introspect(client, &token).json();
        assert_eq!((&body["active"], &body["client_id"]), (&true.into(), &client.0.as_str().into()));
        assert_eq!(service.introspect(client, &client.1).body, INACTIVE, "its secret is no token");
        let revoked = service.post("/oauth/revoke", Some(&basic(client)), &format!("token={token}"));
        assert_eq!(revoked.status, 200);
        assert_eq!(service.introspect(client, &token).body, INACTIVE);
    }
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let own = credentials(&consumer);
    for (token, kind) in [(&access, "Bearer"), (&refresh, "refresh_token")] {
        let body = service.introspect(&own, token).json();
        assert_eq!((&body["active"], &body["token_type"]), (&true.into(), &kind.into()));
        assert_eq!(body["username"], "tech1");
    }
    ok(&app.store(), &["grant", "revoke", "tech1/field-app", "--yes"]);
    for token in [&access, &refresh] {
        assert_eq!(service.introspect(&own, token).body, INACTIVE);
    }
    // A public client cannot prove to be the client of its tokens.
    let (access, refresh) = public.tokens(&service, &mut Browser::default(), "tech1");
    for token in [&access, &refresh] {
        let body = format!("token={token}&client_id={}", public.client_id);
        let answer = service.post("/oauth/introspect", None, &body);
        assert_error("public client", &answer, 401, "invalid_client");
    }
}

#[test]
fn only_a_key_with_the_scope_introspects_other_clients() {
    let app = App::in_real_time();
    app.user("tech1");
    app.run("group add gateways --scope apiconn:introspect").ok();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let grouped = app.key("grouped", "--group gateways");
    let key = app.key("k", "--scope assets.read");
    let bot = app.consumer("bot", "--scope assets.read");
    let third = app.consumer("third", "--scope assets.read");
    // The scope of an earlier time gives a consumer no right.
    app.sql("UPDATE clients SET scope = 'apiconn:introspect' WHERE name = 'third'");
    let consumer = app.code_client("field-app", CALLBACK, "--scope assets.read");
    let service = Service::start(&app.store());
    let token = |client| service.token(client).json()["access_token"].as_str().unwrap().to_owned();
    let of_key = token(&key);
    let of_bot = token(&bot);
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let of_consumer = credentials(&consumer);
    for caller in [&gateway, &grouped] {
        for credential in [&of_key, &of_bot, &access, &key.1, &caller.1] {
            assert_eq!(service.introspect(caller, credential).json()["active"], true, "{credential}");
        }
        for credential in [&refresh, &bot.1, &third.1, &of_consumer.1] {
            assert_eq!(service.introspect(caller, credential).body, INACTIVE, "{credential}");
        }
    }
    for caller in [&key, &bot, &third, &of_consumer] {
        let own: &[&String] = match caller {
            _ if caller == &key => &[&of_key],
            _ if caller == &bot => &[&of_bot],
            _ if caller == &of_consumer => &[&access, &refresh],
            _ => &[],
        };
        for credential in [&of_key, &of_bot, &access, &refresh, &key.1, &bot.1, &third.1, &gateway.1] {
            let answer = service.introspect(caller, credential);
            let active = own.contains(&credential);
            assert_eq!((answer.status, answer.body != INACTIVE), (200, active), "{} {credential}", caller.0);
        }
    }
}

#[test]
fn a_missing_scope_is_shown_to_the_administrator_alone() {
    let app = App::in_real_time();
    app.run("group add readers --scope assets.read").ok();
    let key = app.key("k", "--scope assets.read");
    let nightly = app.key("nightly", "--group readers");
    let bot = app.consumer("bot", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let ids = |answer: &Answer| {
        assert_eq!((answer.status, &*answer.body), (200, INACTIVE));
        answer.header("request-id")
    };
    let [of_key, of_bot] = [&nightly, &bot].map(|caller| ids(&service.introspect(caller, &token)));
    let unknown = ids(&service.introspect(&nightly, "x"));
    assert!(service.stop());
    let shown = |id: &str| app.run(&format!("refusal show {id} -o json")).ok().json()["refusal"].take();
    let [of_key, of_bot] = [shown(&of_key), shown(&of_bot)];
    assert_eq!(
        of_key["why"],
        "the key nightly introspected a valid credential that is not one of its own tokens, and got the answer that it is inactive: it lacks the scope apiconn:introspect, which its group readers does not have either"
    );
    assert_eq!(of_key["suggested_command"], "apiconn key edit nightly --add-scope apiconn:introspect");
    assert_eq!(
        (&of_key["endpoint"], &of_key["error"]),
        (&"/oauth/introspect".into(), &serde_json::Value::Null)
    );
    assert_eq!(
        of_bot["why"],
        "the consumer bot introspected a valid credential that is not one of its own tokens, and got the answer that it is inactive: only a key with the scope apiconn:introspect may"
    );
    assert_eq!(of_bot["suggested_command"], "apiconn key create introspection --scope apiconn:introspect");
    app.run(&format!("refusal show {unknown}")).exits(3);
}

#[test]
fn introspection_takes_one_posted_token_and_any_hint() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&gateway).json()["access_token"].as_str().unwrap().to_owned();
    let introspect = |body: &str| service.post("/oauth/introspect", Some(&basic(&gateway)), body);
    for body in ["", "token=", &format!("token={token}&token={token}")] {
        assert_error(body, &introspect(body), 400, "invalid_request");
    }
    for hint in ["refresh_token", "api_key", "nonsense"] {
        let answer = introspect(&format!("token={token}&token_type_hint={hint}"));
        assert_eq!(answer.json()["active"], true, "{hint}");
    }
    assert_eq!(service.request("GET", &format!("/oauth/introspect?token={token}"), &[], "").status, 405);
}

#[test]
fn bearer_tokens_do_not_open_the_services_own_endpoints() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&gateway).json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let body = format!("token={token}");
    // These endpoints need client authentication; a bearer token is not accepted, even with the introspection scope.
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        for (path, authorization) in [
            (path.to_owned(), None),
            (path.to_owned(), Some(bearer.as_str())),
            (format!("{path}?access_token={token}"), None),
        ] {
            let answer = service.post(&path, authorization, &body);
            let case = format!("{path} with {authorization:?}");
            assert_error(&case, &answer, 401, "invalid_client");
            assert_eq!(answer.header("www-authenticate"), "Basic realm=\"apiconn\"", "{case}");
        }
    }
    // The account page needs a session.
    for (path, headers) in [
        ("/account/applications".to_owned(), vec![("Authorization", bearer.as_str())]),
        (format!("/account/applications?access_token={token}"), vec![]),
    ] {
        let answer = service.request("GET", &path, &headers, "");
        assert_eq!((answer.status, answer.header("location")), (303, "/login".to_owned()), "{path}");
    }
    assert_eq!(service.introspect(&gateway, &token).json()["active"], true);
}
