//! Whether somebody is known cannot be told by how long a refusal takes. Tries are interleaved, and the shortest of each
//! sort compared by a wide factor: what would give somebody away is a hash that is not computed, or a write that is not
//! made, and a busy machine makes nothing shorter than it is.

use std::time::{Duration, Instant};

use apiconn::credentials::format::{CHECKSUM_LENGTH, checksum};

use crate::support::App;
use crate::support::browser::{Browser, PASSWORD};
use crate::support::process::Service;

/// How many tries of each sort.
const TRIES: usize = 3;

/// Makes tries of several sorts in turn, each with nothing counted against anybody, and holds them to be alike.
#[track_caller]
fn assert_alike<const N: usize>(app: &App, tries: [&dyn Fn(); N]) {
    let mut shortest = [Duration::MAX; N];
    for _ in 0..TRIES {
        for (attempt, shortest) in tries.iter().zip(&mut shortest) {
            app.sql("DELETE FROM throttles");
            let began = Instant::now();
            attempt();
            *shortest = began.elapsed().min(*shortest);
        }
    }
    let (least, most) = (shortest.iter().min().unwrap(), shortest.iter().max().unwrap());
    assert!(*most < *least * 5 + Duration::from_millis(10), "{shortest:?}");
}

#[test]
fn r66_an_unknown_client_is_refused_after_the_same_work_as_a_wrong_secret() {
    let app = App::in_real_time();
    let (id, secret) = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    // Well-formed to the last character, so that the store has to be asked.
    let body = &secret[..secret.len() - CHECKSUM_LENGTH];
    let body = body.replace(&body[body.len() - 10..], "0000000000");
    let wrong = format!("{body}{}", checksum(&body));
    let refuse = |id: &str| {
        let before = app.number("SELECT coalesce(sum(failures), 0) FROM throttles");
        let answer = service.token(&(id.to_owned(), wrong.clone()));
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(app.number("SELECT coalesce(sum(failures), 0) FROM throttles") - before, 2);
    };
    assert_alike(
        &app,
        [&|| refuse(&id), &|| refuse("apck_test_000000000000"), &|| refuse("apcc_test_000000000000")],
    );
}

#[test]
fn r104_an_unknown_user_is_refused_after_the_same_work_as_a_wrong_password() {
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
    assert_alike(
        &app,
        [
            &|| refuse("tech1", "wrong wrong wrong"),
            &|| refuse("nobody", "wrong wrong wrong"),
            &|| refuse("tech2", PASSWORD),
            &|| refuse("tech1", ""),
        ],
    );
}
