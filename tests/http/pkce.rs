//! Consumers for which PKCE is optional (RFC 9700 sections 2.1.1 and 4.8.2).

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, VERIFIER, query, requested_scopes};
use crate::support::process::{Answer, Service};

use super::{REDIRECT, assert_error};

/// The changes of a request that remove PKCE.
const WITHOUT: [(&str, &str); 2] = [("code_challenge", ""), ("code_challenge_method", "")];

/// Creates the user `tech1` and a consumer without required PKCE, and starts the service.
fn start() -> (App, CodeClient, Service, Browser) {
    let app = App::in_real_time();
    app.user("tech1");
    let consumer = app.code_client("web", REDIRECT, "--scope assets.read --pkce optional");
    let service = Service::start(&app.store());
    (app, consumer, service, Browser::default())
}

/// Signs in as `tech1`, allows every scope, and returns the answer of the authorization endpoint.
#[track_caller]
fn authorize(
    consumer: &CodeClient,
    service: &Service,
    browser: &mut Browser,
    changes: &[(&str, &str)],
) -> Answer {
    let mut page = browser.get(service, &consumer.path(changes));
    if page.body.contains("action=\"/login\"") {
        page = browser.sign_in(service, &page, "tech1");
    }
    if page.status == 200 {
        let scopes = requested_scopes(&page.body);
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        page = browser.decide(service, &page, "allow", &scopes);
    }
    page
}

#[track_caller]
fn code(consumer: &CodeClient, service: &Service, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
    let answer = authorize(consumer, service, browser, changes);
    query(&answer.header("location"))["code"].clone()
}

/// Exchanges a code; `redirect_uri` and `code_verifier` are sent unless they are empty.
fn exchange(
    consumer: &CodeClient,
    service: &Service,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Answer {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code)];
    fields.extend(
        [("redirect_uri", redirect_uri), ("code_verifier", verifier)]
            .iter()
            .filter(|(_, value)| !value.is_empty()),
    );
    consumer.call(service, "/oauth/token", &fields)
}

/// Returns `error` and `error_description` of a redirect to the client.
#[track_caller]
fn redirected(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    assert!(location.starts_with(REDIRECT), "{location}");
    let parameters = query(&location);
    // The request id follows in parentheses.
    let description = parameters["error_description"].split(" (").next().unwrap().to_owned();
    (parameters["error"].clone(), description)
}

#[test]
fn a_request_without_pkce_is_accepted_if_it_is_optional() {
    let (_app, consumer, service, mut browser) = start();
    let answer = authorize(&consumer, &service, &mut browser, &WITHOUT);
    assert_eq!(query(&answer.header("location"))["state"], "xyz");
    let first = query(&answer.header("location"))["code"].clone();
    let answer = exchange(&consumer, &service, &first, REDIRECT, "");
    assert_eq!((answer.status, answer.json()["scope"].as_str()), (200, Some("assets.read")), "{answer:?}");
    // A second sign-in has the grant already, and shows no page.
    let second = code(&consumer, &service, &mut browser, &WITHOUT);
    assert_eq!(exchange(&consumer, &service, &second, REDIRECT, "").status, 200);
    assert_error("replay", &exchange(&consumer, &service, &second, REDIRECT, ""), 400, "invalid_grant");
}

#[test]
fn a_challenge_that_is_sent_is_enforced() {
    let (_app, consumer, service, mut browser) = start();
    for (method, changes) in [
        ("plain", vec![("code_challenge_method", "plain")]),
        ("absent, which means plain", vec![("code_challenge_method", "")]),
        ("unknown", vec![("code_challenge_method", "S512")]),
        ("malformed", vec![("code_challenge", "short")]),
        ("without challenge", vec![("code_challenge", "")]),
    ] {
        let answer = browser.get(&service, &consumer.path(&changes));
        assert_eq!(redirected(&answer).0, "invalid_request", "{method}");
    }
    let code = code(&consumer, &service, &mut browser, &[]);
    for verifier in ["", &"a".repeat(43), "short"] {
        let answer = exchange(&consumer, &service, &code, REDIRECT, verifier);
        assert_error(verifier, &answer, 400, "invalid_grant");
    }
    assert_eq!(exchange(&consumer, &service, &code, "", VERIFIER).status, 200);
}

#[test]
fn a_verifier_for_a_code_without_challenge_is_refused() {
    let (app, consumer, service, mut browser) = start();
    let code = code(&consumer, &service, &mut browser, &WITHOUT);
    for verifier in [VERIFIER, "short", "x"] {
        let answer = exchange(&consumer, &service, &code, REDIRECT, verifier);
        assert_error(verifier, &answer, 400, "invalid_grant");
    }
    assert_eq!(
        app.refusal("verifier_unexpected")["why"],
        "the consumer web sent a code_verifier, but the code was requested without code_challenge; \
         the challenge may have been removed from the request"
    );
    assert_eq!(exchange(&consumer, &service, &code, REDIRECT, "").status, 200);
}

