//! Refresh tokens: rotation, reuse, scope and expiry (RFC 6749 section 6, RFC 9700 section 4.14).

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, pair};
use crate::support::process::{Answer, Service};

use super::{REDIRECT, assert_error};

fn start() -> (App, CodeClient, Service, (String, String)) {
    let (app, consumer, service) = super::start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    (app, consumer, service, gateway)
}

#[track_caller]
fn assert_invalid_grant(case: &str, answer: &Answer) {
    assert_error(case, answer, 400, "invalid_grant");
}

#[test]
fn a_refresh_gives_a_new_pair_for_the_same_user_and_client() {
    let (app, consumer, service, gateway) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (access, refresh) = client.tokens(&service, &mut browser, "tech1");
        let answer = client.refresh(&service, &refresh);
        assert_eq!(answer.header("cache-control"), "no-store");
        let (next_access, next_refresh) = pair(&answer);
        assert!(next_access != access && next_refresh != refresh, "{}", client.client_id);
        let [before, after] = [&access, &next_access].map(|token| service.introspect(&gateway, token).json());
        assert_eq!(before["active"], true);
        for field in ["sub", "client_id", "username", "scope"] {
            assert_eq!(before[field], after[field], "{field} of {}", client.client_id);
        }
    }
}

#[test]
fn a_reused_refresh_token_revokes_its_family_only() {
    let (app, consumer, service, gateway) = start();
    app.user("tech2");
    let other = consumer.tokens(&service, &mut Browser::default(), "tech2");
    let (access, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    let (last_access, third) = pair(&consumer.refresh(&service, &second));
    assert_invalid_grant("reused token", &consumer.refresh(&service, &first));
    assert_invalid_grant("newest token", &consumer.refresh(&service, &third));
    for token in [&access, &last_access, &third] {
        assert_eq!(service.introspect(&gateway, token).body, r#"{"active":false}"#, "{token}");
    }
    assert_eq!(service.introspect(&gateway, &other.0).json()["active"], true);
    pair(&consumer.refresh(&service, &other.1));
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.refresh_token_reused");
    app.refusal("refresh_reused");
}

#[test]
fn reuse_is_detected_after_a_restart() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    drop(service);
    let service = Service::start(&app.store());
    assert_invalid_grant("reused token", &consumer.refresh(&service, &first));
    assert_invalid_grant("newest token", &consumer.refresh(&service, &second));
}

#[test]
fn parallel_uses_of_one_refresh_token_succeed_once() {
    let (app, consumer, service, gateway) = start();
    for _ in 0..5 {
        let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        consumer.race(&service, &gateway, &fields);
    }
    app.run("audit verify").ok();
}

#[test]
fn a_refresh_may_narrow_the_scope_but_never_widen_it() {
    let (_app, consumer, service, _) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    let page = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let code = crate::support::browser::query(&answer.header("location"))["code"].clone();
    let (_, narrow) = pair(&consumer.exchange(&service, &code));
    let refresh = |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        consumer.call(&service, "/oauth/token", &fields)
    };
    for scope in ["assets.read work_orders.write", "work_orders.write"] {
        assert_error(scope, &refresh(&narrow, scope), 400, "invalid_scope");
    }
    pair(&refresh(&narrow, "assets.read"));
    let (_, full) = consumer.tokens(&service, &mut browser, "tech1");
    let answer = refresh(&full, "assets.read");
    assert_eq!(answer.json()["scope"], "assets.read");
    // The new refresh token keeps the scope of the grant.
    let answer = consumer.refresh(&service, &pair(&answer).1);
    assert_eq!(answer.json()["scope"], "assets.read work_orders.write");
}

#[test]
fn a_refresh_token_is_bound_to_its_client() {
    let (app, consumer, service, _) = start();
    let other = app.code_client("other", REDIRECT, "--scope assets.read");
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    for (case, client) in [("other client", &other), ("public client", &public)] {
        assert_invalid_grant(case, &client.refresh(&service, &refresh));
    }
    let mut tampered = refresh.clone();
    tampered.replace_range(10..11, if &refresh[10..11] == "a" { "b" } else { "a" });
    for wrong in [access.as_str(), &tampered, &refresh[..53], &format!("{refresh}x"), "x"] {
        assert_invalid_grant(wrong, &consumer.refresh(&service, wrong));
    }
    let missing = consumer.call(&service, "/oauth/token", &[("grant_type", "refresh_token")]);
    assert_error("no refresh token", &missing, 400, "invalid_request");
    // The failed attempts did not consume the token.
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn an_idle_refresh_token_expires() {
    let (app, consumer, service, _) = start();
    app.run("settings set refresh_token_lifetime 1d").ok();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    app.sql("UPDATE tokens SET expires_at = issued_at WHERE kind = 'refresh'");
    assert_invalid_grant("expired token", &consumer.refresh(&service, &refresh));
}

#[test]
fn revoking_or_disabling_ends_the_refresh_token() {
    for (command, status, error) in [
        ("grant revoke tech1/field-app --yes", 400, "invalid_grant"),
        ("user disable tech1 --yes", 400, "invalid_grant"),
        ("user offboard tech1 --yes", 400, "invalid_grant"),
        ("consumer disable field-app --yes", 401, "invalid_client"),
        ("consumer revoke field-app --yes", 401, "invalid_client"),
    ] {
        let (app, consumer, service, gateway) = start();
        let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        app.run(command).ok();
        assert_error(command, &consumer.refresh(&service, &refresh), status, error);
        assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#, "{command}");
    }
}

#[test]
fn an_immediate_rotation_ends_access_tokens_only() {
    let (app, mut consumer, service, gateway) = start();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let run = app.run("consumer rotate field-app --now --yes -o tsv").ok();
    assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#);
    assert_eq!(consumer.refresh(&service, &refresh).status, 401);
    consumer.secret = Some(run.out.trim_end().rsplit('\t').next().unwrap().to_owned());
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn use_of_a_grant_is_recorded_when_the_service_stops() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    pair(&consumer.refresh(&service, &refresh));
    let last_used_at =
        || app.run("grant show tech1/field-app -o json").ok().json()["grant"]["last_used_at"].clone();
    // Use is written once a minute, and when the service stops.
    assert!(last_used_at().is_null());
    assert!(service.stop());
    assert!(last_used_at().is_string());
}
