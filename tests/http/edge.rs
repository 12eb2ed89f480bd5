//! Checks before any handler: hosts, proxies and limits, and the headers of every answer.

use crate::support::App;
use crate::support::process::{Answer, Service, basic, ok, run};

use super::assert_error;

const METADATA: &str = "/.well-known/oauth-authorization-server";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Requests the metadata with only the given header lines and `Connection: close`.
fn get_metadata(service: &Service, lines: &str) -> Answer {
    service.raw(&format!("GET {METADATA} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"), "")
}

/// Asserts an `invalid_request` in the documented shape.
#[track_caller]
fn assert_refused(case: &str, answer: &Answer, status: u16) {
    assert_error(case, answer, status, "invalid_request");
    assert!(answer.json()["error_description"].is_string(), "{case}: {answer:?}");
    assert!(answer.headers.contains("\r\ncache-control: no-store\r\n"), "{case}: {answer:?}");
    assert!(answer.headers.contains("\r\nrequest-id: req_"), "{case}: {answer:?}");
}

#[test]
fn a_request_for_another_host_is_refused_before_any_handler() {
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
        "192.0.2.1".to_owned(),
        "[fd00::1]".to_owned(),
    ] {
        assert_eq!(get_metadata(&service, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:127.0.0.1",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example:1",
        "0.0.0.0",
        "[::]:8080",
        "fd00::1",
        "",
    ] {
        assert_refused(host, &get_metadata(&service, &format!("Host: {host}\r\n")), 421);
    }
    for lines in ["", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nHost: evil.example\r\n"] {
        assert_refused(lines, &get_metadata(&service, lines), 400);
    }
    // In a request target in absolute form the host is checked as well.
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
    assert_refused("POST to another host", &service.raw(&head, body), 421);
    assert_eq!(app.number("SELECT count(*) FROM tokens"), 0);
}

#[test]
fn the_issuer_host_is_accepted_as_soon_as_it_is_set() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let named = Service::start_with(&app.store(), &["--issuer", "https://named.example:8443/base"]);
    assert_refused("before it is set", &get_metadata(&service, "Host: auth.example\r\n"), 421);
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    for host in ["auth.example", "AUTH.example", "auth.example:443"] {
        assert_eq!(get_metadata(&service, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    for host in ["auth.example:80", "auth.example.", "xauth.example", "named.example:8443"] {
        assert_refused(host, &get_metadata(&service, &format!("Host: {host}\r\n")), 421);
    }
    assert_eq!(get_metadata(&named, "Host: named.example:8443\r\n").status, 200);
    for host in ["auth.example", "named.example", "named.example:443"] {
        assert_refused(host, &get_metadata(&named, &format!("Host: {host}\r\n")), 421);
    }
}

#[test]
fn forwarded_headers_do_not_change_the_answer() {
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
            assert!(!answer.headers.contains("evil"), "{forged:?}: {answer:?}");
        }
    }
}

#[test]
fn listening_beyond_loopback_needs_named_proxies() {
    let app = App::in_real_time();
    // An address reserved for documentation (RFC 5737), so that binding to it fails in any case.
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
        ("0.0.0.0/0", "contains every address"),
        ("10.0.0.5/24", "the bits after the prefix must be 0"),
        ("", "is not an address"),
    ] {
        let (code, error) = serve(&["--behind-proxy", proxy]);
        assert!(code == Some(2) && error.contains(why), "{proxy}: {error}");
    }
}

#[test]
fn exceeded_limits_are_refused_in_the_documented_shape() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let many = |count: usize| "X-A: b\r\n".repeat(count);
    // The request has two more headers, `Host` and `Connection`.
    assert_eq!(get_metadata(&service, &format!("Host: localhost\r\n{}", many(62))).status, 200);
    let answer = get_metadata(&service, &format!("Host: localhost\r\n{}", many(63)));
    assert_refused("65 headers", &answer, 431);
    let long = |bytes: usize| format!("Host: localhost\r\nX-A: {}\r\n", "b".repeat(bytes));
    assert_eq!(get_metadata(&service, &long(16_000)).status, 200);
    assert_refused("16 KiB of headers", &get_metadata(&service, &long(16_384)), 431);
    let target = |bytes: usize| {
        let head = format!(
            "GET {METADATA}?{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "q".repeat(bytes)
        );
        service.raw(&head, "")
    };
    assert_eq!(target(8000).status, 200);
    assert_refused("8 KiB target", &target(8192), 414);
    let large = "a".repeat(64 * 1024 + 1);
    for path in ["/oauth/token", "/oauth/introspect", METADATA, "/nowhere"] {
        for method in ["POST", "GET"] {
            let case = format!("{method} {path}");
            assert_refused(&case, &service.request(method, path, &[FORM], &large), 413);
            // One chunk above the limit, and many chunks that exceed it together.
            for chunk in [64 * 1024 + 1, 1000] {
                let body = format!("{chunk:x}\r\n{}\r\n", "a".repeat(chunk)).repeat(64 * 1024 / chunk + 1);
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                );
                let answer = service.raw(&head, &format!("{body}0\r\n\r\n"));
                assert_refused(&format!("{case} in chunks of {chunk}"), &answer, 413);
            }
        }
    }
}

#[test]
fn every_answer_has_security_headers_and_no_server_banner() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let origin = ("Origin", "https://evil.example");
    let authorization = basic(&key);
    for (method, path, headers, body, status) in [
        ("GET", METADATA, vec![origin], "", 200),
        ("HEAD", METADATA, vec![origin], "", 200),
        ("OPTIONS", "/oauth/token", vec![origin, ("Access-Control-Request-Method", "POST")], "", 204),
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
        for name in ["server:", "x-powered-by:", "access-control-allow-credentials", "set-cookie:"] {
            assert!(!answer.headers.contains(name), "{name}: {answer:?}");
        }
        // The metadata is public.
        assert_eq!(answer.headers.contains("access-control-"), path == METADATA, "{answer:?}");
    }
}
