//! Cross-origin resource sharing: which pages may read the answers of the service.

use crate::support::App;
use crate::support::process::{Answer, Service, basic, ok};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const METADATA: &str = "/.well-known/oauth-authorization-server";
const ORIGIN: &str = "https://spa.example";

/// Starts the service with the public consumer `spa`, whose application is at [`ORIGIN`].
fn start() -> (App, String, Service) {
    let app = App::in_real_time();
    let spa = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    (app, spa.client_id, service)
}

/// Asserts that a page of `origin` may read the answer.
#[track_caller]
fn assert_readable(case: &str, answer: &Answer, origin: &str) {
    assert_eq!(answer.header_values("access-control-allow-origin"), [origin], "{case}: {answer:?}");
    assert_eq!(
        answer.header_values("access-control-expose-headers"),
        ["Request-Id, Retry-After, WWW-Authenticate"],
        "{case}: {answer:?}"
    );
    for name in ["access-control-allow-credentials", "access-control-allow-private-network"] {
        assert!(!answer.headers.contains(name), "{case}: {answer:?}");
    }
}

/// Asserts that no page of another origin may read the answer.
#[track_caller]
fn assert_unreadable(case: &str, answer: &Answer) {
    assert!(!answer.headers.contains("access-control-"), "{case}: {answer:?}");
}

/// Asks for the metadata of a request from a page: the answer to its preflight.
fn preflight(service: &Service, path: &str, origin: &str) -> Answer {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
        ("Access-Control-Request-Private-Network", "true"),
    ];
    service.request("OPTIONS", path, &headers, "")
}

/// Returns true if a page of `origin` may read a refused token request.
fn is_allowed(service: &Service, origin: &str) -> bool {
    let answer = service.request("POST", "/oauth/token", &[("Origin", origin), FORM], "grant_type=x");
    assert_eq!(answer.header_values("vary"), ["Origin"], "{answer:?}");
    let allowed = answer.header_values("access-control-allow-origin");
    let preflight = preflight(service, "/oauth/token", origin);
    assert_eq!(preflight.status, 204, "{preflight:?}");
    assert_eq!(preflight.header_values("access-control-allow-origin"), allowed, "{origin}");
    if allowed.is_empty() {
        assert_unreadable(origin, &answer);
        assert_unreadable(origin, &preflight);
    } else {
        assert_readable(origin, &answer, origin);
    }
    !allowed.is_empty()
}

#[test]
fn a_registered_application_may_read_every_answer() {
    let (app, spa, service) = start();
    let key = app.key("k", "--scope assets.read");
    let authorization = basic(&key);
    let wrong = basic(&(key.0.clone(), "wrong".to_owned()));
    let refresh = format!("client_id={spa}&grant_type=refresh_token&refresh_token=x&token=x");
    let large = "a".repeat(64 * 1024 + 1);
    let long = "b".repeat(16 * 1024);
    for path in ["/oauth/token", "/oauth/revoke"] {
        let origin = ("Origin", ORIGIN);
        let good = "grant_type=client_credentials&token=x";
        for (method, headers, body, status) in [
            ("POST", vec![origin, FORM, ("Authorization", authorization.as_str())], good, 200),
            ("POST", vec![origin, FORM], "grant_type=%ff&token=%ff", 400),
            ("POST", vec![origin, FORM], good, 401),
            ("GET", vec![origin], "", 405),
            ("OPTIONS", vec![origin], "", 405),
            ("PUT", vec![origin, FORM], good, 405),
            ("POST", vec![origin, FORM], large.as_str(), 413),
            ("POST", vec![origin, ("Content-Type", "application/json")], "{}", 400),
            ("POST", vec![origin, FORM, ("X-A", long.as_str())], good, 431),
        ] {
            let case = format!("{method} {path} {status}");
            let answer = service.request(method, path, &headers, body);
            assert_eq!(answer.status, status, "{case}: {answer:?}");
            assert_readable(&case, &answer, ORIGIN);
            assert_eq!(answer.header_values("vary"), ["Origin"], "{case}");
        }
        // The public consumer itself. A revocation of an unknown token succeeds (RFC 7009 section 2.2).
        let answer = service.request("POST", path, &[origin, FORM], &refresh);
        assert_eq!(answer.status, if path == "/oauth/token" { 400 } else { 200 }, "{answer:?}");
        assert_readable(path, &answer, ORIGIN);
        // Wrong secrets until the client is throttled.
        for attempt in 0..8 {
            let headers = [origin, FORM, ("Authorization", wrong.as_str())];
            assert_readable(&format!("{attempt}"), &service.request("POST", path, &headers, good), ORIGIN);
        }
        let target = format!("{path}?{}", "q".repeat(8 * 1024));
        let answer = service.request("POST", &target, &[origin, FORM], good);
        assert_eq!(answer.status, 414, "{answer:?}");
        assert_readable(path, &answer, ORIGIN);
        let head = format!("POST {path} HTTP/1.1\r\nHost: evil.example\r\nOrigin: {ORIGIN}\r\n");
        let answer = service.raw(&format!("{head}Connection: close\r\n\r\n"), "");
        assert_eq!(answer.status, 421, "{answer:?}");
        assert_readable(path, &answer, ORIGIN);
        // A cache must not give an answer without an origin to a page.
        let answer = service.request("POST", path, &[FORM], good);
        assert_unreadable(path, &answer);
        assert_eq!(answer.header_values("vary"), ["Origin"], "{answer:?}");
    }
}

