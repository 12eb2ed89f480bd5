//! The consent form: nothing is stored before the decision, a decision counts once, and the form is valid in one session and
//! for ten minutes.

use apiconn::credentials::seal::seal;
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::{Clock as _, SystemClock};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, form, hidden, pair, query};
use crate::support::process::{Answer, Service};

use super::{REDIRECT, start};

/// The label of the seals of consent forms, as it is documented.
const LABEL: &str = "apiconn consent form";
const ALL: &[&str] = &["assets.read", "work_orders.write"];

/// Signs in and returns the browser with the consent page.
fn consent_page(service: &Service, consumer: &CodeClient) -> (Browser, Answer) {
    let mut browser = Browser::default();
    let page = browser.get(service, &consumer.path(&[]));
    let page = browser.sign_in(service, &page, "tech1");
    assert_eq!(page.status, 200, "{page:?}");
    (browser, page)
}

/// Returns the sealed form of a consent page.
fn sealed(page: &Answer) -> String {
    hidden(&page.body, "/consent")[0].1.clone()
}

/// Returns the payload of a sealed form as a query.
fn payload(sealed: &str) -> String {
    let payload = sealed.split_once('.').unwrap().1;
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Seals a payload with the session cookie of a browser, as the service does.
fn seal_for(browser: &Browser, payload: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let cookie = SecretText::new(browser.cookies["apiconn-session"].clone());
    format!("{}.{payload}", seal(&cookie, LABEL, &payload))
}

/// Returns the payload as if the page had been shown `seconds` ago.
fn shown_before(payload: &str, seconds: i64) -> String {
    let at = SystemClock.now().millis() - seconds * 1000;
    let rest = payload.split_once('&').unwrap().1;
    assert!(payload.starts_with("shown_at="), "{payload}");
    format!("shown_at={at}&{rest}")
}

fn decide(browser: &mut Browser, service: &Service, sealed: &str, decision: &str) -> Answer {
    browser.post(service, "/consent", &[("form", sealed), ("decision", decision), ("scope", "assets.read")])
}

#[track_caller]
fn assert_stale(case: &str, answer: &Answer) {
    assert_eq!(answer.status, 403, "{case}: {answer:?}");
    assert!(answer.header_values("location").is_empty(), "{case}: {answer:?}");
    assert!(answer.body.contains("This page is out of date"), "{case}: {answer:?}");
}

#[test]
fn a_consent_page_stores_no_row_before_the_decision() {
    let (app, consumer, service) = start();
    let (mut browser, _) = consent_page(&service, &consumer);
    let tables = "SELECT (SELECT count(*) FROM consent_decisions) + (SELECT count(*) FROM authorization_codes) \
                  + (SELECT count(*) FROM audit) + (SELECT count(*) FROM grants) + (SELECT count(*) FROM sessions)";
    let (rows, pages) = (app.number(tables), app.number("PRAGMA page_count"));
    let state = "s".repeat(5000);
    for _ in 0..300 {
        assert_eq!(browser.get(&service, &consumer.path(&[("state", &state)])).status, 200);
    }
    assert_eq!((app.number(tables), app.number("PRAGMA page_count")), (rows, pages));
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 0);
}

#[test]
fn a_consent_form_is_answered_once() {
    for (first, then) in [("allow", "allow"), ("allow", "deny"), ("deny", "allow"), ("deny", "deny")] {
        let (app, consumer, service) = start();
        let (mut browser, page) = consent_page(&service, &consumer);
        let answer = browser.decide(&service, &page, first, ALL);
        let sent = query(&answer.header("location"));
        assert_eq!(sent.contains_key("code"), first == "allow", "{first}: {sent:?}");
        let again = browser.decide(&service, &page, then, ALL);
        assert_stale(&format!("{first}, {then}"), &again);
        assert_eq!(app.refusal(&again.header("request-id"))["check"], "form_decided");
        assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 1);
        let codes = i64::from(first == "allow");
        assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), codes, "{first}, {then}");
    }
}

