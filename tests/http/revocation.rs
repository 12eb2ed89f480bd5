//! Revocation (RFC 7009).

use crate::support::App;
use crate::support::browser::{Browser, pair};
use crate::support::process::{Service, basic};

const INACTIVE: &str = r#"{"active":false}"#;

#[test]
fn r88_r90_r93_a_client_ends_its_own_access_token_at_once() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for hint in
        ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=odd"]
    {
        let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
        let body = format!("token={token}{hint}");
        for _ in 0..2 {
            let answer = service.post("/oauth/revoke", Some(&basic(&key)), &body);
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
            assert!(answer.headers.contains("content-type: application/json"));
        }
        assert_eq!(service.introspect(&watcher, &token).body, INACTIVE);
    }
    let answer = service.post("/oauth/revoke", Some(&basic(&key)), "token=unknown");
    assert_eq!(answer.status, 200);
}

#[test]
fn r89_a_refresh_token_takes_its_family_along() {
    let app = App::in_real_time();
    app.user("tech1");
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let consumer = app.asking("field-app", "https://field.example/cb", "--scope assets.read");
    let public = app.asking("spa", "https://field.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (access, refresh) = client.tokens(&service, &mut browser, "tech1");
        let (later, next) = pair(&client.refresh(&service, &refresh));
        assert_eq!(client.call(&service, "/oauth/revoke", &[("token", &next)]).status, 200);
        for token in [&access, &later, &next] {
            assert_eq!(service.introspect(&watcher, token).body, INACTIVE);
        }
        assert_eq!(client.refresh(&service, &next).json()["error"], "invalid_grant");
    }
}

#[test]
fn r91_r92_another_clients_token_stays_and_the_caller_says_who_it_is() {
    let app = App::in_real_time();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let other = app.key("other", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let body = format!("token={token}");
    assert_eq!(service.post("/oauth/revoke", Some(&basic(&other)), &body).status, 200);
    let public = app.asking("spa", "https://field.example/cb", "--public --scope assets.read");
    assert_eq!(public.call(&service, "/oauth/revoke", &[("token", &token)]).status, 200);
    let wrong = (key.0.clone(), other.1.clone());
    let by_id = format!("{body}&client_id={}", key.0);
    for (authorization, body) in [(None, &body), (Some(basic(&wrong)), &body), (None, &by_id)] {
        let answer = service.post("/oauth/revoke", authorization.as_deref(), body);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")));
    }
    assert_eq!(service.introspect(&watcher, &token).json()["active"], true);
}

#[test]
fn r94_the_token_is_there_once_and_posted() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for body in ["", "token=", "token=a&token=a"] {
        let answer = service.post("/oauth/revoke", Some(&basic(&key)), body);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")));
    }
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(service.request(method, "/oauth/revoke?token=a", &[], "").status, 405, "{method}");
    }
}

#[test]
fn whoever_holds_a_secret_may_end_it_and_that_alone() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let answer = service.post("/oauth/revoke", None, &format!("token={}", key.1));
    assert_eq!(answer.status, 200);
    assert_eq!(service.token(&key).status, 401);
    assert_eq!(app.run("key show k -o json").ok().json()["key"]["state"], "active");
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "key.revoke_secret");
    assert_eq!(audit["items"][0]["reason"], "the secret itself was presented");
    let secret = app.run("key rotate k -o tsv").ok().out.trim_end().rsplit('\t').next().unwrap().to_owned();
    assert_eq!(service.token(&(key.0, secret)).status, 200);
}
