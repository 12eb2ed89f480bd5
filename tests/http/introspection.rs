//! Introspection (RFC 7662). The numbers in the names of tests are those of the list of requirements that the service is held to.

use crate::support::App;
use crate::support::process::{Service, basic, ok};

#[test]
fn r95_r77_a_live_token_says_what_it_is() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let answer = service.introspect(&watcher, &token);
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
fn an_api_secret_is_introspected_too() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read --expires 2096-01-01");
    let service = Service::start(&app.store());
    let body = service.introspect(&watcher, &key.1).json();
    assert_eq!(body["active"], true);
    assert_eq!(body["client_id"], key.0);
    assert_eq!(body["exp"], 3_976_214_400_i64);
    assert!(body.get("token_type").is_none());
    ok(&app.store(), &["key", "revoke", "k", "--yes"]);
    assert_eq!(service.introspect(&watcher, &key.1).body, r#"{"active":false}"#);
}

#[test]
fn r96_r48_whatever_is_not_live_is_inactive_and_nothing_more() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let [expired, revoked] =
        [(); 2].map(|()| service.token(&watcher).json()["access_token"].as_str().unwrap().to_owned());
    app.sql("UPDATE tokens SET expires_at = issued_at WHERE seq = 1");
    service.post("/oauth/revoke", Some(&basic(&watcher)), &format!("token={revoked}"));
    let checked = |prefix: &str| {
        let body = format!("{prefix}{}", "a".repeat(43));
        format!("{body}{}", apiconn::credentials::format::checksum(&body))
    };
    for token in [
        expired.as_str(),
        &revoked,
        "x",
        "apca_short",
        &checked("apca_"),
        &checked("apcr_"),
        &checked("apcg_"),
        &"z".repeat(10_000),
        "%F0%9F%94%91",
    ] {
        let answer = service.introspect(&watcher, token);
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"active":false}"#), "{token}");
    }
}

#[test]
fn r97_the_caller_is_authenticated_and_allowed() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let unallowed = service.introspect(&key, &token);
    assert_eq!((unallowed.status, unallowed.json()["error"].as_str()), (403, Some("insufficient_scope")));
    let public = app.asking("spa", "https://field.example/cb", "--public --scope assets.read");
    let body = format!("token={token}");
    for (authorization, body) in [
        (None, body.clone()),
        (Some(basic(&(key.0.clone(), format!("{}x", key.1)))), body.clone()),
        (Some(format!("Bearer {token}")), body.clone()),
        (None, format!("{body}&client_id={}", public.client_id)),
        (None, format!("{body}&access_token={token}")),
    ] {
        let answer = service.post("/oauth/introspect", authorization.as_deref(), &body);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")), "{body}");
    }
}

#[test]
fn r98_the_token_is_there_once_and_a_hint_is_a_hint() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&watcher).json()["access_token"].as_str().unwrap().to_owned();
    let ask = |body: &str| service.post("/oauth/introspect", Some(&basic(&watcher)), body);
    for body in ["", "token=", &format!("token={token}&token={token}")] {
        let answer = ask(body);
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (400, Some("invalid_request")),
            "{body}"
        );
    }
    for hint in ["refresh_token", "api_key", "nonsense"] {
        assert_eq!(ask(&format!("token={token}&token_type_hint={hint}")).json()["active"], true);
    }
    assert_eq!(service.request("GET", &format!("/oauth/introspect?token={token}"), &[], "").status, 405);
}

#[test]
fn r100_a_bearer_token_opens_nothing_of_our_own_and_no_query_carries_one() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let token = service.token(&watcher).json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let body = format!("token={token}");
    // What is protected here is protected by a client's secret, and says so; a token with the right scope is none.
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        for (path, authorization) in [
            (path.to_owned(), None),
            (path.to_owned(), Some(bearer.as_str())),
            (format!("{path}?access_token={token}"), None),
        ] {
            let answer = service.post(&path, authorization, &body);
            assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")));
            assert_eq!(answer.header("www-authenticate"), "Basic realm=\"apiconn\"");
        }
    }
    // A person's own page wants a session.
    for (path, headers) in [
        ("/account/applications".to_owned(), vec![("Authorization", bearer.as_str())]),
        (format!("/account/applications?access_token={token}"), vec![]),
    ] {
        let answer = service.request("GET", &path, &headers, "");
        assert_eq!((answer.status, answer.header("location")), (303, "/login".to_owned()));
    }
    assert_eq!(service.introspect(&watcher, &token).json()["active"], true);
}
