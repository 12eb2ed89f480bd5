//! Limits on guessing a client's secret. The counters survive a restart and never delay the right secret.

use crate::support::App;
use crate::support::process::Service;

#[test]
fn few_of_sixty_wrong_secrets_are_checked() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let guess = (key.0.clone(), format!("{}xxxx", &key.1[..57]));
    let service = Service::start(&app.store());
    let statuses: Vec<u16> = (0..60).map(|_| service.token(&guess).status).collect();
    assert_eq!(statuses[..5], [401; 5]);
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    // The delay doubles with each failure, so few attempts are checked even if the test runs slowly.
    assert!(statuses.iter().filter(|status| **status == 401).count() < 15, "{statuses:?}");
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn guessing_a_secret_is_limited_but_the_owner_is_not() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read");
    let guess = (key.0.clone(), format!("{}xxxx", &key.1[..57]));
    let service = Service::start(&app.store());
    for _ in 0..5 {
        assert_eq!(service.token(&guess).status, 401);
    }
    assert_eq!(app.number("SELECT failures FROM throttles WHERE kind = 'client_secret'"), 5);
    assert_eq!(app.number("SELECT failures FROM throttles WHERE kind = 'client_secret_from'"), 5);
    // With 20 failures the delay is longer than the rest of the test takes on any machine.
    app.sql("UPDATE throttles SET failures = 20 WHERE kind = 'client_secret'");
    let assert_throttled = |service: &Service| {
        let answer = service.token(&guess);
        assert_eq!(answer.status, 429, "{answer:?}");
        let after = answer.headers.split_once("\r\nretry-after: ").unwrap().1;
        let seconds: i64 = after.split("\r\n").next().unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{answer:?}");
        answer
    };
    let answer = assert_throttled(&service);
    assert_eq!(
        app.number("SELECT max(failures) FROM throttles"),
        20,
        "an attempt refused unchecked is not counted"
    );
    assert_eq!(service.token(&key).status, 200, "the right secret is never delayed");
    assert!(service.stop());

    let service = Service::start(&app.store());
    assert_throttled(&service);
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
    let shown = app.run(&format!("refusal show {} -o json", answer.header("request-id"))).ok().json();
    assert_eq!(shown["refusal"]["check"], "throttled");
    let why = shown["refusal"]["why"].as_str().unwrap();
    assert!(
        why.starts_with(
            "too many wrong secrets for this client: attempts are refused without being checked until 20"
        ),
        "{why}"
    );
}
