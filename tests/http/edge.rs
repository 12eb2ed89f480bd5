//! The border of the service: whom it believes, what it refuses before any handler, what every answer carries.

use crate::support::App;
use crate::support::process::{Answer, Service, basic, ok, run};

const METADATA: &str = "/.well-known/oauth-authorization-server";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Asks for the metadata with these lines of a head, and no others.
fn ask(service: &Service, lines: &str) -> Answer {
    service.raw(&format!("GET {METADATA} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"), "")
}

#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (status, Some("invalid_request")),
        "{answer:?}"
    );
    assert!(answer.json()["error_description"].is_string(), "{answer:?}");
    assert!(answer.headers.contains("\r\ncache-control: no-store\r\n"), "{answer:?}");
    assert!(answer.headers.contains("\r\nrequest-id: req_"), "{answer:?}");
}

// R41
#[test]
fn a_request_that_names_another_host_is_refused_before_any_handler() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let port = service.address.port();
    for host in [
        format!("127.0.0.1:{port}"),
        "127.0.0.1:8080".to_owned(),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        format!("LocalHost:{port}"),
        "[::1]:8080".to_owned(),
    ] {
        assert_eq!(ask(&service, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:127.0.0.1",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example:1",
        "192.0.2.1",
        "[fd00::1]",
        "0.0.0.0",
        "",
    ] {
        refused(&ask(&service, &format!("Host: {host}\r\n")), 421);
    }
    refused(&ask(&service, ""), 400);
    refused(&ask(&service, "Host: localhost\r\nHost: localhost\r\n"), 400);
    refused(&ask(&service, "Host: localhost\r\nHost: evil.example\r\n"), 400);
    // A target with a host in it counts too.
    for (target, status) in [("http://evil.example", 421), ("http://localhost", 200)] {
        let head = format!("GET {target}{METADATA} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(service.raw(&head, "").status, status, "{target}");
    }
    let body = "grant_type=client_credentials";
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAuthorization: {}\r\n{}: {}\r\n\
         Content-Length: {}\r\n\r\n",
        basic(&key),
        FORM.0,
        FORM.1,
        body.len()
    );
    refused(&service.raw(&head, body), 421);
    assert_eq!(app.number("SELECT count(*) FROM tokens"), 0);
}

#[test]
fn the_issuers_host_is_ours_from_the_moment_it_is_set() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let named = Service::start_with(&app.store(), &["--issuer", "https://named.example:8443/base"]);
    refused(&ask(&service, "Host: auth.example\r\n"), 421);
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    for host in ["auth.example", "AUTH.example", "auth.example:443"] {
        assert_eq!(ask(&service, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    for host in ["auth.example:80", "auth.example.", "xauth.example", "named.example:8443"] {
        refused(&ask(&service, &format!("Host: {host}\r\n")), 421);
    }
    assert_eq!(ask(&named, "Host: named.example:8443\r\n").status, 200);
    for host in ["auth.example", "named.example", "named.example:443"] {
        refused(&ask(&named, &format!("Host: {host}\r\n")), 421);
    }
}

// R40
#[test]
fn forwarded_headers_change_nothing_that_the_service_says() {
    let app = App::in_real_time();
    let plain = Service::start(&app.store());
    let behind = Service::start_with(&app.store(), &["--behind-proxy", "127.0.0.1,fd00::/64"]);
    for service in [&plain, &behind] {
        let expected = service.request("GET", METADATA, &[], "").body;
        for forged in [
            ("X-Forwarded-Host", "evil.example"),
            ("X_Forwarded_Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Port", "1"),
            ("X-Forwarded-Prefix", "/evil"),
            ("X-Forwarded-Server", "evil.example"),
            ("X-Forwarded-For", "evil.example"),
            ("X-Forwarded-For", "203.0.113.7, ,"),
            ("X_Forwarded_For", "203.0.113.7"),
            ("Forwarded", "for=203.0.113.7;host=evil.example;proto=https"),
            ("X-Original-URL", "/oauth/token"),
            ("X-Rewrite-URL", "/oauth/token"),
            ("X-Host", "evil.example"),
            ("X-HTTP-Method-Override", "POST"),
        ] {
            let answer = service.request("GET", METADATA, &[forged], "");
            assert_eq!((answer.status, answer.body.as_str()), (200, expected.as_str()), "{forged:?}");
            assert!(!answer.headers.contains("evil"), "{answer:?}");
        }
    }
}

// R51
#[test]
fn off_loopback_it_listens_behind_named_proxies_alone() {
    let app = App::in_real_time();
    // An address that no machine has: what is refused is refused before it is tried.
    let serve = |words: &[&str]| {
        let output = run(&app.store(), &[&["serve", "--listen", "192.0.2.1:0"], words].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(serve(&[]).0, Some(5));
    let (code, error) = serve(&["--behind-proxy", "10.0.0.5,fd00::/64"]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("error: cannot listen on 192.0.2.1:0: "), "{error}");
    for (proxy, why) in [
        ("*", "\"*\" is not an address"),
        ("proxy.example", "names are not looked up"),
        ("0.0.0.0/0", "not everybody is a proxy"),
        ("10.0.0.5/24", "the bits behind its prefix must be 0"),
        ("", "is not an address"),
    ] {
        let (code, error) = serve(&["--behind-proxy", proxy]);
        assert!(code == Some(2) && error.contains(why), "{proxy}: {error}");
    }
}

// R45
#[test]
fn too_much_of_anything_is_refused_in_the_documented_shape() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let many = |count: usize| "X-A: b\r\n".repeat(count);
    // Two more are there in any case.
    assert_eq!(ask(&service, &format!("Host: localhost\r\n{}", many(62))).status, 200);
    refused(&ask(&service, &format!("Host: localhost\r\n{}", many(63))), 431);
    let long = |bytes: usize| format!("Host: localhost\r\nX-A: {}\r\n", "b".repeat(bytes));
    assert_eq!(ask(&service, &long(16_000)).status, 200);
    refused(&ask(&service, &long(16_384)), 431);
    let target = |bytes: usize| {
        let head = format!(
            "GET {METADATA}?{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "q".repeat(bytes)
        );
        service.raw(&head, "")
    };
    assert_eq!(target(8000).status, 200);
    refused(&target(8192), 414);
    let large = "a".repeat(64 * 1024 + 1);
    for path in ["/oauth/token", "/oauth/introspect", METADATA, "/nowhere"] {
        for method in ["POST", "GET"] {
            refused(&service.request(method, path, &[FORM], &large), 413);
            // One chunk that is too large, and one too many.
            for chunk in [64 * 1024 + 1, 1000] {
                let body = format!("{chunk:x}\r\n{}\r\n", "a".repeat(chunk)).repeat(64 * 1024 / chunk + 1);
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                );
                refused(&service.raw(&head, &format!("{body}0\r\n\r\n")), 413);
            }
        }
    }
}

#[test]
fn every_answer_carries_what_browsers_have_to_know_and_nothing_about_the_server() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let origin = ("Origin", "https://evil.example");
    let authorization = basic(&key);
    for (method, path, headers, body, status) in [
        ("GET", METADATA, vec![origin], "", 200),
        ("HEAD", METADATA, vec![origin], "", 200),
        ("OPTIONS", "/oauth/token", vec![origin, ("Access-Control-Request-Method", "POST")], "", 405),
        ("GET", "/nowhere", vec![origin], "", 404),
        (
            "POST",
            "/oauth/token",
            vec![origin, FORM, ("Authorization", authorization.as_str())],
            "grant_type=client_credentials",
            200,
        ),
        ("POST", "/oauth/token", vec![origin, FORM], "grant_type=client_credentials", 401),
    ] {
        let answer = service.request(method, path, &headers, body);
        assert_eq!(answer.status, status, "{method} {path}");
        for line in [
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "referrer-policy: no-referrer",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "request-id: req_",
        ] {
            assert_eq!(answer.headers.matches(&format!("\r\n{line}")).count(), 1, "{line}: {answer:?}");
        }
        for name in ["server:", "x-powered-by:", "access-control-", "set-cookie:"] {
            assert!(!answer.headers.contains(name), "{name}: {answer:?}");
        }
    }
}