#[test]
fn parallel_copies_of_a_consent_form_give_one_code() {
    let (app, consumer, service) = start();
    let (browser, page) = consent_page(&service, &consumer);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let copies: Vec<_> = (0..16)
            .map(|_| {
                let (mut browser, page, service) = (browser.clone(), &page, &service);
                scope.spawn(move || browser.decide(service, page, "allow", ALL).status)
            })
            .collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 15, "{statuses:?}");
    assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), 1);
}

#[test]
fn a_consent_form_is_valid_for_ten_minutes() {
    let (_app, consumer, service) = start();
    let (mut browser, page) = consent_page(&service, &consumer);
    let payload = payload(&sealed(&page));
    for (seconds, status) in [(590, 303), (1, 303), (601, 403), (3600, 403), (-30, 403), (-86_400, 403)] {
        let form = seal_for(&browser, &shown_before(&payload, seconds));
        let answer = decide(&mut browser, &service, &form, "allow");
        assert_eq!(answer.status, status, "{seconds}: {answer:?}");
    }
}

#[test]
fn an_edited_consent_form_is_refused() {
    let (app, consumer, service) = start();
    let other = app.code_client("other", "https://other.example/cb", "--scope assets.read");
    let (mut browser, page) = consent_page(&service, &consumer);
    let sealed = sealed(&page);
    let (seal, _) = sealed.split_once('.').unwrap();
    let payload = payload(&sealed);
    let edited = |from: &str, to: &str| {
        let edited = payload.replace(from, to);
        assert_ne!(edited, payload, "{from}");
        format!("{seal}.{}", URL_SAFE_NO_PAD.encode(edited))
    };
    for (case, form) in [
        ("client", edited(&consumer.client_id, &other.client_id)),
        ("redirect URI", edited("field.example", "evil.example")),
        ("scope", edited("work_orders.write", "admin.everything")),
        ("state", edited("state=xyz", "state=abc")),
        ("challenge", edited("E9Melhoa", "E9Melhob")),
        ("time", edited("shown_at=1", "shown_at=2")),
        ("another member", edited("shown_at=", "x=1&shown_at=")),
        ("no seal", sealed.split_once('.').unwrap().1.to_owned()),
        ("nothing", String::new()),
        ("not base64url", format!("{seal}.%%%")),
        ("a seal alone", seal.to_owned()),
    ] {
        for decision in ["allow", "deny"] {
            assert_stale(case, &decide(&mut browser, &service, &form, decision));
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 0);
    assert_eq!(browser.decide(&service, &page, "allow", ALL).status, 303);
}

#[test]
fn a_consent_form_is_refused_in_another_session() {
    let (app, consumer, service) = start();
    app.user("tech2");
    let (mut browser, page) = consent_page(&service, &consumer);
    let sealed = sealed(&page);
    let mut other_user = Browser::default();
    let shown = other_user.get(&service, &consumer.path(&[]));
    other_user.sign_in(&service, &shown, "tech2");
    let mut other_browser = Browser::default();
    let shown = other_browser.get(&service, &consumer.path(&[]));
    other_browser.sign_in(&service, &shown, "tech1");
    // The same user signs in again in the same browser, which begins another session.
    let mut next_session = browser.clone();
    let shown = next_session.get(&service, &consumer.path(&[("prompt", "login")]));
    next_session.sign_in(&service, &shown, "tech1");
    let mut signed_out = Browser::default();
    for (case, browser) in [
        ("another user", &mut other_user),
        ("another browser", &mut other_browser),
        ("the next session", &mut next_session),
        ("no session", &mut signed_out),
    ] {
        assert_stale(case, &decide(browser, &service, &sealed, "allow"));
    }
    // The sign-in in the browser ended the session of the form.
    assert_stale("the ended session", &decide(&mut browser, &service, &sealed, "allow"));
    assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), 0);
}

