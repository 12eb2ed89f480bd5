//! The authorization endpoint and the consent page (RFC 6749 section 4.1, RFC 7636, RFC 9207).

use crate::support::App;
use crate::support::browser::{Browser, hidden, query, requested_scopes};
use crate::support::process::Service;

use super::{REDIRECT, start};

/// Returns the error and the state that an authorization request without a session sends to the redirect URI.
#[track_caller]
fn redirected_error(service: &Service, path: &str) -> (String, Option<String>) {
    let answer = Browser::default().get(service, path);
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    assert!(location.starts_with("https://field.example/cb?error="), "{location}");
    let mut sent = query(&location);
    assert_eq!(sent["iss"], "http://127.0.0.1:8080");
    assert_eq!(location.matches("iss=").count(), 1, "{location}");
    assert!(!sent.contains_key("code") && !location.contains('#'), "{location}");
    (sent["error"].clone(), sent.remove("state"))
}

/// Asserts that a request gets an error page and no redirect; returns the page.
#[track_caller]
fn error_page(service: &Service, path: &str) -> String {
    let answer = Browser::default().get(service, path);
    assert_eq!(answer.status, 400, "{path}: {answer:?}");
    assert!(answer.header_values("location").is_empty(), "{answer:?}");
    assert!(answer.header("content-type").starts_with("text/html"));
    answer.body
}

#[test]
fn consent_returns_a_code_with_state_and_issuer() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("field-app"), "{}", page.body);
    let page = browser.sign_in(&service, &page, "tech1");
    assert_eq!(page.status, 200);
    for shown in [
        "field-app",
        &consumer.client_id,
        "field.example",
        "tech1",
        "Read the base&#39;s assets",
        "Create and change work orders",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert_eq!(requested_scopes(&page.body), ["assets.read", "work_orders.write"]);
    let answer = browser.decide(&service, &page, "allow", &["assets.read", "work_orders.write"]);
    assert_eq!(answer.status, 303);
    let location = answer.header("location");
    assert!(location.starts_with("https://field.example/cb?code=apcg_"), "{location}");
    assert!(!location.contains('#'));
    let sent = query(&location);
    assert_eq!((sent["state"].as_str(), sent["iss"].as_str()), ("xyz", "http://127.0.0.1:8080"));
    assert_eq!(location.matches("iss=").count(), 1, "{location}");
    let grants = app.run("grant list -o json").ok().json();
    assert_eq!(grants["items"][0]["scope"], "assets.read work_orders.write");
    let audit = app.run("audit list --limit 1 -o json").ok().json();
    assert_eq!(audit["items"][0]["event"], "grant.create");
    assert_eq!(audit["items"][0]["via"], "serve");
}

#[test]
fn denied_or_unticked_scopes_are_not_granted() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    let page = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(&service, &page, "deny", &["assets.read"]);
    let sent = query(&answer.header("location"));
    assert_eq!((sent["error"].as_str(), sent["state"].as_str()), ("access_denied", "xyz"));
    assert_eq!(app.run("grant list -o id").ok().out, "");
    let page = browser.get(&service, &consumer.path(&[]));
    let answer = browser.decide(&service, &page, "allow", &["work_orders.write"]);
    let code = query(&answer.header("location"))["code"].clone();
    let tokens = consumer.exchange(&service, &code).json();
    assert_eq!(tokens["scope"], "work_orders.write");
    assert_eq!(app.run("grant list -o json").ok().json()["items"][0]["scope"], "work_orders.write");
    // No ticked scope counts as a denial.
    let page = browser.get(&service, &consumer.path(&[]));
    let answer = browser.decide(&service, &page, "allow", &[]);
    assert_eq!(query(&answer.header("location"))["error"], "access_denied");
}

#[test]
fn an_unknown_client_is_never_redirected_to() {
    let (app, consumer, service) = start();
    let unknown = error_page(&service, &consumer.path(&[("client_id", "apcc_test_000000000000")]));
    assert!(!unknown.contains("apcc_test_000000000000"), "{unknown}");
    assert!(unknown.contains("no usable client has this client_id"), "{unknown}");
    error_page(&service, &consumer.path(&[("client_id", "")]));
    error_page(&service, &format!("{}&client_id={}", consumer.path(&[]), consumer.client_id));
    app.run("consumer disable field-app --yes").ok();
    error_page(&service, &consumer.path(&[]));
}

