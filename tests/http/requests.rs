//! Requests that no honest client sends: 4xx in the documented shape, nothing echoed, the service lives on.

use crate::support::App;
use crate::support::process::{Service, basic};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn r52_to_r56_r59_r60_malformed_requests_are_refused_in_the_documented_shape() {
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
        // What this key may not do, whatever it shows for it.
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
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(error)), "{answer:?}");
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(
            description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{description}"
        );
        assert!(!answer.body.contains("b\\\\c") && answer.header_values("x-a").is_empty(), "{answer:?}");
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
fn r58_a_body_of_four_mebibytes_is_cut_off_and_the_service_lives() {
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
    // One that is sent whole before it is refused: the answer is JSON like every other.
    let large = format!("grant_type={}", "x".repeat(64 * 1024));
    let answer = service.post("/oauth/token", None, &large);
    assert_eq!((answer.status, answer.json()["error"].as_str()), (413, Some("invalid_request")));
    assert!(answer.headers.contains("cache-control: no-store"), "{answer:?}");
}

#[test]
fn r51_r61_only_post_asks_for_tokens_and_no_origin_is_allowed() {
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
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (405, Some("invalid_request")),
            "{method}"
        );
        assert!(answer.headers.contains("\r\nallow: post\r\n"), "{answer:?}");
        assert!(answer.headers.contains("\r\ncache-control: no-store\r\n"), "{answer:?}");
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
fn a_store_that_is_held_answers_unavailable_and_comes_back_by_itself() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let holder = rusqlite::Connection::open(app.store()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = service.token(&key);
    assert_eq!((answer.status, answer.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
    assert!(answer.headers.contains("retry-after: 1"));
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(service.token(&key).status, 200);
    let tokens: i64 = holder.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0)).unwrap();
    assert_eq!(tokens, 1);
}
