//! Limits on guessing a client's secret. The counters survive a restart and never delay the right secret. The answer stays
//! the one of a wrong secret, so that an integrator sees the mistake.

use crate::support::App;
use crate::support::process::{Answer, Service, basic};

/// Returns the seconds of the header `Retry-After`, or `None` if it is absent.
fn retry_after(answer: &Answer) -> Option<i64> {
    answer.header_values("retry-after").first().map(|seconds| seconds.parse().unwrap())
}

#[test]
fn sixty_wrong_secrets_are_each_invalid_client() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let guess = (key.0.clone(), format!("{}xxxx", &key.1[..57]));
    let service = Service::start(&app.store());
    let answers: Vec<Answer> = (0..60).map(|_| service.token(&guess)).collect();
    for answer in &answers {
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")));
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"apiconn\"");
        let description = format!("client authentication failed ({})", answer.header("request-id"));
        assert_eq!(answer.json()["error_description"], description.as_str());
    }
    assert!(answers[..5].iter().all(|answer| retry_after(answer).is_none()), "{answers:?}");
    // The delay doubles with each failure, so few attempts are counted even if the test runs slowly.
    let free = answers.iter().filter(|answer| retry_after(answer).is_none()).count();
    assert!(free < 15, "{free}");
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
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!((1..=900).contains(&retry_after(&answer).unwrap()), "{answer:?}");
        answer
    };
    let answer = assert_throttled(&service);
    assert_eq!(
        app.number("SELECT max(failures) FROM throttles"),
        20,
        "an attempt during the wait is not counted"
    );
    assert_eq!(service.token(&key).status, 200, "the right secret is never delayed");
    assert!(service.stop());

    let service = Service::start(&app.store());
    assert_throttled(&service);
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
    let shown = app.run(&format!("refusal show {} -o json", answer.header("request-id"))).ok().json();
    assert_eq!(
        shown["refusal"]["why"],
        "the key erp-sync sent a text that is not a client secret: it contains a typing error: the checksum does not match"
    );
}

/// Sends a wrong secret from an address, as a proxy forwards it.
fn guess_from(service: &Service, address: &str, client_id: &str) -> Answer {
    let header = basic(&(client_id.to_owned(), "apcs_test_wrong".to_owned()));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [("Authorization", &*header), ("X-Forwarded-For", address), form];
    service.request("POST", "/oauth/token", &headers, "grant_type=client_credentials")
}

#[test]
fn no_state_of_a_throttle_reveals_whether_a_client_exists() {
    let app = App::in_real_time();
    let (id, _) = app.key("k", "--scope assets.read");
    let service = Service::start_with(&app.store(), &["--behind-proxy", "127.0.0.1"]);
    let unknown = "apck_test_000000000000";
    let forms: Vec<_> = [&id, unknown, "k", "apck_test_", "unknown \u{e9}"]
        .into_iter()
        .enumerate()
        .map(|(number, id)| {
            app.sql("DELETE FROM throttles");
            let address = format!("203.0.113.{number}");
            let mut answers: Vec<Answer> = (0..5).map(|_| guess_from(&service, &address, id)).collect();
            app.sql("UPDATE throttles SET failures = 30 WHERE kind = 'client_secret'");
            answers.push(guess_from(&service, &address, id));
            let rows = app.number("SELECT count(*) FROM throttles");
            let forms: Vec<_> = answers
                .iter()
                .map(|answer| {
                    let request_id = answer.header("request-id");
                    let same = |text: &str| text.replace(&request_id, "ID");
                    (answer.status, same(&answer.body), retry_after(answer).is_some())
                })
                .collect();
            (forms, rows)
        })
        .collect();
    assert!(forms.iter().all(|form| *form == forms[0]), "{forms:?}");
    let waits: Vec<bool> = forms[0].0.iter().map(|(_, _, waits)| *waits).collect();
    assert_eq!((waits, forms[0].1), (vec![false, false, false, false, false, true], 2));
}

#[test]
fn made_up_ids_and_networks_share_few_counters() {
    let app = App::in_real_time();
    let service = Service::start_with(&app.store(), &["--behind-proxy", "127.0.0.1"]);
    // One site with many networks of subscribers.
    for number in 0..400 {
        let answer =
            guess_from(&service, &format!("2001:db8:7:{number:x}::1"), &format!("apck_test_{number:012}"));
        assert_eq!(retry_after(&answer).is_some(), number >= 320, "{number}: {answer:?}");
        if number == 320 {
            app.sql("UPDATE throttles SET failures = 400 WHERE kind = 'client_secret_from_site'");
        }
    }
    let count = |kind: &str| app.number(&format!("SELECT count(*) FROM throttles WHERE kind = '{kind}'"));
    assert_eq!(count("client_secret_from_site"), 1);
    assert_eq!(count("client_secret_from"), 320);
    assert!(count("client_secret") <= 320);
    // Another site is not concerned.
    assert_eq!(retry_after(&guess_from(&service, "2001:db8:8::1", "other")), None);
}
