//! Malformed requests at every endpoint. Each gets a documented 4xx (JSON, or HTML at the pages' paths) that repeats none
//! of its input, and the service keeps working.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::assert_error;
use super::whole_run::assert_clean;
use crate::support::App;
use crate::support::process::{Answer, Service, basic};

/// The header of a form body.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// Becomes HTML markup if it is decoded and repeated without escaping.
const MARKUP: &str = "%22%3E%3Ccanary%3E%27";
/// More headers than the limit.
const TOO_MANY_HEADERS: usize = 65;
/// More bytes of headers than the limit.
const TOO_LONG_HEADERS: usize = 17_000;
/// More bytes of a request target than the limit.
const TOO_LONG_TARGET: usize = 8_300;
/// One byte of a body more than the limit.
const TOO_LARGE: usize = 64 * 1024 + 1;

/// Every endpoint and the methods it supports, and two paths without an endpoint.
const ENDPOINTS: &[(&str, &[&str])] = &[
    ("/oauth/authorize", &["GET", "POST"]),
    ("/consent", &["POST"]),
    ("/login", &["GET", "POST"]),
    ("/logout", &["GET", "POST"]),
    ("/account/applications", &["GET"]),
    ("/account/applications/revoke", &["POST"]),
    ("/account/applications/revoke-all", &["POST"]),
    ("/developers", &["GET"]),
    ("/oauth/token", &["POST"]),
    ("/oauth/introspect", &["POST"]),
    ("/oauth/revoke", &["POST"]),
    ("/.well-known/oauth-authorization-server", &["GET"]),
    ("/.well-known/oauth-authorization-server/x", &["GET"]),
    ("/assets/x", &["GET"]),
    ("/nowhere", &[]),
    ("/", &[]),
];

/// The paths of the endpoints that take a form.
pub fn form_paths() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().filter(|(_, methods)| methods.contains(&"POST")).map(|(path, _)| *path)
}

/// Asserts that an answer is a 4xx that repeats no input and sets nothing; `case` names the request.
#[track_caller]
pub fn assert_refused(case: &str, path: &str, answer: &Answer) {
    assert_clean(case, path, answer);
    assert!((400..500).contains(&answer.status), "{case} at {path}: {answer:?}");
    assert!(!answer.body.contains("<canary") && !answer.headers.contains("canary"), "{case}: {answer:?}");
    assert!(answer.header_values("location").is_empty(), "{case}: {answer:?}");
    assert!(answer.header_values("set-cookie").is_empty(), "{case}: {answer:?}");
}