#[test]
fn pages_may_read_the_answer_to_a_body_that_stops() {
    let (_app, _, service) = start();
    std::thread::scope(|scope| {
        for path in ["/oauth/token", "/oauth/revoke"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\nContent-Length: 100\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            );
            let service = &service;
            scope.spawn(move || {
                let answer = service.raw(&head, "grant_type=");
                assert_eq!(answer.status, 408, "{answer:?}");
                assert_readable(path, &answer, ORIGIN);
                assert_eq!(answer.header_values("vary"), ["Origin"], "{answer:?}");
            });
        }
    });
}

#[test]
fn an_unavailable_store_is_reported_to_pages() {
    let (app, _, service) = start();
    let authorization = basic(&app.key("k", "--scope assets.read"));
    let headers = [("Origin", ORIGIN), FORM, ("Authorization", authorization.as_str())];
    let writer = app.raw();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = service.request("POST", "/oauth/token", &headers, "grant_type=client_credentials");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_readable("locked", &answer, ORIGIN);
    // Without a successful preflight, the browser would not send the request whose answer says 503.
    let asked = |origin: &str| {
        for path in ["/oauth/token", "/oauth/revoke"] {
            let answer = preflight(&service, path, origin);
            assert_eq!(answer.status, 204, "{path}: {answer:?}");
            assert_readable(path, &answer, origin);
            assert_eq!(answer.header("access-control-allow-methods"), "POST", "{path}");
        }
    };
    asked(ORIGIN);
    writer.execute_batch("ROLLBACK").unwrap();
    // Without the table no origin can be looked up; the answer has no content of the store.
    writer.execute_batch("DROP TABLE allowed_origins").unwrap();
    for origin in [ORIGIN, "https://other.example"] {
        let headers = [("Origin", origin), FORM, ("Authorization", authorization.as_str())];
        let answer = service.request("POST", "/oauth/token", &headers, "grant_type=client_credentials");
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_readable("unreadable", &answer, origin);
        asked(origin);
    }
    // Nothing that is read for a request decides on its preflight.
    writer.execute_batch("DROP TABLE settings").unwrap();
    asked(ORIGIN);
    assert_eq!(app.number("SELECT count(*) FROM tokens"), 0);
}

#[test]
fn a_preflight_is_answered_without_a_client_and_writes_nothing() {
    let (app, _, service) = start();
    let counts = |app: &App| {
        ["refusals", "throttles", "tokens", "audit"]
            .map(|table| app.number(&format!("SELECT count(*) FROM {table}")))
    };
    let before = counts(&app);
    for path in ["/oauth/token", "/oauth/revoke"] {
        for _ in 0..100 {
            let answer = preflight(&service, path, ORIGIN);
            assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{answer:?}");
            assert_readable(path, &answer, ORIGIN);
            for (name, value) in [
                ("access-control-allow-methods", "POST"),
                ("access-control-allow-headers", "authorization, content-type, x-requested-with"),
                ("access-control-max-age", "600"),
                ("vary", "Origin"),
            ] {
                assert_eq!(answer.header_values(name), [value], "{path}: {answer:?}");
            }
            assert!(answer.headers.contains("\r\nrequest-id: req_"), "{answer:?}");
        }
        let answer = preflight(&service, path, "https://evil.example");
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_unreadable(path, &answer);
        // The page can read the 421 of the request.
        let head = format!(
            "OPTIONS {path} HTTP/1.1\r\nHost: evil.example\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\
             Access-Control-Request-Method: POST\r\n\r\n"
        );
        let answer = service.raw(&head, "");
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_readable(path, &answer, ORIGIN);
    }
    assert!(service.stop());
    assert_eq!(counts(&app), before);
}

#[test]
fn only_the_exact_origin_of_a_public_consumer_is_allowed() {
    let (app, _, service) = start();
    app.code_client("port", "https://port.example:8443/cb", "--public --scope assets.read");
    app.code_client("web", "https://web.example/cb", "--scope assets.read");
    for origin in [ORIGIN, "https://port.example:8443"] {
        assert!(is_allowed(&service, origin), "{origin}");
    }
    for origin in [
        "null",
        "*",
        "https://SPA.example",
        "HTTPS://spa.example",
        "https://spa.example.",
        "https://spa.example/",
        "https://spa.example:443",
        "https://spa.example:8443",
        "https://spa.example:",
        "http://spa.example",
        "https://www.spa.example",
        "https://xspa.example",
        "https://spa.example.evil.example",
        "https://spa.example@evil.example",
        "https://spa.example, https://spa.example",
        "https://spa.example https://spa.example",
        " https://spa.example%20",
        "spa.example",
        "//spa.example",
        "https://port.example",
        "https://port.example:08443",
        "https://web.example",
        "\u{e9}",
        "",
    ] {
        assert!(!is_allowed(&service, origin), "{origin}");
    }
    let twice = [("Origin", ORIGIN), ("Origin", ORIGIN), FORM];
    assert_unreadable("twice", &service.request("POST", "/oauth/token", &twice, "grant_type=x"));
}