#[test]
fn an_unregistered_redirect_uri_is_never_redirected_to() {
    let (_app, consumer, service) = start();
    for other in [
        "https://evil.example/cb",
        "https://field.example/cb/",
        "https://field.example/cb/more",
        "https://field.example/cb?x=1",
        "https://field.example/cb#x",
        "https://field.example/./cb",
        "https://field.example/x/../cb",
        "https://field.example/CB",
        "https://FIELD.example/cb",
        "https://user@field.example/cb",
        "https://field.example@evil.example/cb",
        "https://sub.field.example/cb",
        "http://field.example/cb",
        "https://field.example:443/cb",
        "https://field.example/%63b",
        "javascript:alert(1)",
        "https:\\\\field.example\\cb",
        "https://field.example/cb ",
        "/cb",
        "//field.example/cb",
        "field.example/cb",
    ] {
        let page = error_page(&service, &consumer.path(&[("redirect_uri", other)]));
        assert!(!page.contains("evil.example") && !page.contains("alert(1)"), "{other}: {page}");
    }
}

#[test]
fn a_public_loopback_client_may_use_any_port() {
    let app = App::in_real_time();
    app.user("tech1");
    let mut native = app.code_client("cli", "http://127.0.0.1/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    native.redirect_uri = "http://127.0.0.1:49152/cb".to_owned();
    let mut browser = Browser::default();
    let page = browser.get(&service, &native.path(&[]));
    let page = browser.sign_in(&service, &page, "tech1");
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let location = answer.header("location");
    assert!(location.starts_with("http://127.0.0.1:49152/cb?code="), "{location}");
    assert_eq!(native.exchange(&service, &query(&location)["code"]).status, 200);
    // RFC 8252 section 7.3 is for native clients; a confidential client runs on a server with a fixed port.
    let app = App::in_real_time();
    let server = app.code_client("server", "http://127.0.0.1/cb", "--scope assets.read");
    let service = Service::start(&app.store());
    error_page(&service, &server.path(&[("redirect_uri", "http://127.0.0.1:49152/cb")]));
}

#[test]
fn a_public_client_on_localhost_may_use_any_port() {
    let app = App::in_real_time();
    app.user("tech1");
    let mut native = app.code_client("cli", "http://localhost:3000/cb", "--public --scope assets.read");
    let server = app.code_client("server", "http://localhost:3000/cb", "--scope assets.read");
    let service = Service::start(&app.store());
    for uri in ["http://localhost:49152/cb", "http://localhost/cb"] {
        native.redirect_uri = uri.to_owned();
        let code = native.code(&service, &mut Browser::default(), "tech1");
        assert_eq!(native.exchange(&service, &code).status, 200, "{uri}");
        error_page(&service, &server.path(&[("redirect_uri", uri)]));
    }
    for uri in [
        "http://localhost:0/cb",
        "http://localhost:49152/other",
        "http://localhost.evil.example/cb",
        "http://localhost:1@evil.example/cb",
        "http://LOCALHOST:49152/cb",
        "https://localhost:49152/cb",
        "http://127.0.0.1:49152/cb",
    ] {
        error_page(&service, &native.path(&[("redirect_uri", uri)]));
    }
}

#[test]
fn a_wrong_redirect_uri_is_explained_by_its_difference() {
    let app = App::in_real_time();
    let native = app.code_client("cli", "http://127.0.0.1/cb", "--public --scope assets.read");
    let web = app.code_client("web", "https://xn--mnchen-3ya.example/cb", "--scope assets.read");
    let service = Service::start(&app.store());
    for (client, sent, expected) in [
        (
            &native,
            "http://127.0.0.1:49152/other",
            "the redirect URI sent, http://127.0.0.1:49152/other, differs from the registered http://127.0.0.1/cb in the path",
        ),
        (
            &native,
            "http://localhost:49152/cb",
            "the redirect URI sent, http://localhost:49152/cb, differs from the registered http://127.0.0.1/cb in the host",
        ),
        (
            &web,
            "https://münchen.example/cb",
            "the redirect URI sent, https://münchen.example/cb, differs from the registered https://xn--mnchen-3ya.example/cb in the form of the host, whose letters outside ASCII are written with xn--",
        ),
        (
            &web,
            "https://xn--mnchen-3ya.example/cb ",
            "the redirect URI sent, https://xn--mnchen-3ya.example/cb , differs from the registered https://xn--mnchen-3ya.example/cb by a blank before or after it",
        ),
        (
            &web,
            "https://a.example/cb,https://b.example/cb",
            "the redirect_uri https://a.example/cb,https://b.example/cb contains several URIs; a request has one",
        ),
    ] {
        let answer = service.request("GET", &client.path(&[("redirect_uri", sent)]), &[], "");
        assert_eq!(answer.status, 400, "{sent}: {answer:?}");
        assert_eq!(app.refusal(&answer.header("request-id"))["why"], expected, "{sent}");
    }
}

#[test]
fn a_repeated_or_ambiguous_redirect_uri_is_refused() {
    let (app, consumer, service) = start();
    let twice = format!("{}&redirect_uri=https://evil.example/", consumer.path(&[]));
    error_page(&service, &twice);
    let omitted = Browser::default().get(&service, &consumer.path(&[("redirect_uri", "")]));
    assert_eq!(omitted.status, 200);
    app.run("consumer edit field-app --add-redirect-uri https://field.example/other").ok();
    error_page(&service, &consumer.path(&[("redirect_uri", "")]));
}

#[test]
fn only_response_type_code_is_supported() {
    let (_app, consumer, service) = start();
    let error = |value: &str| redirected_error(&service, &consumer.path(&[("response_type", value)])).0;
    assert_eq!(error(""), "invalid_request");
    let empty = format!("{}&response_type=", consumer.path(&[("response_type", "")]));
    assert_eq!(redirected_error(&service, &empty).0, "invalid_request");
    for other in ["banana", "token", "code token", "id_token"] {
        assert_eq!(error(other), "unsupported_response_type", "{other}");
    }
}

#[test]
fn repeated_parameters_fail_and_unknown_ones_are_ignored() {
    let (_app, consumer, service) = start();
    for name in ["state", "scope", "response_type", "code_challenge"] {
        let path = format!("{}&{name}=a&{name}=a", consumer.path(&[]));
        assert_eq!(redirected_error(&service, &path).0, "invalid_request", "{name}");
    }
    let page = Browser::default()
        .get(&service, &format!("{}&unknown=1&unknown=2&empty=&scope=", consumer.path(&[])));
    assert_eq!(page.status, 200);
}

#[test]
fn unknown_and_malformed_scopes_are_refused() {
    let (app, consumer, service) = start();
    for scope in ["assets.read bogus", "a\"b", "a\\b", "assets.read  work_orders.write\u{e9}"] {
        let error = redirected_error(&service, &consumer.path(&[("scope", scope)])).0;
        assert!(matches!(error.as_str(), "invalid_scope" | "invalid_request"), "{scope}: {error}");
    }
    // Declared, but not allowed for this client.
    app.run("scope add reports.read \"Read reports\"").ok();
    for scope in ["assets.read bogus", "reports.read"] {
        assert_eq!(
            redirected_error(&service, &consumer.path(&[("scope", scope)])).0,
            "invalid_scope",
            "{scope}"
        );
    }
}

#[test]
fn state_is_returned_unchanged_and_only_if_sent() {
    let (_app, consumer, service) = start();
    let long = "s".repeat(1500);
    for state in ["a b+c&d=e#f?g/h%20%2B", "ñandú-日本-🔑", "\"<>'\\`{}|^", &long] {
        let (_, returned) =
            redirected_error(&service, &consumer.path(&[("response_type", ""), ("state", state)]));
        assert_eq!(returned.as_deref(), Some(state));
        let mut browser = Browser::default();
        let page = browser.get(&service, &consumer.path(&[("state", state)]));
        let page = browser.sign_in(&service, &page, "tech1");
        let answer = browser.decide(&service, &page, "deny", &[]);
        assert_eq!(query(&answer.header("location"))["state"], state);
    }
    assert_eq!(redirected_error(&service, &consumer.path(&[("response_type", ""), ("state", "")])).1, None);
}

#[test]
fn the_query_of_a_registered_redirect_uri_is_kept() {
    let app = App::in_real_time();
    let consumer = app.code_client("q", "https://field.example/cb?tenant=7", "--scope assets.read");
    let service = Service::start(&app.store());
    let answer = Browser::default().get(&service, &consumer.path(&[("response_type", "")]));
    let location = answer.header("location");
    assert!(location.starts_with("https://field.example/cb?tenant=7&error="), "{location}");
    app.user("tech1");
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    let page = browser.sign_in(&service, &page, "tech1");
    let location = browser.decide(&service, &page, "allow", &["assets.read"]).header("location");
    assert!(location.starts_with("https://field.example/cb?tenant=7&code="), "{location}");
    assert!(!location.contains('#'), "{location}");
}

#[test]
fn a_client_without_the_code_grant_gets_an_error_page() {
    let (app, consumer, service) = start();
    let (machine, _) = app.consumer("machine", "--scope assets.read");
    let (key, _) = app.key("key", "--scope assets.read");
    error_page(&service, &consumer.path(&[("client_id", &machine)]));
    error_page(&service, &consumer.path(&[("client_id", &key)]));
}

#[test]
fn the_authorization_endpoint_sends_no_cors_headers() {
    let (_app, consumer, service) = start();
    let headers = [("Origin", "https://evil.example")];
    let answer = service.request("GET", &consumer.path(&[]), &headers, "");
    assert_eq!(answer.status, 200);
    assert!(answer.header_values("access-control-allow-origin").is_empty());
}

#[test]
fn request_objects_are_refused_and_never_fetched() {
    let (_app, consumer, service) = start();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let uri = format!("http://{}/object", listener.local_addr().unwrap());
    assert_eq!(
        redirected_error(&service, &consumer.path(&[("request_uri", &uri)])).0,
        "request_uri_not_supported"
    );
    let object = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.";
    assert_eq!(redirected_error(&service, &consumer.path(&[("request", object)])).0, "request_not_supported");
    assert!(listener.accept().is_err(), "the request object was fetched");
}

#[test]
fn a_secret_in_the_query_is_not_repeated() {
    let (_app, consumer, service) = start();
    let secret = consumer.secret.clone().unwrap();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("client_secret", &secret)]));
    assert_eq!(page.status, 200);
    let fields = hidden(&page.body, "/login");
    assert!(!page.body.contains(&secret), "{}", page.body);
    assert!(fields.iter().all(|(_, value)| !value.contains(&secret)));
    let refused = browser.get(&service, &consumer.path(&[("client_secret", &secret), ("response_type", "")]));
    assert!(!refused.header("location").contains(&secret));
}