#[test]
fn a_request_without_pkce_needs_a_state() {
    let (app, consumer, service, mut browser) = start();
    let without = [WITHOUT[0], WITHOUT[1], ("state", "")];
    for path in [consumer.path(&without), format!("{}&state=", consumer.path(&without))] {
        let (error, description) = redirected(&browser.get(&service, &path));
        assert_eq!(
            (error.as_str(), description.as_str()),
            ("invalid_request", "state or code_challenge is missing")
        );
    }
    assert_eq!(
        app.refusal("state_missing")["why"],
        "the consumer web sent neither code_challenge nor state; PKCE is optional for it, \
         and a request without PKCE must contain state"
    );
    assert!(app.refusal("state_missing")["suggested_command"].is_null());
    // With PKCE, `state` stays optional.
    let code = code(&consumer, &service, &mut browser, &[("state", "")]);
    assert_eq!(exchange(&consumer, &service, &code, "", VERIFIER).status, 200);
}

#[test]
fn without_pkce_the_redirect_uri_is_repeated_if_it_was_sent() {
    let (app, consumer, service, mut browser) = start();
    let sent = code(&consumer, &service, &mut browser, &WITHOUT);
    for redirect_uri in ["", "https://field.example/other", "https://field.example/cb/"] {
        let answer = exchange(&consumer, &service, &sent, redirect_uri, "");
        assert_error(redirect_uri, &answer, 400, "invalid_grant");
    }
    assert_eq!(exchange(&consumer, &service, &sent, REDIRECT, "").status, 200);
    // RFC 6749 section 3.1.2.3: the only registered URI may be left out, of both requests.
    let without = [WITHOUT[0], WITHOUT[1], ("redirect_uri", "")];
    for redirect_uri in ["", REDIRECT] {
        let omitted = code(&consumer, &service, &mut browser, &without);
        assert_eq!(exchange(&consumer, &service, &omitted, redirect_uri, "").status, 200, "{redirect_uri:?}");
    }
    app.run("consumer edit web --add-redirect-uri https://field.example/other").ok();
    let sent = code(&consumer, &service, &mut browser, &WITHOUT);
    let answer = exchange(&consumer, &service, &sent, "https://field.example/other", "");
    assert_error("the other registered URI", &answer, 400, "invalid_grant");
}

#[test]
fn a_code_without_pkce_is_bound_to_its_consumer() {
    let (app, consumer, service, mut browser) = start();
    let other = app.code_client("other", REDIRECT, "--scope assets.read --pkce optional");
    let code = code(&consumer, &service, &mut browser, &WITHOUT);
    assert_error("other", &exchange(&other, &service, &code, REDIRECT, ""), 400, "invalid_grant");
    let anonymous = CodeClient { secret: None, ..consumer.clone() };
    assert_error("no secret", &exchange(&anonymous, &service, &code, REDIRECT, ""), 401, "invalid_client");
    assert_eq!(exchange(&consumer, &service, &code, REDIRECT, "").status, 200);
}

#[test]
fn pkce_that_becomes_required_is_required_at_once() {
    let (app, consumer, service, mut browser) = start();
    let issued = code(&consumer, &service, &mut browser, &WITHOUT);
    let page = browser.get(&service, &consumer.path(&[WITHOUT[0], WITHOUT[1], ("prompt", "consent")]));
    assert_eq!(page.status, 200, "{page:?}");
    app.run("consumer edit web --pkce required").ok();
    let answer = exchange(&consumer, &service, &issued, REDIRECT, "");
    assert_error("a code of the time before", &answer, 400, "invalid_grant");
    app.refusal("code_without_challenge");
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    assert_eq!(redirected(&answer).0, "invalid_request");
    assert_eq!(redirected(&browser.get(&service, &consumer.path(&WITHOUT))).0, "invalid_request");
    app.run("consumer edit web --pkce optional").ok();
    assert_eq!(exchange(&consumer, &service, &issued, REDIRECT, "").status, 200);
}

#[test]
fn a_missing_challenge_is_explained_with_the_command_for_it() {
    let app = App::in_real_time();
    let web = app.code_client("web", REDIRECT, "--scope assets.read");
    let spa = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let service = Service::start(&app.store());
    let mut browser = Browser::default();
    let mut refusal = |client: &CodeClient| {
        let answer = browser.get(&service, &client.path(&WITHOUT));
        assert_eq!(
            redirected(&answer),
            ("invalid_request".to_owned(), "code_challenge is missing".to_owned())
        );
        app.refusal(&answer.header("request-id"))
    };
    let confidential = refusal(&web);
    assert_eq!(
        confidential["why"],
        "the consumer web sent no code_challenge, and PKCE is required from it; if its software cannot send one, \
         PKCE can be made optional; the request did not prove to come from the consumer web"
    );
    assert_eq!(confidential["suggested_command"], "apiconn consumer edit web --pkce optional");
    let public = refusal(&spa);
    assert_eq!(
        public["why"],
        "the consumer spa sent no code_challenge, and PKCE is always required from a public consumer"
    );
    assert!(public["suggested_command"].is_null(), "{public}");
    // The suggested command works as it is.
    app.run("consumer edit web --pkce optional").ok();
    assert_eq!(browser.get(&service, &web.path(&WITHOUT)).status, 200);
}
