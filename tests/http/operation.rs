//! What whoever runs the service sees of it: a line for each request.

use std::collections::HashSet;
use std::fs::{File, read_to_string};

use serde_json::Value;

use crate::support::App;
use crate::support::process::{Service, basic};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// The lines of a log.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn a_request_has_an_id_in_its_answer_and_one_line_by_the_template_of_its_route() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let answers = [
        service.token(&key),
        service.token(&(key.0.clone(), "wrong".to_owned())),
        service.request("GET", "/.well-known/oauth-authorization-server/any/where?q=1", &[], ""),
        service.request("BREW", "/oauth/token", &[], ""),
        service.request("GET", "/no/such/path?token=x", &[], ""),
        service.request("POST", "/oauth/token", &[FORM], &"x".repeat(70_000)),
    ];
    assert!(service.stop());
    let lines = lines(&read_to_string(path).unwrap());
    let told: Vec<_> = lines[..6]
        .iter()
        .map(|line| {
            (
                line["route"].as_str().unwrap(),
                line["method"].as_str().unwrap(),
                line["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("/oauth/token", "POST", 200),
            ("/oauth/token", "POST", 401),
            ("/.well-known/oauth-authorization-server/{*path}", "GET", 404),
            ("/oauth/token", "other", 405),
            ("none", "GET", 404),
            ("/oauth/token", "POST", 413),
        ]
    );
    let mut ids = HashSet::new();
    for (answer, line) in answers.iter().zip(&lines) {
        let id = line["request_id"].as_str().unwrap();
        assert!(id.starts_with("req_") && id.len() == 16, "{id}");
        assert!(
            answer.headers.contains(&format!("\r\nrequest-id: {}\r\n", id.to_ascii_lowercase())),
            "{answer:?}"
        );
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        let time = line["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
        assert!(line["duration_ms"].as_f64().unwrap() < 10_000.0);
    }
    // The last line says that it was no crash.
    assert_eq!((lines.len(), lines[6]["event"].as_str()), (7, Some("stopped")));
}

#[test]
fn nothing_that_a_client_sends_is_in_the_log() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let authorization = basic(&key);
    for (method, path) in [("POST", "/oauth/token"), ("GET", "/CANARY"), ("CANARY", "/oauth/introspect")] {
        let path = format!("{path}?q=CANARY&token={token}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Cookie", "session=CANARY"),
            ("Referer", "https://CANARY.example/"),
            ("User-Agent", "CANARY\t[31m"),
            ("X-CANARY", "CANARY"),
            FORM,
        ];
        service.request(method, &path, &headers, &format!("grant_type=CANARY&token={token}"));
    }
    assert!(service.stop());
    let text = read_to_string(path).unwrap();
    assert_eq!(lines(&text).len(), 5);
    for sent in ["CANARY", &token, &key.1, &authorization, "q="] {
        assert!(!text.contains(sent), "{sent:?} is in the log: {text}");
    }
}

#[test]
fn a_log_that_is_off_says_nothing_and_one_that_nobody_reads_holds_no_request_up() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &["--log", "off"], File::create(&path).unwrap());
    let answer = service.token(&key);
    assert!(answer.headers.contains("\r\nrequest-id: req_"), "{answer:?}");
    assert!(service.stop());
    assert_eq!(read_to_string(path).unwrap(), "");
    // A pipe holds 64 KiB: some hundred lines.
    let (reader, writer) = std::io::pipe().unwrap();
    let service = Service::start_logging(&app.store(), &[], writer);
    for _ in 0..600 {
        assert_eq!(service.request("GET", "/", &[], "").status, 404);
    }
    // Gone altogether, it is no reason to stop either.
    drop(reader);
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
}
