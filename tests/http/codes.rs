//! Authorization codes and their proof keys at the token endpoint.

use crate::support::App;
use crate::support::browser::{Asking, Browser, VERIFIER, pair, query};
use crate::support::process::{Answer, Service, ok};

const REDIRECT: &str = "https://field.example/cb";

fn start() -> (App, Asking, Service, Browser) {
    let app = App::in_real_time();
    app.user("tech1");
    let consumer = app.asking("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    (app, consumer, service, Browser::default())
}

#[track_caller]
fn refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(error)), "{answer:?}");
}

/// The S256 challenge of a verifier, whatever its form.
fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(apiconn::credentials::digest::sha256(verifier.as_bytes()))
}

fn redeem(consumer: &Asking, service: &Service, code: &str, verifier: &str) -> Answer {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    if !verifier.is_empty() {
        fields.push(("code_verifier", verifier));
    }
    consumer.call(service, "/oauth/token", &fields)
}

#[test]
fn r49_r50_r99_a_code_gives_an_access_token_and_a_refresh_token() {
    let (app, consumer, service, mut browser) = start();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let code = consumer.code(&service, &mut browser, "tech1");
    let answer = consumer.exchange(&service, &code);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(consumer.exchange(&service, "unknown").header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "assets.read work_orders.write");
    let (access, refresh) = pair(&answer);
    assert!(access.starts_with("apca_") && refresh.starts_with("apcr_"));
    let found = service.introspect(&watcher, &access).json();
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "tech1");
    assert!(found["sub"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(found["client_id"], consumer.client_id);
    let found = service.introspect(&watcher, &refresh).json();
    assert_eq!(
        (found["active"].as_bool(), found["token_type"].as_str()),
        (Some(true), Some("refresh_token"))
    );
}

#[test]
fn r30_both_bounds_of_a_verifier_are_taken_for_public_and_confidential_clients() {
    let (app, consumer, service, mut browser) = start();
    let public = app.asking("spa", REDIRECT, "--public --scope assets.read");
    for length in [43, 128] {
        let verifier = "aZ09-._~".repeat(16)[..length].to_owned();
        let challenge = challenge(&verifier);
        for client in [&consumer, &public] {
            let path = client.path(&[("code_challenge", &challenge), ("prompt", "consent")]);
            let mut page = browser.get(&service, &path);
            if page.body.contains("action=\"/login\"") {
                page = browser.sign_in(&service, &page, "tech1");
            }
            let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
            let code = query(&answer.header("location"))["code"].clone();
            assert_eq!(redeem(client, &service, &code, &verifier).status, 200);
        }
    }
}

#[test]
fn r31_to_r35_r39_a_code_is_worth_nothing_without_its_own_verifier() {
    let (_app, consumer, service, mut browser) = start();
    let code = consumer.code(&service, &mut browser, "tech1");
    for verifier in [
        "",
        "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
        &"a".repeat(42),
        &"a".repeat(129),
        &"é".repeat(43),
    ] {
        refused(&redeem(&consumer, &service, &code, verifier), "invalid_grant");
    }
    let empty = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", ""),
    ];
    refused(&consumer.call(&service, "/oauth/token", &empty), "invalid_grant");
    // The verifier of another code, which is good for that one.
    let other = "other-verifier-".repeat(4);
    let path = consumer.path(&[("code_challenge", &challenge(&other))]);
    let location = browser.get(&service, &path).header("location");
    refused(&redeem(&consumer, &service, &code, &other), "invalid_grant");
    assert_eq!(redeem(&consumer, &service, &query(&location)["code"], &other).status, 200);
    assert_eq!(redeem(&consumer, &service, &code, VERIFIER).status, 200);
}

#[test]
fn r39_a_verifier_of_the_wrong_form_is_refused_even_if_its_hash_fits() {
    let (_app, consumer, service, mut browser) = start();
    consumer.code(&service, &mut browser, "tech1");
    for verifier in ["a".repeat(42), "a".repeat(129), "é".repeat(43), format!("{}+", "a".repeat(50))] {
        let path = consumer.path(&[("code_challenge", &challenge(&verifier))]);
        let code = query(&browser.get(&service, &path).header("location"))["code"].clone();
        refused(&redeem(&consumer, &service, &code, &verifier), "invalid_grant");
    }
}

