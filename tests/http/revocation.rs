//! Token revocation (RFC 7009).

use crate::support::App;
use crate::support::browser::{Browser, pair};
use crate::support::process::{Service, basic};

use super::assert_error;

const INACTIVE: &str = r#"{"active":false}"#;

#[test]
fn a_client_revokes_its_own_access_token_at_once() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for hint in
        ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=odd"]
    {
        let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
        let body = format!("token={token}{hint}");
        for _ in 0..2 {
            let answer = service.post("/oauth/revoke", Some(&basic(&key)), &body);
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{body}");
            assert!(answer.headers.contains("content-type: application/json"), "{body}: {answer:?}");
        }
        assert_eq!(service.introspect(&gateway, &token).body, INACTIVE, "{body}");
    }
    let answer = service.post("/oauth/revoke", Some(&basic(&key)), "token=unknown");
    assert_eq!(answer.status, 200);
}

#[test]
fn revoking_a_refresh_token_revokes_its_family() {
    let app = App::in_real_time();
    app.user("tech1");
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let consumer = app.code_client("field-app", "https://field.example/cb", "--scope assets.read");
    let public = app.code_client("spa", "https://field.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (access, refresh) = client.tokens(&service, &mut browser, "tech1");
        let (later, next) = pair(&client.refresh(&service, &refresh));
        assert_eq!(client.call(&service, "/oauth/revoke", &[("token", &next)]).status, 200);
        for token in [&access, &later, &next] {
            assert_eq!(service.introspect(&gateway, token).body, INACTIVE, "{}", client.client_id);
        }
        assert_eq!(client.refresh(&service, &next).json()["error"], "invalid_grant");
    }
}

#[test]
fn revocation_needs_the_authenticated_owner_of_the_token() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let other = app.key("other", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let body = format!("token={token}");
    assert_eq!(service.post("/oauth/revoke", Some(&basic(&other)), &body).status, 200);
    let public = app.code_client("spa", "https://field.example/cb", "--public --scope assets.read");
    assert_eq!(public.call(&service, "/oauth/revoke", &[("token", &token)]).status, 200);
    let wrong = (key.0.clone(), other.1.clone());
    let by_id = format!("{body}&client_id={}", key.0);
    for (case, authorization, body) in [
        ("no credentials", None, &body),
        ("secret of another client", Some(basic(&wrong)), &body),
        ("client_id alone", None, &by_id),
    ] {
        let answer = service.post("/oauth/revoke", authorization.as_deref(), body);
        assert_error(case, &answer, 401, "invalid_client");
    }
    assert_eq!(service.introspect(&gateway, &token).json()["active"], true);
}

#[test]
fn revocation_takes_one_posted_token() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for body in ["", "token=", "token=a&token=a"] {
        let answer = service.post("/oauth/revoke", Some(&basic(&key)), body);
        assert_error(body, &answer, 400, "invalid_request");
    }
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(service.request(method, "/oauth/revoke?token=a", &[], "").status, 405, "{method}");
    }
}

#[test]
fn a_presented_secret_is_revoked_without_authentication() {
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