#[test]
fn the_decision_checks_the_whole_request_again() {
    for (changes, status, expected) in [
        ("consumer revoke field-app --yes", 400, ""),
        ("scope remove work_orders.write --yes", 303, "code"),
        ("consumer edit field-app --remove-scope assets.read", 303, "error"),
        ("consumer edit field-app --remove-scope work_orders.write", 303, "code"),
    ] {
        let (app, consumer, service) = start();
        let (mut browser, page) = consent_page(&service, &consumer);
        if changes.starts_with("scope remove") {
            app.run("consumer edit field-app --remove-scope work_orders.write").ok();
        }
        app.run(changes).ok();
        let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
        assert_eq!(answer.status, status, "{changes}: {answer:?}");
        if status == 303 {
            assert!(query(&answer.header("location")).contains_key(expected), "{changes}: {answer:?}");
        }
    }
}

#[test]
fn the_decision_is_refused_if_a_party_ended_since_the_page() {
    let other_uri =
        format!("consumer edit field-app --add-redirect-uri {REDIRECT}/new --remove-redirect-uri {REDIRECT}");
    for (command, status, check) in [
        ("consumer disable field-app --yes", 400, "client_disabled"),
        ("consumer revoke field-app --yes", 400, "client_revoked"),
        (other_uri.as_str(), 400, "redirect_mismatch"),
        // The session ended with the user.
        ("user disable tech1 --yes", 403, "form_expired"),
    ] {
        let (app, consumer, service) = start();
        let (mut browser, page) = consent_page(&service, &consumer);
        app.run(command).ok();
        let answer = browser.decide(&service, &page, "allow", ALL);
        assert_eq!(answer.status, status, "{command}: {answer:?}");
        assert!(answer.header_values("location").is_empty(), "{command}: {answer:?}");
        assert_eq!(app.refusal(&answer.header("request-id"))["check"], check, "{command}");
        // The form is answered, or its session has ended.
        assert_eq!(browser.decide(&service, &page, "allow", ALL).status, 403, "{command}");
        for table in ["authorization_codes", "grants", "tokens"] {
            assert_eq!(app.number(&format!("SELECT count(*) FROM {table}")), 0, "{command}: {table}");
        }
    }
}

#[test]
fn a_request_that_is_too_long_to_repeat_is_refused_at_once() {
    let (_app, consumer, service) = start();
    let mut signed_in = consent_page(&service, &consumer).0;
    let parameters = |state: &str| {
        consumer.path(&[("state", "")]).split_once('?').unwrap().1.to_owned() + "&state=" + state
    };
    for (case, state, status) in [
        // Each character is encoded again as three.
        ("7,000 characters that are encoded", "!".repeat(7000), 414),
        ("2,700 characters that are encoded", "!".repeat(2700), 414),
        ("2,300 characters that are encoded", "!".repeat(2300), 200),
        ("7,000 plain characters", "s".repeat(7000), 200),
        ("7,000 spaces", "+".repeat(7000), 200),
    ] {
        let text = parameters(&state);
        let path = format!("/oauth/authorize?{text}");
        for browser in [&mut Browser::default(), &mut signed_in] {
            let page = browser.get(&service, &path);
            assert_eq!(page.status, status, "{case}: {}", page.headers);
            assert!(page.header_values("location").is_empty(), "{case}");
        }
        let posted = service.post("/oauth/authorize", None, &text);
        assert_eq!(posted.status, if status == 200 { 303 } else { 414 }, "{case}: {}", posted.headers);
        if status == 200 {
            // The request is repeated after the sign-in, and the application gets its state.
            let mut browser = Browser::default();
            let page = browser.get(&service, &path);
            let page = browser.sign_in(&service, &page, "tech1");
            assert_eq!(page.status, 200, "{case}: {}", page.headers);
            let answer = browser.decide(&service, &page, "deny", ALL);
            let sent = query(&answer.header("location"));
            assert_eq!(sent["state"], state.replace('+', " "), "{case}");
        }
    }
}

