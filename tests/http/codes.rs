//! Authorization codes and PKCE verifiers at the token endpoint (RFC 6749 section 4.1.3, RFC 7636).

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, VERIFIER, pair, query};
use crate::support::process::{Answer, Service, ok};

use super::{REDIRECT, assert_error};

fn start() -> (App, CodeClient, Service, Browser) {
    let (app, consumer, service) = super::start();
    (app, consumer, service, Browser::default())
}

#[track_caller]
fn assert_invalid_grant(case: &str, answer: &Answer) {
    assert_error(case, answer, 400, "invalid_grant");
}

/// Returns the S256 challenge of a verifier, which may be malformed.
fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(apiconn::credentials::digest::sha256(verifier.as_bytes()))
}

/// Exchanges a code with a verifier; an empty one is not sent.
fn redeem(consumer: &CodeClient, service: &Service, code: &str, verifier: &str) -> Answer {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    if !verifier.is_empty() {
        fields.push(("code_verifier", verifier));
    }
    consumer.call(service, "/oauth/token", &fields)
}

#[test]
fn a_code_gives_an_access_token_and_a_refresh_token() {
    let (app, consumer, service, mut browser) = start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
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
    let found = service.introspect(&gateway, &access).json();
    assert_eq!(found["active"], true);
    assert_eq!(found["username"], "tech1");
    assert!(found["sub"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(found["client_id"], consumer.client_id);
    let own = (consumer.client_id.clone(), consumer.secret.clone().unwrap());
    let found = service.introspect(&own, &refresh).json();
    assert_eq!(
        (found["active"].as_bool(), found["token_type"].as_str()),
        (Some(true), Some("refresh_token"))
    );
}

#[test]
fn verifiers_of_minimum_and_maximum_length_are_accepted() {
    let (app, consumer, service, mut browser) = start();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
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
            let answer = redeem(client, &service, &code, &verifier);
            assert_eq!(answer.status, 200, "{length} characters for {}", client.client_id);
        }
    }
}

#[test]
fn a_code_needs_its_own_verifier() {
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
        assert_invalid_grant(verifier, &redeem(&consumer, &service, &code, verifier));
    }
    let empty = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", ""),
    ];
    assert_invalid_grant("empty verifier", &consumer.call(&service, "/oauth/token", &empty));
    // The verifier of another code, which is valid for that code.
    let other = "other-verifier-".repeat(4);
    let path = consumer.path(&[("code_challenge", &challenge(&other))]);
    let location = browser.get(&service, &path).header("location");
    assert_invalid_grant("verifier of another code", &redeem(&consumer, &service, &code, &other));
    assert_eq!(redeem(&consumer, &service, &query(&location)["code"], &other).status, 200);
    assert_eq!(redeem(&consumer, &service, &code, VERIFIER).status, 200);
}

#[test]
fn a_malformed_verifier_is_refused_even_if_its_hash_matches() {
    let (_app, consumer, service, mut browser) = start();
    consumer.code(&service, &mut browser, "tech1");
    for verifier in ["a".repeat(42), "a".repeat(129), "é".repeat(43), format!("{}+", "a".repeat(50))] {
        let path = consumer.path(&[("code_challenge", &challenge(&verifier))]);
        let code = query(&browser.get(&service, &path).header("location"))["code"].clone();
        assert_invalid_grant(&verifier, &redeem(&consumer, &service, &code, &verifier));
    }
}

