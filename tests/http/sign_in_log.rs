//! Sign-ins in the log, for programs that watch it.

use std::fs::{File, read_to_string};
use std::path::Path;

use serde_json::Value;

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD};
use crate::support::process::{Service, ok};

/// Returns the events of sign-ins in a log.
fn events(log: &Path) -> Vec<Value> {
    let text = read_to_string(log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == "sign_in").collect()
}

#[test]
fn every_sign_in_is_an_event_with_its_outcome() {
    let app = App::in_real_time();
    let [active, disabled] = ["tech1", "tech2"].map(|name| {
        app.user(name);
        app.run(&format!("user show {name} --fields user_id -o tsv")).ok().out.trim().to_owned()
    });
    ok(&app.store(), &["user", "disable", "tech2", "--yes"]);
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let sign_in = |name: &str, password: &str| {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        let answer =
            browser.submit(&service, &page.body, "/login", &[("username", name), ("password", password)]);
        (answer.status, answer.header("request-id"))
    };
    let wrong = "wrong wrong wrong";
    let typed = "a Password typed as a Name";
    let mut answers = vec![
        (sign_in("tech1", PASSWORD), Some(&active), "success"),
        (sign_in("tech1", wrong), Some(&active), "wrong_password"),
        (sign_in("tech2", PASSWORD), Some(&disabled), "sign_in_disabled"),
        (sign_in("tech2", wrong), Some(&disabled), "wrong_password"),
        (sign_in(typed, wrong), None, "unknown_user"),
    ];
    // The account waits after five failures.
    for _ in 0..5 {
        let answer = sign_in("tech1", wrong);
        let outcome = if answer.0 == 429 { "throttled" } else { "wrong_password" };
        answers.push((answer, Some(&active), outcome));
    }
    assert_eq!(answers.last().unwrap().2, "throttled");
    assert!(service.stop());
    let text = read_to_string(path).unwrap();
    for sent in [PASSWORD, wrong, typed, "tech1", "tech2"] {
        assert!(!text.contains(sent), "{sent} is in the log");
    }
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let events: Vec<_> = lines.filter(|line| line["event"] == "sign_in").collect();
    assert_eq!(events.len(), answers.len());
    for (event, ((_, request), user, outcome)) in events.iter().zip(&answers) {
        assert_eq!(event["request_id"], request.as_str(), "{event}");
        assert_eq!(event["user_id"].as_str(), user.map(String::as_str), "{event}");
        assert_eq!(event["outcome"], *outcome, "{event}");
        let names: Vec<&String> = event.as_object().unwrap().keys().collect();
        assert!(
            names
                .iter()
                .all(|name| ["time", "event", "request_id", "user_id", "outcome"].contains(&name.as_str()))
        );
    }
}

#[test]
fn a_sign_in_without_a_decision_is_an_event_too() {
    let app = App::in_real_time();
    app.user("tech1");
    let user = app.run("user show tech1 --fields user_id -o tsv").ok().out.trim().to_owned();
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let connection = rusqlite::Connection::open(app.store()).unwrap();
    let mut requests = Vec::new();
    for (name, password) in [("tech1", PASSWORD), ("tech1", "wrong wrong wrong"), ("unknown", PASSWORD)] {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login");
        // The session or the failure cannot be stored.
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let answer =
            browser.submit(&service, &page.body, "/login", &[("username", name), ("password", password)]);
        connection.execute_batch("ROLLBACK").unwrap();
        assert_eq!(answer.status, 503, "{answer:?}");
        requests.push((answer.header("request-id"), (name == "tech1").then_some(user.as_str())));
    }
    // A form of another site is no attempt.
    assert_eq!(Browser::default().post(&service, "/login", &[("username", "tech1")]).status, 403);
    assert!(service.stop());
    let events = events(&path);
    assert_eq!(events.len(), requests.len(), "{events:?}");
    for (event, (request, user)) in events.iter().zip(&requests) {
        assert_eq!(event["outcome"], "unavailable", "{event}");
        assert_eq!(event["request_id"], request.as_str(), "{event}");
        assert_eq!(event["user_id"].as_str(), *user, "{event}");
    }
}

#[test]
fn sign_ins_of_an_overloaded_service_are_events() {
    let app = App::in_real_time();
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let mut browser = Browser::default();
    let page = browser.get(&service, "/login");
    let answers: Vec<(String, u16)> = std::thread::scope(|scope| {
        let sign_ins: Vec<_> = (0..120)
            .map(|number| {
                let (mut browser, page, service) = (browser.clone(), &page, &service);
                scope.spawn(move || {
                    let name = format!("user-{number}");
                    let fields = [("username", name.as_str()), ("password", PASSWORD)];
                    let answer = browser.submit(service, &page.body, "/login", &fields);
                    (answer.header("request-id"), answer.status)
                })
            })
            .collect();
        sign_ins.into_iter().map(|sign_in| sign_in.join().unwrap()).collect()
    });
    assert!(answers.iter().any(|(_, status)| *status == 503), "{answers:?}");
    assert!(service.stop());
    let events = events(&path);
    assert_eq!(events.len(), answers.len());
    for (request, status) in answers {
        let outcome = match status {
            403 => "unknown_user",
            429 => "throttled",
            503 => "unavailable",
            _ => panic!("{status}"),
        };
        let own: Vec<_> = events.iter().filter(|event| event["request_id"] == request.as_str()).collect();
        assert_eq!(own.len(), 1, "{request}");
        assert_eq!(own[0]["outcome"], outcome, "{request}");
    }
}