#[test]
fn a_session_has_at_most_one_hundred_decisions() {
    let (app, consumer, service) = start();
    let (mut browser, page) = consent_page(&service, &consumer);
    let payload = payload(&sealed(&page));
    for number in 0..100 {
        let form = seal_for(&browser, &payload.replace("state=xyz", &format!("state={number}")));
        assert_eq!(decide(&mut browser, &service, &form, "deny").status, 303, "{number}");
    }
    for decision in ["deny", "allow"] {
        let answer = decide(&mut browser, &service, &sealed(&page), decision);
        assert_eq!(answer.status, 429, "{decision}: {answer:?}");
        let seconds: i64 = answer.header("retry-after").parse().unwrap();
        assert!((500..=601).contains(&seconds), "{seconds}");
        assert!(answer.body.contains("Try again in 10 minutes."), "{}", answer.body);
        assert_eq!(app.refusal(&answer.header("request-id"))["check"], "decision_limit");
    }
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 100);
    // Another session has its own count.
    let (mut other, page) = consent_page(&service, &consumer);
    assert_eq!(other.decide(&service, &page, "allow", ALL).status, 303);
}

#[test]
fn a_user_waits_after_twenty_changes_of_grants() {
    let (app, consumer, service) = start();
    let (mut browser, _) = consent_page(&service, &consumer);
    let revoke = "/account/applications/revoke";
    let withdraw = |browser: &mut Browser| {
        let page = browser.get(&service, "/account/applications");
        let asked = browser.submit(&service, &page.body, revoke, &[]);
        assert_eq!(browser.submit(&service, &asked.body, revoke, &[]).status, 303);
    };
    for number in 0..9 {
        let page = browser.get(&service, &consumer.path(&[]));
        assert_eq!(browser.decide(&service, &page, "allow", ALL).status, 303, "{number}");
        withdraw(&mut browser);
    }
    // The last two changes: a grant, and the same grant with another scope.
    for scope in ALL {
        let page = browser.get(&service, &consumer.path(&[("scope", scope)]));
        assert_eq!(browser.decide(&service, &page, "allow", &[scope]).status, 303, "{scope}");
    }
    assert_eq!(app.number("SELECT count(*) FROM audit WHERE event LIKE 'grant.%'"), 20);
    // A consent that changes no grant is not limited.
    let page = browser.get(&service, &consumer.path(&[("prompt", "consent")]));
    assert_eq!(browser.decide(&service, &page, "allow", ALL).status, 303);
    // Revoking is not limited.
    withdraw(&mut browser);
    let page = browser.get(&service, &consumer.path(&[]));
    let answer = browser.decide(&service, &page, "allow", ALL);
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds: i64 = answer.header("retry-after").parse().unwrap();
    assert!((3500..=3601).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("Too many decisions"), "{}", answer.body);
    assert!(answer.body.contains("Try again in 60 minutes.") || answer.body.contains("Try again in 1 hour."));
    assert!(answer.header_values("location").is_empty(), "{answer:?}");
    assert_eq!(app.refusal(&answer.header("request-id"))["check"], "grant_change_limit");
    assert_eq!(app.number("SELECT count(*) FROM audit WHERE event LIKE 'grant.%'"), 21);
    // A denial is not a change, and the administrator is not limited.
    let page = browser.get(&service, &consumer.path(&[]));
    let denied = browser.decide(&service, &page, "deny", ALL);
    assert_eq!(query(&denied.header("location"))["error"], "access_denied");
    app.run("grant add tech1 field-app --scope assets.read").ok();
    app.run("grant revoke tech1/field-app --yes").ok();
}