#[test]
fn a_replayed_code_revokes_its_tokens_and_is_audited() {
    let (app, consumer, service, mut browser) = start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let other = consumer.tokens(&service, &mut browser, "tech1");
    let code = consumer.code(&service, &mut browser, "tech1");
    let (access, refresh) = pair(&consumer.exchange(&service, &code));
    let (later_access, later_refresh) = pair(&consumer.refresh(&service, &refresh));
    assert_invalid_grant("second exchange", &consumer.exchange(&service, &code));
    for token in [&access, &refresh, &later_access, &later_refresh] {
        assert_eq!(service.introspect(&gateway, token).body, r#"{"active":false}"#, "{token}");
    }
    assert_invalid_grant("later refresh token", &consumer.refresh(&service, &later_refresh));
    // Tokens from another code of the same grant stay active.
    assert_eq!(service.introspect(&gateway, &other.0).json()["active"], true);
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.code_replayed");
    assert_eq!(audit["items"][0]["object_name"], "tech1/field-app");
    app.refusal("code_replayed");
}

#[test]
fn parallel_exchanges_of_one_code_succeed_once() {
    let (app, consumer, service, mut browser) = start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    for _ in 0..5 {
        let code = consumer.code(&service, &mut browser, "tech1");
        consumer.race(
            &service,
            &gateway,
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
fn a_code_is_bound_to_its_client_and_redirect_uri() {
    let (app, consumer, service, mut browser) = start();
    let other = app.code_client("other", REDIRECT, "--scope assets.read");
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let code = consumer.code(&service, &mut browser, "tech1");
    for (case, client) in [("other client", &other), ("public client", &public)] {
        assert_invalid_grant(case, &client.exchange(&service, &code));
    }
    let redirected =
        CodeClient { redirect_uri: "https://field.example/other".to_owned(), ..consumer.clone() };
    assert_invalid_grant("other redirect URI", &redirected.exchange(&service, &code));
    // The failed attempts did not consume the code. The redirect URI may be omitted, since PKCE binds the two requests
    // (OAuth 2.1 section 10.2).
    let without =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    assert_eq!(consumer.call(&service, "/oauth/token", &without).status, 200);
    let code = public.code(&service, &mut browser, "tech1");
    assert_invalid_grant("code of a public client", &consumer.exchange(&service, &code));
}

#[test]
fn a_code_is_random_short_lived_and_not_an_access_token() {
    let (app, consumer, service, mut browser) = start();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let body = format!("apcg_{}", "a".repeat(43));
    let well_formed = format!("{body}{}", apiconn::credentials::format::checksum(&body));
    for unknown in ["apcg_unknown", &format!("apcg_{}", "a".repeat(49)), &well_formed] {
        assert_invalid_grant(unknown, &redeem(&consumer, &service, unknown, VERIFIER));
    }
    let missing = consumer.call(&service, "/oauth/token", &[("grant_type", "authorization_code")]);
    assert_error("no code", &missing, 400, "invalid_request");
    let codes =
        [consumer.code(&service, &mut browser, "tech1"), consumer.code(&service, &mut browser, "tech1")];
    assert_ne!(codes[0], codes[1]);
    assert_eq!(codes[0].len(), 54);
    assert_eq!(service.introspect(&gateway, &codes[0]).body, r#"{"active":false}"#);
    assert_eq!(app.number("SELECT max(expires_at - issued_at) FROM authorization_codes"), 60_000);
    app.sql("UPDATE authorization_codes SET expires_at = issued_at");
    assert_invalid_grant("expired code", &consumer.exchange(&service, &codes[0]));
    app.refusal("code_expired");
}

#[test]
fn revocation_after_consent_ends_the_code() {
    for command in ["grant revoke tech1/field-app --yes", "user disable tech1 --yes"] {
        let (app, consumer, service, mut browser) = start();
        let code = consumer.code(&service, &mut browser, "tech1");
        app.run(command).ok();
        assert_invalid_grant(command, &consumer.exchange(&service, &code));
        ok(&app.store(), &["audit", "verify"]);
    }
    let (app, consumer, service, mut browser) = start();
    let code = consumer.code(&service, &mut browser, "tech1");
    app.run("consumer edit field-app --remove-scope work_orders.write").ok();
    assert_eq!(consumer.exchange(&service, &code).json()["scope"], "assets.read");
}