#[test]
fn r40_r41_a_code_that_is_presented_twice_ends_what_it_issued_and_is_told_of() {
    let (app, consumer, service, mut browser) = start();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    let other = consumer.tokens(&service, &mut browser, "tech1");
    let code = consumer.code(&service, &mut browser, "tech1");
    let (access, refresh) = pair(&consumer.exchange(&service, &code));
    let (later_access, later_refresh) = pair(&consumer.refresh(&service, &refresh));
    refused(&consumer.exchange(&service, &code), "invalid_grant");
    for token in [&access, &refresh, &later_access, &later_refresh] {
        assert_eq!(service.introspect(&watcher, token).body, r#"{"active":false}"#);
    }
    refused(&consumer.refresh(&service, &later_refresh), "invalid_grant");
    // What came from another code of the same grant goes on.
    assert_eq!(service.introspect(&watcher, &other.0).json()["active"], true);
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.code_replayed");
    assert_eq!(audit["items"][0]["object_name"], "tech1/field-app");
    app.refusal("code_replayed");
}

#[test]
fn r42_of_parallel_exchanges_of_one_code_one_succeeds() {
    let (app, consumer, service, mut browser) = start();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    for _ in 0..5 {
        let code = consumer.code(&service, &mut browser, "tech1");
        consumer.race(
            &service,
            &watcher,
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", REDIRECT),
                ("code_verifier", VERIFIER),
            ],
        );
    }
    app.run("audit verify").ok();
}

#[test]
fn r43_r44_a_code_is_its_clients_and_its_redirect_uris() {
    let (app, consumer, service, mut browser) = start();
    let other = app.asking("other", REDIRECT, "--scope assets.read");
    let public = app.asking("spa", REDIRECT, "--public --scope assets.read");
    let code = consumer.code(&service, &mut browser, "tech1");
    for stranger in [&other, &public] {
        refused(&stranger.exchange(&service, &code), "invalid_grant");
    }
    let elsewhere = Asking { redirect_uri: "https://field.example/other".to_owned(), ..consumer.clone() };
    refused(&elsewhere.exchange(&service, &code), "invalid_grant");
    // None of this has used it up. Left out, the redirect URI is not missed: the proof key binds the two requests.
    let without =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    assert_eq!(consumer.call(&service, "/oauth/token", &without).status, 200);
    let code = public.code(&service, &mut browser, "tech1");
    refused(&consumer.exchange(&service, &code), "invalid_grant");
}

#[test]
fn r45_to_r48_a_code_is_random_short_lived_and_no_access_token() {
    let (app, consumer, service, mut browser) = start();
    let watcher = app.key("watcher", "--scope apiconn:introspect");
    refused(&redeem(&consumer, &service, "apcg_unknown", VERIFIER), "invalid_grant");
    refused(&redeem(&consumer, &service, &format!("apcg_{}", "a".repeat(49)), VERIFIER), "invalid_grant");
    let random = format!("apcg_{}", "a".repeat(43));
    let random = format!("{random}{}", apiconn::credentials::format::checksum(&random));
    refused(&redeem(&consumer, &service, &random, VERIFIER), "invalid_grant");
    refused(
        &consumer.call(&service, "/oauth/token", &[("grant_type", "authorization_code")]),
        "invalid_request",
    );
    let codes =
        [consumer.code(&service, &mut browser, "tech1"), consumer.code(&service, &mut browser, "tech1")];
    assert_ne!(codes[0], codes[1]);
    assert_eq!(codes[0].len(), 54);
    assert_eq!(service.introspect(&watcher, &codes[0]).body, r#"{"active":false}"#);
    assert_eq!(app.number("SELECT max(expires_at - issued_at) FROM authorization_codes"), 60_000);
    app.sql("UPDATE authorization_codes SET expires_at = issued_at");
    refused(&consumer.exchange(&service, &codes[0]), "invalid_grant");
    app.refusal("code_expired");
}

#[test]
fn what_was_ended_since_the_consent_ends_the_code_too() {
    for ended in ["grant revoke tech1/field-app --yes", "user disable tech1 --yes"] {
        let (app, consumer, service, mut browser) = start();
        let code = consumer.code(&service, &mut browser, "tech1");
        app.run(ended).ok();
        refused(&consumer.exchange(&service, &code), "invalid_grant");
        ok(&app.store(), &["audit", "verify"]);
    }
    let (app, consumer, service, mut browser) = start();
    let code = consumer.code(&service, &mut browser, "tech1");
    app.run("consumer edit field-app --remove-scope work_orders.write").ok();
    assert_eq!(consumer.exchange(&service, &code).json()["scope"], "assets.read");
}