#[test]
fn what_a_client_does_with_a_grant_is_no_change_of_the_user() {
    let (app, consumer, service) = start();
    let (mut browser, page) = consent_page(&service, &consumer);
    assert_eq!(browser.decide(&service, &page, "allow", &["assets.read"]).status, 303);
    let request = consumer.path(&[("scope", "assets.read"), ("prompt", "none")]);
    for number in 0..24 {
        let answer = browser.get(&service, &request);
        let code = query(&answer.header("location"))["code"].clone();
        let (_, refresh) = pair(&consumer.exchange(&service, &code));
        if number % 2 == 0 {
            assert_eq!(consumer.exchange(&service, &code).status, 400);
        } else {
            let (_, next) = pair(&consumer.refresh(&service, &refresh));
            pair(&consumer.refresh(&service, &next));
            assert_eq!(consumer.refresh(&service, &refresh).status, 400);
        }
    }
    for event in ["grant.code_replayed", "grant.refresh_token_reused"] {
        let count = app.number(&format!("SELECT count(*) FROM audit WHERE event = '{event}'"));
        assert_eq!(count, 12, "{event}");
    }
    let page = browser.get(&service, &consumer.path(&[]));
    let answer = browser.decide(&service, &page, "allow", ALL);
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(query(&answer.header("location")).contains_key("code"), "{answer:?}");
}

#[test]
fn a_client_gets_at_most_sixty_codes_of_a_grant_within_an_hour() {
    let (app, consumer, service) = start();
    let (mut browser, page) = consent_page(&service, &consumer);
    let first = browser.decide(&service, &page, "allow", ALL);
    let mut codes = vec![query(&first.header("location"))["code"].clone()];
    let silent = consumer.path(&[("prompt", "none")]);
    for _ in 1..60 {
        let answer = browser.get(&service, &silent);
        codes.push(query(&answer.header("location"))["code"].clone());
    }
    let rows = "SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM authorization_codes)";
    let before = app.number(rows);
    for _ in 0..3 {
        let answer = browser.get(&service, &silent);
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location");
        assert!(location.starts_with(REDIRECT), "{location}");
        let sent = query(&location);
        assert_eq!((sent["error"].as_str(), sent["state"].as_str()), ("temporarily_unavailable", "xyz"));
        assert!(!sent.contains_key("code"));
        assert_eq!(app.refusal(&answer.header("request-id"))["check"], "code_limit");
    }
    // The user sees a page that does not blame the user.
    let asked = browser.get(&service, &consumer.path(&[("prompt", "consent")]));
    for answer in [browser.get(&service, &consumer.path(&[])), browser.decide(&service, &asked, "allow", ALL)]
    {
        assert_eq!(answer.status, 429, "{answer:?}");
        let seconds: i64 = answer.header("retry-after").parse().unwrap();
        assert!((3500..=3601).contains(&seconds), "{seconds}");
        assert!(
            answer.body.contains("The application has asked for your access too often"),
            "{}",
            answer.body
        );
        assert!(answer.header_values("location").is_empty(), "{answer:?}");
    }
    assert_eq!(app.number(rows), before);
    // The codes that were issued are exchanged, and tokens are refreshed and given back without another limit.
    let (_, refresh) = pair(&consumer.exchange(&service, &codes[59]));
    let (_, next) = pair(&consumer.refresh(&service, &refresh));
    assert_eq!(consumer.call(&service, "/oauth/revoke", &[("token", &next)]).status, 200);
}

#[test]
fn an_authorization_code_causes_at_most_two_audit_records() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    let records = || app.number("SELECT count(*) FROM audit");
    for revoke_first in [true, false] {
        let code = consumer.code(&service, &mut browser, "tech1");
        let before = records();
        let (_, refresh) = pair(&consumer.exchange(&service, &code));
        let (_, next) = pair(&consumer.refresh(&service, &refresh));
        let revoke = || assert_eq!(consumer.call(&service, "/oauth/revoke", &[("token", &next)]).status, 200);
        let replay = || {
            assert_eq!(consumer.exchange(&service, &code).status, 400);
            assert_eq!(consumer.refresh(&service, &next).status, 400);
            assert_eq!(consumer.refresh(&service, &refresh).status, 400);
        };
        for _ in 0..5 {
            if revoke_first {
                revoke();
                replay();
            } else {
                replay();
                revoke();
            }
        }
        assert_eq!(records() - before, if revoke_first { 1 } else { 2 });
    }
}