#[test]
fn every_client_needs_an_s256_challenge() {
    let app = App::in_real_time();
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    let confidential = app.code_client("web", REDIRECT, "--scope assets.read");
    let service = Service::start(&app.store());
    for consumer in [&public, &confidential] {
        for changes in [
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            vec![("code_challenge_method", "plain")],
            vec![("code_challenge_method", "")],
            vec![("code_challenge_method", "S512")],
            vec![("code_challenge_method", "s256")],
            vec![("code_challenge", "short")],
            vec![("code_challenge", "!9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")],
        ] {
            let case = format!("{changes:?} for {}", consumer.client_id);
            assert_eq!(redirected_error(&service, &consumer.path(&changes)).0, "invalid_request", "{case}");
        }
    }
}

#[test]
fn only_a_public_client_needs_consent_every_time() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    consumer.code(&service, &mut browser, "tech1");
    let answer = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    assert!(query(&answer.header("location")).contains_key("code"));
    let page = browser.get(&service, &consumer.path(&[("prompt", "consent")]));
    assert_eq!((page.status, requested_scopes(&page.body).len()), (200, 2));
    app.run("grant revoke tech1/field-app --yes").ok();
    assert_eq!(browser.get(&service, &consumer.path(&[])).status, 200);
    let public = app.code_client("spa", REDIRECT, "--public --scope assets.read");
    public.code(&service, &mut browser, "tech1");
    let page = browser.get(&service, &public.path(&[]));
    assert_eq!((page.status, requested_scopes(&page.body)), (200, vec!["assets.read".to_owned()]));
    assert!(page.body.contains("spa") && page.body.contains(&public.client_id), "{}", page.body);
}

