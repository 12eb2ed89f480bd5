//! Malformed requests to the token endpoint: a documented 4xx that repeats no input, and the service keeps working.

use crate::support::App;
use crate::support::process::{Service, basic};

use super::assert_error;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn malformed_token_requests_are_refused_as_documented() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let authorization = basic(&key);
    let many = "a=1&".repeat(3000);
    let large = format!("grant_type={}", "x".repeat(9000));
    let cases: [(&str, &str, &str); 17] = [
        ("", "", "invalid_request"),
        ("application/x-www-form-urlencoded", "", "invalid_request"),
        ("application/json", r#"{"grant_type":"client_credentials"}"#, "invalid_request"),
        (
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&grant_type=client_credentials",
            "invalid_request",
        ),
        (
            "application/x-www-form-urlencoded",
            "grant_type=authorization_code&code=x&code=x",
            "invalid_request",
        ),
        (
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&client_id=x&client_id=x",
            "invalid_request",
        ),
        ("application/x-www-form-urlencoded", "grant_type=a%22b%5Cc%0D%0AX-A:+b", "invalid_request"),
        ("application/x-www-form-urlencoded", "grant_type=a%22b%5Cc+%C3%A9", "unsupported_grant_type"),
        ("application/x-www-form-urlencoded", "grant_type=%zz", "invalid_request"),
        ("application/x-www-form-urlencoded", "grant_type=%ff%fe", "invalid_request"),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials%00", "invalid_request"),
        ("application/x-www-form-urlencoded", &many, "invalid_request"),
        ("application/x-www-form-urlencoded", &large, "unsupported_grant_type"),
        (
            "application/x-www-form-urlencoded",
            "grant_type=password&username=a&password=b",
            "unsupported_grant_type",
        ),
        ("application/x-www-form-urlencoded", "grant_type=urn:odd", "unsupported_grant_type"),
        // Grant types that a key may not use, with any code or token.
        ("application/x-www-form-urlencoded", "grant_type=authorization_code&code=x", "unauthorized_client"),
        (
            "application/x-www-form-urlencoded",
            "grant_type=refresh_token&refresh_token=x",
            "unauthorized_client",
        ),
    ];
    for (media_type, body, error) in cases {
        let mut headers = vec![("Authorization", authorization.as_str())];
        if !media_type.is_empty() {
            headers.push(("Content-Type", media_type));
        }
        let answer = service.request("POST", "/oauth/token", &headers, body);
        let case = format!("{media_type:?}, {body:.60}");
        assert_error(&case, &answer, 400, error);
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(
            description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{case}: {description}"
        );
        assert!(
            !answer.body.contains("b\\\\c") && answer.header_values("x-a").is_empty(),
            "{case}: {answer:?}"
        );
    }
    let accepted = service.request(
        "POST",
        "/oauth/token",
        &[
            ("Authorization", &authorization),
            ("Content-Type", "application/X-WWW-Form-Urlencoded;charset=utf-8"),
        ],
        "grant_type=client_credentials&scope=&unknown=1",
    );
    assert_eq!(accepted.status, 200);
}

#[test]
fn a_four_mebibyte_body_is_refused_and_the_service_lives() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let mut stream = std::net::TcpStream::connect(service.address).unwrap();
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n{}: {}\r\nContent-Length: 4194304\r\nConnection: close\r\n\r\n",
        FORM.0, FORM.1
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let chunk = vec![b'a'; 65_536];
    for _ in 0..64 {
        if std::io::Write::write_all(&mut stream, &chunk).is_err() {
            break;
        }
    }
    let mut bytes = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut bytes);
    let answer = String::from_utf8_lossy(&bytes);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(service.token(&key).status, 200);
    // A body just above the limit is sent completely, so its answer always arrives.
    let large = format!("grant_type={}", "x".repeat(64 * 1024));
    let answer = service.post("/oauth/token", None, &large);
    assert_error("64 KiB body", &answer, 413, "invalid_request");
    assert!(answer.headers.contains("cache-control: no-store"), "{answer:?}");
}

#[test]
fn only_post_issues_tokens_and_no_origin_is_allowed() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let authorization = basic(&key);
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = service.request(
            method,
            "/oauth/token",
            &[("Authorization", &authorization), FORM],
            "grant_type=client_credentials",
        );
        assert_error(method, &answer, 405, "invalid_request");
        assert!(answer.headers.contains("\r\nallow: post\r\n"), "{method}: {answer:?}");
        assert!(answer.headers.contains("\r\ncache-control: no-store\r\n"), "{method}: {answer:?}");
    }
    let answer = service.request(
        "POST",
        "/oauth/token",
        &[("Authorization", &authorization), FORM, ("Origin", "https://evil.example")],
        "grant_type=client_credentials",
    );
    assert!(!answer.headers.contains("access-control"));
    assert!(!answer.headers.contains("server:"));
}

#[test]
fn a_locked_store_answers_unavailable_until_released() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let writer = rusqlite::Connection::open(app.store()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = service.token(&key);
    assert_error("locked store", &answer, 503, "temporarily_unavailable");
    assert!(answer.headers.contains("retry-after: 1"));
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(service.token(&key).status, 200);
    let tokens: i64 = writer.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0)).unwrap();
    assert_eq!(tokens, 1);
}
