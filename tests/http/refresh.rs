//! Refresh tokens.

use crate::support::App;
use crate::support::browser::{Asking, Browser, pair};
use crate::support::process::{Answer, Service};

const REDIRECT: &str = "https://field.example/cb";

fn start() -> (App, Asking, Service, (String, String)) {
    let app = App::in_real_time();
    app.user("tech1");
    let consumer = app.asking("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    app.key("watcher", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let watcher = app.key("watcher2", "--scope apiconn:introspect");
    (app, consumer, service, watcher)
}

#[track_caller]
fn refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(error)), "{answer:?}");
}

#[test]
fn r78_r79_a_refresh_gives_a_new_pair_for_the_same_user_and_client() {
    let (app, consumer, service, watcher) = start();
    let public = app.asking("spa", REDIRECT, "--public --scope assets.read");
    let mut browser = Browser::default();
    for client in [&consumer, &public] {
        let (access, refresh) = client.tokens(&service, &mut browser, "tech1");
        let answer = client.refresh(&service, &refresh);
        assert_eq!(answer.header("cache-control"), "no-store");
        let (next_access, next_refresh) = pair(&answer);
        assert!(next_access != access && next_refresh != refresh);
        let [before, after] = [&access, &next_access].map(|token| service.introspect(&watcher, token).json());
        assert_eq!(before["active"], true);
        for field in ["sub", "client_id", "username", "scope"] {
            assert_eq!(before[field], after[field]);
        }
    }
}

#[test]
fn r80_r81_a_used_refresh_token_ends_its_family_and_no_other_grant() {
    let (app, consumer, service, watcher) = start();
    app.user("tech2");
    let other = consumer.tokens(&service, &mut Browser::default(), "tech2");
    let (access, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    let (last_access, third) = pair(&consumer.refresh(&service, &second));
    refused(&consumer.refresh(&service, &first), "invalid_grant");
    refused(&consumer.refresh(&service, &third), "invalid_grant");
    for token in [&access, &last_access, &third] {
        assert_eq!(service.introspect(&watcher, token).body, r#"{"active":false}"#);
    }
    assert_eq!(service.introspect(&watcher, &other.0).json()["active"], true);
    pair(&consumer.refresh(&service, &other.1));
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.refresh_token_reused");
    app.refusal("refresh_reused");
}

#[test]
fn reuse_is_known_after_a_restart() {
    let (app, consumer, service, _) = start();
    let (_, first) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let (_, second) = pair(&consumer.refresh(&service, &first));
    drop(service);
    let service = Service::start(&app.store());
    refused(&consumer.refresh(&service, &first), "invalid_grant");
    refused(&consumer.refresh(&service, &second), "invalid_grant");
}

#[test]
fn r82_of_parallel_uses_of_one_refresh_token_one_succeeds() {
    let (app, consumer, service, watcher) = start();
    for _ in 0..5 {
        let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        consumer.race(&service, &watcher, &fields);
    }
    app.run("audit verify").ok();
}

#[test]
fn r83_r84_a_refresh_may_narrow_and_never_widen_and_the_refresh_token_keeps_its_width() {
    let (_app, consumer, service, _) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    let page = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let code = crate::support::browser::query(&answer.header("location"))["code"].clone();
    let (_, narrow) = pair(&consumer.exchange(&service, &code));
    let ask = |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        consumer.call(&service, "/oauth/token", &fields)
    };
    refused(&ask(&narrow, "assets.read work_orders.write"), "invalid_scope");
    refused(&ask(&narrow, "work_orders.write"), "invalid_scope");
    pair(&ask(&narrow, "assets.read"));
    let (_, full) = consumer.tokens(&service, &mut browser, "tech1");
    let answer = ask(&full, "assets.read");
    assert_eq!(answer.json()["scope"], "assets.read");
    let answer = consumer.refresh(&service, &pair(&answer).1);
    assert_eq!(answer.json()["scope"], "assets.read work_orders.write");
}

#[test]
fn r85_r86_a_refresh_token_is_its_clients_and_nothing_else_is_one() {
    let (app, consumer, service, _) = start();
    let other = app.asking("other", REDIRECT, "--scope assets.read");
    let public = app.asking("spa", REDIRECT, "--public --scope assets.read");
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    for stranger in [&other, &public] {
        refused(&stranger.refresh(&service, &refresh), "invalid_grant");
    }
    let mut tampered = refresh.clone();
    tampered.replace_range(10..11, if &refresh[10..11] == "a" { "b" } else { "a" });
    for wrong in [access.as_str(), &tampered, &refresh[..53], &format!("{refresh}x"), "x"] {
        refused(&consumer.refresh(&service, wrong), "invalid_grant");
    }
    refused(&consumer.call(&service, "/oauth/token", &[("grant_type", "refresh_token")]), "invalid_request");
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn r87_an_idle_refresh_token_expires() {
    let (app, consumer, service, _) = start();
    app.run("settings set refresh_token_lifetime 1d").ok();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    app.sql("UPDATE tokens SET expires_at = issued_at WHERE kind = 'refresh'");
    refused(&consumer.refresh(&service, &refresh), "invalid_grant");
}

#[test]
fn whatever_the_administrator_ends_ends_the_refresh_token() {
    for (ended, error) in [
        ("grant revoke tech1/field-app --yes", (400, "invalid_grant")),
        ("user disable tech1 --yes", (400, "invalid_grant")),
        ("user offboard tech1 --yes", (400, "invalid_grant")),
        ("consumer disable field-app --yes", (401, "invalid_client")),
        ("consumer revoke field-app --yes", (401, "invalid_client")),
    ] {
        let (app, consumer, service, watcher) = start();
        let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
        app.run(ended).ok();
        let answer = consumer.refresh(&service, &refresh);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (error.0, Some(error.1)), "{ended}");
        assert_eq!(service.introspect(&watcher, &access).body, r#"{"active":false}"#, "{ended}");
    }
}

#[test]
fn a_rotation_in_a_hurry_ends_access_tokens_and_signs_nobody_out() {
    let (app, mut consumer, service, watcher) = start();
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let run = app.run("consumer rotate field-app --now --yes -o tsv").ok();
    assert_eq!(service.introspect(&watcher, &access).body, r#"{"active":false}"#);
    assert_eq!(consumer.refresh(&service, &refresh).status, 401);
    consumer.secret = Some(run.out.trim_end().rsplit('\t').next().unwrap().to_owned());
    pair(&consumer.refresh(&service, &refresh));
}

#[test]
fn the_use_of_a_grant_is_shown_after_the_minute_or_the_end_of_the_service() {
    let (app, consumer, service, _) = start();
    let (_, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    pair(&consumer.refresh(&service, &refresh));
    let shown = || app.run("grant show tech1/field-app -o json").ok().json()["grant"]["last_used_at"].clone();
    assert!(shown().is_null());
    assert!(service.stop());
    assert!(shown().is_string());
}