#[test]
fn prompt_selects_which_pages_are_shown() {
    let (_app, consumer, service) = start();
    let none = consumer.path(&[("prompt", "none")]);
    assert_eq!(redirected_error(&service, &none).0, "login_required");
    for bad in ["none login", "banana"] {
        assert_eq!(
            redirected_error(&service, &consumer.path(&[("prompt", bad)])).0,
            "invalid_request",
            "{bad}"
        );
    }
    let mut browser = Browser::default();
    let page = browser.get(&service, "/login");
    browser.sign_in(&service, &page, "tech1");
    let answer = browser.get(&service, &none);
    assert_eq!(query(&answer.header("location"))["error"], "consent_required");
    consumer.code(&service, &mut browser, "tech1");
    let answer = browser.get(&service, &none);
    assert!(query(&answer.header("location")).contains_key("code"));
    // `prompt=login` asks for the password once more, even in a session.
    let page = browser.get(&service, &consumer.path(&[("prompt", "login")]));
    assert!(page.body.contains("action=\"/login\""));
    let answer = browser.sign_in(&service, &page, "tech1");
    assert!(query(&answer.header("location")).contains_key("code"));
    let page = browser.get(&service, &consumer.path(&[("prompt", "login consent")]));
    let page = browser.sign_in(&service, &page, "tech1");
    assert_eq!((page.status, requested_scopes(&page.body).len()), (200, 2));
}