#[test]
fn a_loopback_redirect_allows_its_host_with_any_port() {
    let app = App::in_real_time();
    for (name, uri) in
        [("four", "http://127.0.0.1/cb"), ("six", "http://[::1]:7000/cb"), ("native", "com.example.app:/cb")]
    {
        app.code_client(name, uri, "--public --scope assets.read");
    }
    let service = Service::start(&app.store());
    for origin in ["http://127.0.0.1", "http://127.0.0.1:5173", "http://127.0.0.1:65535", "http://[::1]:5173"]
    {
        assert!(is_allowed(&service, origin), "{origin}");
    }
    for origin in [
        "http://localhost:5173",
        "https://127.0.0.1:5173",
        "http://127.0.0.2:5173",
        "http://127.0.0.1:80",
        "http://127.0.0.1:05173",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:*",
        "http://127.0.0.1.evil.example:5173",
        "http://[::2]:5173",
        "com.example.app:",
    ] {
        assert!(!is_allowed(&service, origin), "{origin}");
    }
}

#[test]
fn the_allowed_origins_follow_each_change_of_a_consumer() {
    let (app, _, service) = start();
    let run = |words: &[&str]| ok(&app.store(), words);
    // A disabled application must be able to read why it is refused.
    run(&["consumer", "disable", "spa", "--yes"]);
    assert!(is_allowed(&service, ORIGIN));
    run(&["consumer", "edit", "spa", "--add-redirect-uri", "https://other.example/cb"]);
    assert!(is_allowed(&service, "https://other.example") && is_allowed(&service, ORIGIN));
    run(&["consumer", "edit", "spa", "--remove-redirect-uri", "https://spa.example/cb"]);
    assert!(is_allowed(&service, "https://other.example") && !is_allowed(&service, ORIGIN));
    // Two consumers with one origin: the origin stays until both are revoked.
    app.code_client("twin", "https://other.example/two", "--public --scope assets.read");
    run(&["consumer", "revoke", "spa", "--yes"]);
    assert!(is_allowed(&service, "https://other.example"));
    run(&["consumer", "revoke", "twin", "--yes"]);
    assert!(!is_allowed(&service, "https://other.example"));
    assert_eq!(app.number("SELECT count(*) FROM allowed_origins"), 0);
}

#[test]
fn every_page_may_read_the_metadata_and_nothing_else() {
    let (app, spa, service) = start();
    let headers = [("Origin", "https://evil.example")];
    for (method, path, status) in [
        ("GET", METADATA.to_owned(), 200),
        ("HEAD", METADATA.to_owned(), 200),
        ("POST", METADATA.to_owned(), 405),
        ("GET", format!("{METADATA}/other"), 404),
    ] {
        let answer = service.request(method, &path, &headers, "");
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_readable(&path, &answer, "*");
    }
    let answer = preflight(&service, METADATA, "https://evil.example");
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_readable(METADATA, &answer, "*");
    for path in [
        format!("/oauth/authorize?client_id={spa}"),
        "/login".to_owned(),
        "/logout".to_owned(),
        "/oauth/introspect".to_owned(),
        "/account/applications".to_owned(),
        "/assets/apiconn.css".to_owned(),
        "/oauth/token/".to_owned(),
        "/nowhere".to_owned(),
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = service.request(method, &path, &[("Origin", ORIGIN), FORM], "token=x");
            assert_unreadable(&format!("{method} {path}"), &answer);
        }
        let answer = preflight(&service, &path, ORIGIN);
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer:?}");
        assert_unreadable(&path, &answer);
    }
    drop(app);
}

#[test]
fn a_web_origin_is_allowed_from_the_next_request_on() {
    let (app, _, service) = start();
    let run = |words: &str| app.run(words).ok();
    for origin in ["capacitor://localhost", "https://app.example:8443", "http://localhost"] {
        assert!(!is_allowed(&service, origin), "{origin}");
        run(&format!("consumer edit spa --add-web-origin {origin}"));
        assert!(is_allowed(&service, origin), "{origin}");
    }
    // Given with a port, a loopback origin has that port alone.
    assert!(!is_allowed(&service, "http://localhost:5173"));
    run("consumer edit spa --remove-web-origin capacitor://localhost");
    assert!(
        !is_allowed(&service, "capacitor://localhost") && is_allowed(&service, "https://app.example:8443")
    );
    run("consumer revoke spa --yes");
    assert!(!is_allowed(&service, "https://app.example:8443"));
    // The next consumer with this name has its own.
    run("consumer add spa --public --grant authorization_code --redirect-uri com.example.app:/cb \
         --web-origin ionic://localhost --scope assets.read");
    assert!(is_allowed(&service, "ionic://localhost") && !is_allowed(&service, "https://app.example:8443"));
}