/// Sends bytes and returns the answer, which is empty if the service only closes the connection.
pub fn send(service: &Service, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(service.address).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Creates a base with a key that may introspect, and starts the service.
pub fn start() -> (App, (String, String), Service) {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read --scope apiconn:introspect");
    let service = Service::start(&app.store());
    (app, key, service)
}

#[test]
fn unsupported_methods_are_refused_with_an_allow_header() {
    let (_app, key, service) = start();
    let authorization = basic(&key);
    for (path, methods) in ENDPOINTS {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
            let is_supported = methods.contains(&method) || (method == "HEAD" && methods.contains(&"GET"));
            if is_supported {
                continue;
            }
            let headers =
                [FORM, ("Authorization", authorization.as_str()), ("X-HTTP-Method-Override", "POST")];
            let answer = service.request(method, path, &headers, "grant_type=client_credentials&token=x");
            assert_refused(method, path, &answer);
            let expected = if methods.is_empty() { 404 } else { 405 };
            assert_eq!(answer.status, expected, "{method} {path}");
            if expected == 405 {
                let allowed = answer.header("allow");
                for method in *methods {
                    assert!(allowed.split(',').any(|name| name.trim() == *method), "{path}: {allowed}");
                }
            }
        }
    }
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn bodies_of_other_media_types_are_refused() {
    let (_app, key, service) = start();
    let authorization = basic(&key);
    let good = "grant_type=client_credentials&token=x&username=tech1&password=x&decision=allow&form=x";
    for path in form_paths() {
        for media_type in [
            None,
            Some(""),
            Some("application/json"),
            Some("text/plain"),
            Some("text/plain; application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/x-www-form-urlencoded-too"),
            Some("application"),
            Some("\u{e9}"),
            Some("%00"),
        ] {
            let mut headers = vec![("Authorization", authorization.as_str())];
            headers.extend(media_type.map(|media_type| ("Content-Type", media_type)));
            let answer = service.request("POST", path, &headers, good);
            assert_refused("a media type", path, &answer);
            assert_eq!(answer.status, 400, "{media_type:?} at {path}: {answer:?}");
        }
    }
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn malformed_repeated_or_too_many_parameters_are_refused() {
    let (_app, key, service) = start();
    let authorization = basic(&key);
    let headers = [FORM, ("Authorization", authorization.as_str())];
    let thousands = format!("{MARKUP}={MARKUP}&{}", "x=1&".repeat(3000));
    let broken = [
        "a=%",
        "a=%4",
        "a=%zz",
        "%zz=a",
        "a=%ff%fe",
        "a=%c3",
        "a=%ed%a0%80",
        "a=%00",
        "%00=a",
        "a=%0d%0aX-A:+b",
        "a=%7f",
        "a=%c2%85",
        thousands.as_str(),
    ];
    for path in form_paths() {
        for query in broken {
            for body in [query.to_owned(), format!("grant_type=client_credentials&token=x&{query}")] {
                let answer = service.request("POST", path, &headers, &body);
                assert_refused(&body[..body.len().min(60)], path, &answer);
                assert_eq!(answer.status, 400, "{query} at {path}: {answer:?}");
            }
        }
    }
    // Only the authorization endpoint reads its query; at other paths the query has no effect.
    for query in &broken[..broken.len() - 1] {
        let answer = service.request("GET", &format!("/oauth/authorize?{query}"), &[], "");
        assert_refused(query, "/oauth/authorize", &answer);
        assert_eq!(answer.status, 400, "{query}");
    }
    let many = "x=1&".repeat(1000);
    assert_refused(
        "many",
        "/oauth/authorize",
        &service.request("GET", &format!("/oauth/authorize?{many}"), &[], ""),
    );
    for (path, methods) in
        ENDPOINTS.iter().filter(|(path, methods)| *path != "/oauth/authorize" && methods.contains(&"GET"))
    {
        let expected = service.request("GET", path, &[], "").status;
        for query in &broken[..broken.len() - 1] {
            let answer = service.request("GET", &format!("{path}?{query}&{MARKUP}"), &[], "");
            assert_clean(query, path, &answer);
            assert_eq!(answer.status, expected, "{path}?{query} {methods:?}");
            assert!(!answer.body.contains("<canary"), "{answer:?}");
        }
    }
    let known = [
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "refresh_token",
        "scope",
        "token",
        "token_type_hint",
    ];
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        for name in known {
            let answer = service.request("POST", path, &headers, &format!("{name}={MARKUP}&{name}={MARKUP}"));
            assert_refused(name, path, &answer);
            assert_error(&format!("{name} at {path}"), &answer, 400, "invalid_request");
        }
    }
    for path in ["/login", "/logout", "/account/applications/revoke"] {
        for name in ["token", "request", "username", "password", "grant", "confirm"] {
            let answer = service.request("POST", path, &headers, &format!("{name}={MARKUP}&{name}={MARKUP}"));
            assert_refused(name, path, &answer);
        }
    }
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn unusual_and_long_values_are_refused_and_not_repeated() {
    let (app, key, service) = start();
    app.user("tech1");
    let authorization = basic(&key);
    let web = app.code_client("field-app", "https://field.example/cb", "--scope assets.read");
    let long = "x".repeat(9_000);
    let very_long = format!("{MARKUP}{}", "x".repeat(60_000));
    let values =
        [MARKUP, "%C3%A9%F0%9F%94%91", long.as_str(), very_long.as_str(), "%25%30%30", "+", "%22%5C%27"];
    let names = [
        "grant_type",
        "scope",
        "code",
        "redirect_uri",
        "refresh_token",
        "token",
        "token_type_hint",
        "client_id",
        "client_secret",
        "username",
        "password",
        "request",
        "form",
        "decision",
        "grant",
    ];
    for path in form_paths() {
        for value in values {
            for name in names {
                // Without a session, signing out answers with a page that is not an error.
                if path == "/logout" {
                    continue;
                }
                for authorization in [None, Some(authorization.as_str())] {
                    let answer = service.post(path, authorization, &format!("{name}={value}"));
                    let is_introspected =
                        path == "/oauth/introspect" && name == "token" && authorization.is_some();
                    let is_revoked = path == "/oauth/revoke" && name == "token" && authorization.is_some();
                    if is_introspected || is_revoked {
                        assert_eq!(answer.status, 200, "{name} at {path}: {answer:?}");
                        let body = if is_introspected { "{\"active\":false}" } else { "{}" };
                        assert_eq!(answer.body, body, "{name} at {path}");
                    } else {
                        assert_refused(name, path, &answer);
                    }
                }
            }
        }
    }
    // With a valid client and redirect URI, the error goes to the redirect URI.
    for name in ["scope", "response_type", "code_challenge", "code_challenge_method", "prompt"] {
        for value in [MARKUP, "%C3%A9", "%22%5C%27", &long[..4000]] {
            let path = format!("{}&{name}={value}", web.path(&[(name, "")]));
            let answer = service.request("GET", &path, &[], "");
            assert_eq!(answer.status, 303, "{name}: {answer:?}");
            let location = answer.header("location");
            assert!(location.starts_with("https://field.example/cb?error="), "{name}: {location}");
            assert!(!location.contains("canary") && location.len() < 300, "{name}: {location}");
        }
    }
    for name in ["client_id", "redirect_uri"] {
        for value in [MARKUP, "%C3%A9", "%22%5C%27", &long[..4000]] {
            let path = format!("{}&{name}={value}", web.path(&[(name, "")]));
            assert_refused(name, "/oauth/authorize", &service.request("GET", &path, &[], ""));
        }
    }
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn oversized_bodies_and_heads_are_refused_at_every_path() {
    let (_app, key, service) = start();
    let large = "a".repeat(TOO_LARGE);
    let mebibytes = 4 * 1024 * 1024;
    for (path, methods) in ENDPOINTS {
        let method = methods.last().unwrap_or(&"POST");
        let answer = service.request(method, path, &[FORM], &large);
        assert_refused("a large body", path, &answer);
        assert_eq!(answer.status, 413, "{path}");
        let target = format!("{path}?{}", "q".repeat(TOO_LONG_TARGET));
        let answer = service.request(method, &target, &[FORM], "");
        assert_refused("a long target", path, &answer);
        assert_eq!(answer.status, 414, "{path}");
        for headers in [vec![("X-A", "b"); TOO_MANY_HEADERS], vec![("Cookie", &large[..TOO_LONG_HEADERS])]] {
            let answer = service.request(method, path, &headers, "");
            assert_refused("a large head", path, &answer);
            assert_eq!(answer.status, 431, "{} at {path}", headers[0].0);
        }
        // The service does not read a body of this size to its end, so the answer may be lost with the connection.
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{}: {}\r\n", FORM.0, FORM.1);
        let whole = [format!("{head}Content-Length: {mebibytes}\r\n\r\n"), "a".repeat(mebibytes)].concat();
        let chunk = format!("10000\r\n{}\r\n", "a".repeat(65_536));
        let chunked =
            [format!("{head}Transfer-Encoding: chunked\r\n\r\n"), chunk.repeat(64), "0\r\n\r\n".to_owned()];
        for body in [whole, chunked.concat()] {
            let answer = send(&service, body.as_bytes());
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        }
        // A head beyond the read buffer is answered by the HTTP library, without a JSON body.
        for head in
            [format!("{head}X-A: {large}\r\n\r\n"), format!("{method} {path}?{large} HTTP/1.1\r\n\r\n")]
        {
            let answer = send(&service, head.as_bytes());
            let status = answer.split(' ').nth(1).unwrap_or("431");
            assert!(matches!(status, "414" | "431"), "{path}: {answer}");
        }
    }
    assert_eq!(service.token(&key).status, 200);
}