#[test]
fn an_authorization_request_by_post_is_redirected_to_get() {
    let (_app, consumer, service) = start();
    let request = consumer.path(&[("scope", "assets.read")]);
    let parameters = request.split_once('?').unwrap().1;
    let (_, secret) = (&consumer.client_id, consumer.secret.clone().unwrap());
    let body = format!("{parameters}&client_secret={secret}&password=x&unknown=1&resource=a&resource=b");
    let answer = service.post("/oauth/authorize", None, &body);
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    assert!(location.starts_with("/oauth/authorize?"), "{location}");
    assert_eq!(query(&location), query(&request));
    let page = service.request("GET", &location, &[], "");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("action=\"/login\""), "{}", page.body);
}

#[test]
fn a_malformed_authorization_request_by_post_is_refused() {
    let (_app, consumer, service) = start();
    let parameters = consumer.path(&[]).split_once('?').unwrap().1.to_owned();
    let urlencoded = ("Content-Type", "application/x-www-form-urlencoded");
    for (case, headers, body, status) in [
        ("no body", vec![], String::new(), 400),
        ("no client", vec![urlencoded], "response_type=code".to_owned(), 400),
        ("JSON", vec![("Content-Type", "application/json")], "{}".to_owned(), 400),
        (
            "a repeated client",
            vec![urlencoded],
            format!("{parameters}&client_id={}", consumer.client_id),
            400,
        ),
        ("another redirect URI", vec![urlencoded], parameters.replace("field.example", "evil.example"), 400),
        ("bad UTF-8", vec![urlencoded], format!("{parameters}&state=%ff"), 400),
        ("NUL", vec![urlencoded], format!("{parameters}&state=%00"), 400),
        ("a state of 9,000 bytes", vec![urlencoded], format!("{parameters}{}", "s".repeat(9_000)), 414),
        ("4 MiB", vec![urlencoded], "a".repeat(4 << 20), 413),
    ] {
        let answer = service.request("POST", "/oauth/authorize", &headers, &body);
        assert_eq!(answer.status, status, "{case}: {}", answer.headers);
        assert!(answer.header_values("location").is_empty(), "{case}");
    }
    // What a request by GET sends to the client is sent to the client.
    let repeated = format!("{parameters}&state=abc&scope=assets.read&scope=assets.read");
    let answer = service.post("/oauth/authorize", None, &repeated);
    let answer = service.request("GET", &answer.header("location"), &[], "");
    assert_eq!(query(&answer.header("location"))["error"], "invalid_request");
    // The fields of a consent form are no authorization request.
    let answer = service.post("/oauth/authorize", None, &form(&[("form", "x"), ("decision", "allow")]));
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[test]
fn a_client_gives_back_access_tokens_without_audit_records() {
    let app = App::in_real_time();
    app.user("tech1");
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let consumer = app.code_client("field-app", REDIRECT, "--scope assets.read");
    let service = Service::start(&app.store());
    let client =
        CodeClient { client_id: key.0.clone(), secret: Some(key.1.clone()), redirect_uri: String::new() };
    let (access, refresh) = consumer.tokens(&service, &mut Browser::default(), "tech1");
    let before = app.number("SELECT count(*) FROM audit");
    for _ in 0..10 {
        let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
        for _ in 0..2 {
            assert_eq!(client.call(&service, "/oauth/revoke", &[("token", &token)]).status, 200);
        }
        assert_eq!(service.introspect(&gateway, &token).body, r#"{"active":false}"#);
    }
    assert_eq!(consumer.call(&service, "/oauth/revoke", &[("token", &access)]).status, 200);
    assert_eq!(service.introspect(&gateway, &access).body, r#"{"active":false}"#);
    assert_eq!(app.number("SELECT count(*) FROM audit"), before);
    // A refresh token is the access that a user gave: its end is recorded, once.
    for _ in 0..2 {
        assert_eq!(consumer.call(&service, "/oauth/revoke", &[("token", &refresh)]).status, 200);
    }
    assert_eq!(app.number("SELECT count(*) FROM audit"), before + 1);
    assert_eq!(app.run("audit list --limit 1 -o json").ok().json()["items"][0]["event"], "token.revoke");
}
