//! The work of a refusal does not reveal whether a client or user exists, in each state of the throttle. The work of a wrong
//! secret is the failures that it writes. That of a sign-in is also a hash, which is most of the processor time of the
//! service: load on the machine does not change it as it changes the time until the answer.

use std::fs;
use std::time::Duration;

use apiconn::credentials::format::{CHECKSUM_LENGTH, checksum};

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD};
use crate::support::process::Service;

/// Attempts of each kind.
const ATTEMPTS: usize = 4;

/// States of the throttle: the kind of subject that has to wait.
const STATES: [Option<&str>; 3] = [None, Some(ACCOUNT), Some(ADDRESS)];
const ACCOUNT: &str = "kind NOT LIKE '%_from'";
const ADDRESS: &str = "kind LIKE '%_from'";

/// Sets the state of the throttle. `attempt` makes the counters.
fn prepare(app: &App, state: Option<&str>, attempt: impl Fn()) {
    app.sql("DELETE FROM throttles");
    if let Some(subjects) = state {
        attempt();
        // The wait is longer than the test takes on any machine.
        app.sql(&format!("UPDATE throttles SET failures = 400 WHERE {subjects}"));
    }
}

fn failures(app: &App) -> i64 {
    app.number("SELECT coalesce(sum(failures), 0) FROM throttles")
}

/// Returns the processor time that the service has used, to a hundredth of a second.
fn processor_time(service: &Service) -> Duration {
    let text = fs::read_to_string(format!("/proc/{}/stat", service.process())).unwrap();
    // The name of the program, in parentheses, may contain blanks.
    let fields = text.rsplit(") ").next().unwrap().split(' ').skip(11).take(2);
    Duration::from_millis(10 * fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>())
}

#[test]
fn an_unknown_client_causes_the_work_of_a_wrong_secret() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    // Well-formed and with a valid checksum, so that it is looked up in the store.
    let body = &secret[..secret.len() - CHECKSUM_LENGTH];
    let body = body.replace(&body[body.len() - 10..], "0000000000");
    let wrong = format!("{body}{}", checksum(&body));
    for (state, counted) in STATES.into_iter().zip([2, 0, 0]) {
        for id in [&id, "apck_test_000000000000", "apcc_test_000000000000", "k", "unknown"] {
            let attempt = || {
                let answer = service.token(&(id.to_owned(), wrong.clone()));
                assert_eq!(answer.status, 401, "{answer:?}");
                answer.header_values("retry-after").len()
            };
            prepare(&app, state, || {
                attempt();
            });
            let before = failures(&app);
            let waits = attempt();
            assert_eq!(
                (waits, failures(&app) - before),
                (usize::from(state.is_some()), counted),
                "{id} {state:?}"
            );
        }
    }
}

#[test]
fn an_unknown_user_causes_the_work_of_a_wrong_password() {
    let app = App::in_real_time();
    app.user("tech1");
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    let service = Service::start(&app.store());
    let kinds = [
        ("tech1", "wrong wrong wrong"),
        ("unknown", "wrong wrong wrong"),
        ("tech2", PASSWORD),
        ("tech1", ""),
        ("unknown", ""),
    ];
    // The least that an attempt without a wait used. One that waits causes no hash, and so at most half of it.
    let mut least = Duration::MAX;
    for (state, (status, counted)) in STATES.into_iter().zip([(403, 2), (429, 0), (429, 0)]) {
        let mut used = [Duration::ZERO; 5];
        for _ in 0..ATTEMPTS {
            for ((username, password), used) in kinds.iter().zip(&mut used) {
                let mut browser = Browser::default();
                let page = browser.get(&service, "/login").body;
                let attempt = |status| {
                    let fields = [("username", *username), ("password", *password)];
                    let answer = browser.clone().submit(&service, &page, "/login", &fields);
                    assert_eq!(answer.status, status, "{answer:?}");
                };
                prepare(&app, state, || attempt(403));
                let (before, began) = (failures(&app), processor_time(&service));
                attempt(status);
                *used += processor_time(&service).saturating_sub(began);
                assert_eq!(failures(&app) - before, counted, "{username} {state:?}");
            }
        }
        let (fewest, most) = (*used.iter().min().unwrap(), *used.iter().max().unwrap());
        if state.is_none() {
            least = fewest;
            assert!(most < fewest * 2, "{used:?}");
        } else {
            assert!(most < least / 2, "{state:?}: {used:?}, {least:?}");
        }
    }
}
