//! Malformed request heads: bytes that are not HTTP, and header values that no client or browser sends.

use std::fs::{File, read_to_string};
use std::io::Write as _;
use std::net::TcpStream;

use serde_json::Value;

use crate::support::App;
use crate::support::process::Service;

use super::bad_input::{FORM, assert_refused, form_paths, send, start};
use super::whole_run::{assert_clean, is_page};

#[test]
fn malformed_http_is_refused_and_the_connection_closed() {
    let (_app, key, service) = start();
    let form = "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    for bytes in [
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        b"GET /login\r\n\r\n".to_vec(),
        b"GET /login HTTP/9.9\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /log in HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n".to_vec(),
        b"GET /login HTTP/1.1\r\nHost: localhost\r\n X-A: folded\r\n\r\n".to_vec(),
        b"GET /login HTTP/1.1\r\nHost : localhost\r\n\r\n".to_vec(),
        b"GET /login HTTP/1.1\r\n: b\r\nHost: localhost\r\n\r\n".to_vec(),
        format!("POST /login HTTP/1.1\r\n{form}Content-Length: -1\r\n\r\n").into_bytes(),
        format!("POST /login HTTP/1.1\r\n{form}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")
            .into_bytes(),
        format!("POST /login HTTP/1.1\r\n{form}Content-Length: 99999999999999999999\r\n\r\n").into_bytes(),
        format!("POST /oauth/token HTTP/1.1\r\n{form}Transfer-Encoding: gzip\r\n\r\nab").into_bytes(),
        format!(
            "POST /oauth/token HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"
        )
        .into_bytes(),
        format!(
            "POST /oauth/token HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"
        )
        .into_bytes(),
    ] {
        let answer = send(&service, &bytes);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(status.starts_with('4'), "{:?}: {answer}", String::from_utf8_lossy(&bytes));
    }
    // HTTP/2 is not supported; the connection is closed without an answer.
    assert_eq!(send(&service, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "");
    // A client that closes the connection in the middle of a body.
    let mut stream = TcpStream::connect(service.address).unwrap();
    let head = format!("POST /oauth/token HTTP/1.1\r\n{form}Content-Length: 100\r\n\r\ngrant_type=");
    stream.write_all(head.as_bytes()).unwrap();
    drop(stream);
    // Bytes that are not UTF-8, or NUL, in a body and in a path.
    for (path, body, status) in [
        ("/oauth/token", &b"grant_type=\xff\xfe"[..], "400"),
        ("/oauth/token", b"grant_type=a\0", "400"),
        ("/login", b"username=\xff", "400"),
        ("/oauth/authorize", b"form=\0", "400"),
        ("/assets/%ff", b"", "405"),
        ("/%ff/%00", b"", "404"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\n{form}Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = send(&service, &[head.as_bytes(), body].concat());
        assert_eq!(answer.split(' ').nth(1), Some(status), "{path}: {answer}");
    }
    for path in ["/assets/%ff", "/assets/%00", "/assets/..%2f..%2fbase.db", "/assets/a/b", "/assets/"] {
        let answer = service.request("GET", path, &[], "");
        assert_refused(path, path, &answer);
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn a_tls_handshake_on_the_plain_port_is_named() {
    let (_app, _, service) = start();
    for (bytes, is_tls) in [
        (&b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"[..], true),
        (b"\x16\x03\x03\0\x05\x01\0\0\x01\0", true),
        (b"\x16\x02\x01\r\n\r\n", false),
        (b"GET /login HTTP/9.9\r\nHost: \x16\x03\r\n\r\n", false),
        (b"\0\x16\x03\r\n\r\n", false),
    ] {
        let answer = send(&service, bytes);
        assert_eq!(answer.contains("begins with a TLS handshake"), is_tls, "{bytes:?}: {answer}");
        assert_eq!(answer.contains("a line break in a header value"), !is_tls, "{bytes:?}: {answer}");
    }
}

#[test]
fn a_rejected_head_gets_a_request_id_a_log_line_and_a_count() {
    let app = App::in_real_time();
    let log = app.folder().join("log");
    let words = ["--log", "json", "--operations", "127.0.0.1:0"];
    let service = Service::start_logging(&app.store(), &words, File::create(&log).unwrap());
    let head = "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n";
    let cases = [
        // What `base64` without `-w0` makes of a long id and secret.
        (
            format!(
                "{head}Authorization: Basic YXBjY19saXZlXzEyMzQ1Njc4OTAxMjphcGN4X2xpdmVfMTIzNDU2Nzg5MDEy\nXzEyMw==\r\n\r\n"
            ),
            "400",
        ),
        (format!("{head}Authorization: Basic YXBj\r\n Y18=\r\n\r\n"), "400"),
        (format!("{head}Host : localhost\r\n\r\n"), "400"),
        (format!("{head}Content-Length: -1\r\n\r\n"), "400"),
        ("GET /login HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(), "400"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned(), "400"),
        (format!("{head}X-A: {}\r\n\r\n", "a".repeat(100_000)), "431"),
        (format!("{head}{}\r\n", "X-A: b\r\n".repeat(200)), "431"),
        (format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(70_000)), "431"),
    ];
    let mut ids = Vec::new();
    for (bytes, status) in &cases {
        let case = &bytes[..bytes.len().min(200)];
        let answer = send(&service, bytes.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{case}: {answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(key, _)| *key == name).unwrap_or_else(|| panic!("{name}: {head}")).1
        };
        assert_eq!(header("content-type"), "application/json", "{case}");
        assert_eq!(header("cache-control"), "no-store", "{case}");
        assert_eq!(header("connection"), "close", "{case}");
        assert_eq!(header("vary"), "Origin", "{case}");
        assert_eq!(header("content-length"), body.len().to_string(), "{case}");
        assert!(!header("date").is_empty(), "{case}");
        let id = header("request-id").to_owned();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"], "invalid_request", "{case}");
        assert!(body["error_description"].as_str().unwrap().ends_with(&format!(" ({id})")), "{body}");
        ids.push(id);
    }
    // A valid request before the rejected head, on one connection.
    let both = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\nGET /login HTTP/9.9\r\n\r\n";
    let answers = send(&service, both.as_bytes());
    assert_eq!(answers.matches("\r\nrequest-id: req_").count(), 2, "{answers}");
    // HTTP/2 cannot be answered, but is recorded.
    assert_eq!(send(&service, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "");
    let metrics = service.operations("/metrics", None).body;
    let counted = "apiconn_refusals_total{error=\"invalid_request\"} ";
    let count = metrics.lines().find_map(|line| line.strip_prefix(counted)).unwrap();
    assert_eq!(count.parse::<usize>().unwrap(), cases.len() + 3, "{metrics}");
    assert!(service.stop());
    let lines: Vec<Value> =
        read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((_, status), id) in cases.iter().zip(&ids) {
        let line = lines.iter().find(|line| line["request_id"] == id.as_str()).unwrap();
        assert_eq!((&line["route"], &line["method"]), (&"none".into(), &"other".into()), "{line}");
        assert_eq!(line["status"].to_string(), *status, "{line}");
    }
    assert_eq!(lines.iter().filter(|line| line["route"] == "none").count(), cases.len() + 3, "{lines:?}");
}

#[test]
fn malformed_cookies_and_headers_count_as_absent() {
    let (_app, key, service) = start();
    let unknown = "A".repeat(43);
    let twice = format!("apiconn-session={unknown}; apiconn-session={unknown}");
    let cookies = [
        "",
        "=",
        ";;; ; =;=;",
        "apiconn-session",
        "apiconn-session=",
        "apiconn-session=\"\"",
        "apiconn-session=x",
        "apiconn-session=\u{e9}; apiconn-browser=\u{e9}",
        "apiconn-browser=%00; apiconn-session=%00",
        "__Host-apiconn-session=x",
        "$Version=1; apiconn-session=x; $Path=/",
        twice.as_str(),
    ];
    let single = format!("apiconn-session={unknown}");
    for cookie in cookies.iter().chain([&single.as_str()]) {
        let headers = [("Cookie", *cookie), FORM];
        for (path, status) in
            [("/login", 200), ("/logout", 200), ("/account/applications", 303), ("/oauth/authorize", 400)]
        {
            let answer = service.request("GET", path, &headers, "");
            assert_clean(cookie, path, &answer);
            assert_eq!(answer.status, status, "{cookie} at {path}: {answer:?}");
        }
        for path in form_paths().filter(|path| is_page(path) && *path != "/logout") {
            let body = format!("form={unknown}&token={unknown}&username=tech1&password=x&decision=allow");
            assert_refused(cookie, path, &service.request("POST", path, &headers, &body));
        }
    }
    let large = "x".repeat(9000);
    for (name, value) in [
        ("Accept-Language", "*;q=9, ,;;;,-,\u{e9}"),
        ("Accept-Language", &large),
        ("Accept", "application/nothing"),
        ("Sec-Fetch-Site", "\u{e9}"),
        ("Origin", "\u{e9}"),
        ("Range", "bytes=5-1"),
        ("Expect", "nothing"),
        ("If-None-Match", "\",,,W/\""),
        ("Upgrade", "h2c, websocket"),
        ("X-Forwarded-For", "%00,,"),
    ] {
        for path in ["/login", "/.well-known/oauth-authorization-server", "/logout"] {
            let answer = service.request("GET", path, &[(name, value)], "");
            assert_clean(name, path, &answer);
            assert_eq!(answer.status, 200, "{name} at {path}: {answer:?}");
        }
    }
    for authorization in [
        "",
        "Basic",
        "Basic ",
        "Basic AA==",
        "Basic \u{e9}",
        "basic OjpcAA==",
        "Bearer",
        "Digest username=\"<canary>\"",
        "Basic PGNhbmFyeT46PGNhbmFyeT4=",
        large.as_str(),
    ] {
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
            let answer = service.post(path, Some(authorization), "grant_type=client_credentials&token=x");
            assert_refused(authorization, path, &answer);
            assert_eq!(answer.status, 401, "{authorization} at {path}: {answer:?}");
        }
    }
    assert_eq!(service.token(&key).status, 200);
}
