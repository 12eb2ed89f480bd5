//! The time of a refusal does not reveal whether a client or user exists. Attempts of several kinds are interleaved and
//! the shortest times of each kind are compared with a wide margin: a skipped hash or write makes a refusal several times
//! shorter, and load on the machine never makes one shorter than its work.

use std::time::{Duration, Instant};

use apiconn::credentials::format::{CHECKSUM_LENGTH, checksum};

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD};
use crate::support::process::Service;

/// Attempts of each kind.
const ATTEMPTS: usize = 3;

/// Asserts that attempts of several kinds take the same time. The counters of failures are reset before each attempt.
#[track_caller]
fn assert_same_time<const N: usize>(app: &App, kinds: [(&str, &dyn Fn()); N]) {
    let mut shortest = [Duration::MAX; N];
    for _ in 0..ATTEMPTS {
        for ((_, attempt), shortest) in kinds.iter().zip(&mut shortest) {
            app.sql("DELETE FROM throttles");
            let began = Instant::now();
            attempt();
            *shortest = began.elapsed().min(*shortest);
        }
    }
    let (least, most) = (shortest.iter().min().unwrap(), shortest.iter().max().unwrap());
    let times: Vec<_> = kinds.iter().map(|(case, _)| case).zip(&shortest).collect();
    assert!(*most < *least * 5 + Duration::from_millis(10), "{times:?}");
}

#[test]
fn an_unknown_client_takes_as_long_as_a_wrong_secret() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    // Well-formed and with a valid checksum, so that it is looked up in the store.
    let body = &secret[..secret.len() - CHECKSUM_LENGTH];
    let body = body.replace(&body[body.len() - 10..], "0000000000");
    let wrong = format!("{body}{}", checksum(&body));
    let refuse = |id: &str| {
        let before = app.number("SELECT coalesce(sum(failures), 0) FROM throttles");
        let answer = service.token(&(id.to_owned(), wrong.clone()));
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(app.number("SELECT coalesce(sum(failures), 0) FROM throttles") - before, 2);
    };
    assert_same_time(
        &app,
        [
            ("wrong secret", &|| refuse(&id)),
            ("unknown key", &|| refuse("apck_test_000000000000")),
            ("unknown consumer", &|| refuse("apcc_test_000000000000")),
        ],
    );
}

#[test]
fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let app = App::in_real_time();
    app.user("tech1");
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    let service = Service::start(&app.store());
    let refuse = |username: &str, password: &str| {
        let mut browser = Browser::default();
        let page = browser.get(&service, "/login").body;
        let fields = [("username", username), ("password", password)];
        let answer = browser.submit(&service, &page, "/login", &fields);
        assert_eq!(answer.status, 403, "{answer:?}");
    };
    assert_same_time(
        &app,
        [
            ("wrong password", &|| refuse("tech1", "wrong wrong wrong")),
            ("unknown user", &|| refuse("unknown", "wrong wrong wrong")),
            ("disabled user", &|| refuse("tech2", PASSWORD)),
            ("empty password", &|| refuse("tech1", "")),
        ],
    );
}