#[test]
fn consent_widens_the_one_grant_of_a_user_and_consumer() {
    let (app, consumer, service) = start();
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read")]));
    let page = browser.sign_in(&service, &page, "tech1");
    browser.decide(&service, &page, "allow", &["assets.read"]);
    let page = browser.get(&service, &consumer.path(&[]));
    assert_eq!(requested_scopes(&page.body), ["assets.read", "work_orders.write"]);
    browser.decide(&service, &page, "allow", &["assets.read", "work_orders.write"]);
    let grants = app.run("grant list -o json").ok().json();
    assert_eq!(grants["items"].as_array().unwrap().len(), 1);
    assert_eq!(grants["items"][0]["scope"], "assets.read work_orders.write");
}

#[test]
fn a_decision_without_a_usable_redirect_gets_an_error_page() {
    for (command, decision) in [
        ("consumer disable field-app --yes", "allow"),
        ("consumer disable field-app --yes", "deny"),
        (
            "consumer edit field-app --add-redirect-uri https://field.example/new --remove-redirect-uri https://field.example/cb",
            "allow",
        ),
        (
            "consumer edit field-app --add-redirect-uri https://field.example/new --remove-redirect-uri https://field.example/cb",
            "deny",
        ),
    ] {
        let (app, consumer, service) = start();
        let mut browser = Browser::default();
        let page = browser.get(&service, &consumer.path(&[]));
        let page = browser.sign_in(&service, &page, "tech1");
        app.run(command).ok();
        let answer = browser.decide(&service, &page, decision, &["assets.read"]);
        assert_eq!(answer.status, 400, "{command}, {decision}: {answer:?}");
        assert!(answer.header_values("location").is_empty(), "{command}, {decision}: {answer:?}");
        assert!(answer.header("content-type").starts_with("text/html"), "{command}, {decision}: {answer:?}");
    }
}

#[test]
fn a_consent_form_may_carry_ninety_scopes() {
    let app = App::in_real_time();
    app.user("tech1");
    let all: Vec<String> = (0..90).map(|number| format!("part{number:02}.read")).collect();
    for scope in &all {
        app.run(&format!("scope add {scope} \"Read a part\"")).ok();
    }
    let flags: Vec<String> = all.iter().map(|scope| format!("--scope {scope}")).collect();
    let consumer = app.code_client("wide", REDIRECT, &flags.join(" "));
    let service = Service::start(&app.store());
    let code = consumer.code(&service, &mut Browser::default(), "tech1");
    assert_eq!(consumer.exchange(&service, &code).json()["scope"], all.join(" "));
}

#[test]
fn reserved_scopes_are_never_offered_for_consent() {
    let (app, consumer, service) = start();
    // A consumer cannot get the scope any more, but may have it from an earlier time.
    app.sql("UPDATE clients SET scope = 'apiconn:introspect ' || scope WHERE name = 'field-app'");
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[]));
    let page = browser.sign_in(&service, &page, "tech1");
    assert_eq!(requested_scopes(&page.body), ["assets.read", "work_orders.write"]);
    let page = browser.get(&service, &consumer.path(&[("scope", "assets.read apiconn:introspect")]));
    assert_eq!(requested_scopes(&page.body), ["assets.read"]);
    assert_eq!(
        redirected_error(&service, &consumer.path(&[("scope", "apiconn:introspect")])).0,
        "invalid_scope"
    );
}

#[test]
fn prompt_consent_also_applies_after_a_change_of_user() {
    let (app, consumer, service) = start();
    app.user("tech2");
    consumer.code(&service, &mut Browser::default(), "tech2");
    let mut browser = Browser::default();
    let page = browser.get(&service, &consumer.path(&[("prompt", "consent")]));
    let page = browser.sign_in(&service, &page, "tech1");
    let at = page.body.find("href=\"/oauth/authorize?").unwrap() + 6;
    let other = page.body[at..at + page.body[at..].find('"').unwrap()].replace("&#38;", "&");
    let page = browser.get(&service, &other);
    let page = browser.sign_in(&service, &page, "tech2");
    assert_eq!((page.status, requested_scopes(&page.body).len()), (200, 2));
}
