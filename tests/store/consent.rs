//! Consent is checked again in the transaction that issues the code, independent of an earlier snapshot.

use std::time::Duration;

use apiconn::actions::change::BorrowedTransaction;
use apiconn::actions::oauth::authorize::{
    Allowance, AuthorizationRefusal, ConsentAnswer, ConsentRequest, allow, answer_consent,
};
use apiconn::actions::{ActionError, Change, grants};
use apiconn::credentials::digest::Digest;
use apiconn::domain::audit::{Actor, Via};
use apiconn::domain::code::{CodeBinding, RedirectTarget};
use apiconn::domain::handle::{Handle, Noun};
use apiconn::domain::id::OperationId;
use apiconn::domain::refusal::{Check, FormFault, UserLimit};
use apiconn::domain::secret_text::SecretText;
use apiconn::domain::time::Timestamp;
use apiconn::store::sessions::NewSession;
use apiconn::store::{Access, Match, Store, StoreLocation};
use rand::SeedableRng as _;

use crate::support::App;
use crate::support::browser::{CHALLENGE, CodeClient};

use super::FixedClock;

const REDIRECT: &str = "https://field.example/cb";
const STANDING: Allowance = Allowance::ExistingGrant { silent: false };
const NOW: Timestamp = Timestamp::from_millis(1_795_516_200_000);

fn session() -> Digest {
    Digest::of(&SecretText::new("a cookie".to_owned()))
}

/// Makes a base whose user `tech1` is signed in.
fn start() -> (App, CodeClient, Box<dyn Store>) {
    let app = App::new();
    app.user("tech1");
    let consumer = app.code_client("field-app", REDIRECT, "--scope assets.read --scope work_orders.write");
    let user = app.run("user show tech1 -o id").ok().out.trim_end().parse().unwrap();
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let mut write = store.write(&FixedClock(NOW)).unwrap();
    let new = NewSession {
        digest: &session(),
        browser: &Digest::of(&SecretText::new("a browser".to_owned())),
        user: &user,
        expires_at: NOW.plus("1h".parse().unwrap()),
    };
    write.insert_session(&new).unwrap();
    write.commit().unwrap();
    (app, consumer, store)
}

/// Returns the time `span` after [`NOW`].
fn after(span: &str) -> Timestamp {
    NOW.plus(span.parse().unwrap())
}

/// Makes a change of the service at `now`, and returns the result after the commit.
fn change<T>(store: &dyn Store, now: Timestamp, seed: u64, work: impl FnOnce(&mut Change<'_>) -> T) -> T {
    let actor = Actor {
        via: Via::Service,
        uid: None,
        login_uid: None,
        sudo_user: None,
        terminal: None,
        host: None,
        ci_job: None,
    };
    let (mut random, operation) =
        (rand::rngs::StdRng::seed_from_u64(seed), OperationId::from_random("000000000007"));
    let clock = FixedClock(now);
    let mut write = store.write(&clock).unwrap();
    let mut change = Change::in_transaction(BorrowedTransaction {
        write: write.as_mut(),
        random: &mut random,
        actor: &actor,
        reason: None,
        operation: &operation,
    });
    let result = work(&mut change);
    change.finish().unwrap();
    write.commit().unwrap();
    result
}

fn request(consumer: &CodeClient) -> ConsentRequest {
    ConsentRequest {
        client: consumer.client_id.parse().unwrap(),
        redirect_uri: RedirectTarget::checked(consumer.redirect_uri.clone()),
        state: None,
        scopes: "assets.read work_orders.write".parse().unwrap(),
        binding: CodeBinding::Challenge(CHALLENGE.parse().unwrap()),
    }
}

/// Issues a code for a request of all scopes.
fn issue(
    store: &dyn Store,
    consumer: &CodeClient,
    consent: &Allowance,
    seed: u64,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    issue_at(store, consumer, consent, NOW, seed)
}

/// Issues a code for a request of all scopes at `now`.
fn issue_at(
    store: &dyn Store,
    consumer: &CodeClient,
    consent: &Allowance,
    now: Timestamp,
    seed: u64,
) -> Result<Result<SecretText, AuthorizationRefusal>, ActionError> {
    change(store, now, seed, |change| allow(change, &session(), &request(consumer), consent))
}

/// Answers the form with this number, shown at `shown_at`, at `now`. Returns the check that refused it.
fn answer(
    store: &dyn Store,
    consumer: &CodeClient,
    number: u64,
    shown_at: Timestamp,
    now: Timestamp,
    allowed: &str,
) -> Option<Check> {
    let answer = ConsentAnswer {
        form: Digest::of(&SecretText::new(format!("the form {number}"))),
        shown_at,
        request: request(consumer),
        allowed: allowed.parse().unwrap(),
    };
    match change(store, now, number, |change| answer_consent(change, &session(), &answer)).unwrap() {
        Ok(_) => None,
        Err(AuthorizationRefusal::Page(refusal) | AuthorizationRefusal::Request(refusal)) => {
            Some(refusal.check)
        }
        Err(AuthorizationRefusal::Lapsed) => panic!("form {number} lapsed"),
    }
}

/// Revokes the grant of `tech1` as the user does.
fn withdraw(store: &dyn Store, now: Timestamp, seed: u64) {
    change(store, now, seed, |change| {
        let handle = Handle::parse(Noun::Grant, "tech1/field-app").unwrap();
        let Match::One(mut grant) = change.read().find_grant(&handle).unwrap() else { panic!("no grant") };
        assert!(grants::revoke(change, &mut grant).unwrap());
    });
}

#[test]
fn revoked_grant_is_not_restored_without_new_consent() {
    let (app, consumer, store) = start();
    app.run("grant add tech1 field-app --scope assets.read --scope work_orders.write").ok();
    assert!(issue(store.as_ref(), &consumer, &STANDING, 1).unwrap().is_ok());
    app.run("grant revoke tech1/field-app --yes").ok();
    let issued = issue(store.as_ref(), &consumer, &STANDING, 2).unwrap();
    assert!(matches!(issued, Err(AuthorizationRefusal::Lapsed)));
    assert_eq!(app.run("grant list -o id").ok().out, "");
    // A grant with fewer scopes is not sufficient either.
    app.run("grant add tech1 field-app --scope assets.read").ok();
    let issued = issue(store.as_ref(), &consumer, &STANDING, 3).unwrap();
    assert!(matches!(issued, Err(AuthorizationRefusal::Lapsed)));
    assert_eq!(app.run("grant list -o json").ok().json()["items"][0]["scope"], "assets.read");
    // After a new consent the code is issued.
    let given = Allowance::Given("work_orders.write".parse().unwrap());
    assert!(issue(store.as_ref(), &consumer, &given, 4).unwrap().is_ok());
    let granted = app.run("grant list -o json").ok().json();
    assert_eq!(granted["items"][0]["scope"], "assets.read work_orders.write");
}

#[test]
fn disabled_or_revoked_party_gets_no_code() {
    let given = Allowance::Given("assets.read".parse().unwrap());
    for (ended, destination) in [
        ("consumer disable field-app --yes", true),
        ("consumer revoke field-app --yes", true),
        (
            "consumer edit field-app --add-redirect-uri https://field.example/new --remove-redirect-uri https://field.example/cb",
            true,
        ),
        ("user disable tech1 --yes", false),
        ("consumer edit field-app --remove-scope assets.read", false),
    ] {
        let (app, consumer, store) = start();
        app.run(ended).ok();
        match issue(store.as_ref(), &consumer, &given, 5).unwrap() {
            Err(AuthorizationRefusal::Page(_)) => assert!(destination, "{ended}"),
            Err(AuthorizationRefusal::Request(check)) => {
                assert!(!destination, "{ended}");
                assert!(
                    matches!(check.check, Check::SessionEnded | Check::ScopeNoneLeft),
                    "{ended}: {check:?}"
                );
            }
            Err(AuthorizationRefusal::Lapsed) | Ok(_) => panic!("{ended}"),
        }
        assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), 0, "{ended}");
        assert_eq!(app.run("grant list -o id").ok().out, "", "{ended}");
    }
}

#[test]
fn consent_form_expires_and_counts_once() {
    let (app, consumer, store) = start();
    let form = |number, now| answer(store.as_ref(), &consumer, number, NOW, now, "assets.read");
    let just_before = Timestamp::from_millis(after("10m").millis() - 1);
    assert_eq!(form(1, NOW), None);
    assert_eq!(form(1, NOW), Some(Check::Form(FormFault::Decided)));
    assert_eq!(form(1, just_before), Some(Check::Form(FormFault::Decided)));
    assert_eq!(form(2, just_before), None);
    assert_eq!(form(3, after("10m")), Some(Check::Form(FormFault::Expired)));
    // A form from the future: the clock was set back after the page was shown.
    assert_eq!(form(4, NOW.minus("1s".parse().unwrap())), Some(Check::Form(FormFault::Expired)));
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 2);
}

#[test]
fn full_session_accepts_decisions_after_forms_expire() {
    let (app, consumer, store) = start();
    let deny = |number, shown_at, now| answer(store.as_ref(), &consumer, number, shown_at, now, "");
    for number in 0..100 {
        let shown_at = if number == 0 { NOW } else { after("1m") };
        assert_eq!(deny(number, shown_at, after("1m")), Some(Check::UserDenied), "{number}");
    }
    let full = |until| Some(Check::UserLimit { limit: UserLimit::Decisions, until });
    assert_eq!(deny(100, after("2m"), after("2m")), full(after("10m")));
    // A form that was answered before is reported as such.
    assert_eq!(deny(5, after("1m"), after("2m")), Some(Check::Form(FormFault::Decided)));
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 100);
    assert_eq!(deny(100, after("2m"), after("10m")), Some(Check::UserDenied));
    assert_eq!(deny(101, after("2m"), after("10m")), full(after("11m")));
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 100);
    // When all forms have expired, the next decision is the only row.
    assert_eq!(deny(102, after("20m"), after("20m")), Some(Check::UserDenied));
    assert_eq!(app.number("SELECT count(*) FROM consent_decisions"), 1);
}

#[test]
fn twenty_changes_of_a_user_fit_into_any_hour() {
    let (app, consumer, store) = start();
    let store = store.as_ref();
    // The changes of the administrator do not count.
    for _ in 0..15 {
        app.run("grant add tech1 field-app --scope assets.read").ok();
        app.run("grant revoke tech1/field-app --yes").ok();
    }
    let allowed = |number, now| answer(store, &consumer, number, now, now, "assets.read");
    for number in 0..10 {
        let now = after(&format!("{number}m"));
        assert_eq!(allowed(number, now), None, "{number}");
        withdraw(store, now, 1000 + number);
    }
    let full = |until| Some(Check::UserLimit { limit: UserLimit::GrantChanges, until });
    let begin = app.number("SELECT count(*) FROM audit");
    assert_eq!(allowed(20, after("9m")), full(after("1h")));
    assert_eq!(allowed(21, after("59m")), full(after("1h")));
    assert_eq!(app.number("SELECT count(*) FROM audit"), begin);
    // The session lasts for an hour without requests, so the last request is recorded as the service does.
    app.sql(&format!(
        "UPDATE sessions SET last_seen_at = {}, expires_at = {}",
        after("1h").millis(),
        after("9h").millis()
    ));
    // Two changes were made in the first minute, so two are accepted one hour later.
    assert_eq!(allowed(22, after("1h")), None);
    withdraw(store, after("1h"), 2000);
    assert_eq!(allowed(23, after("1h")), full(after("61m")));
    // After the clock was set back, the changes in the future do not count.
    assert_eq!(allowed(24, after("30s")), None);
}

#[test]
fn sixty_codes_of_a_grant_fit_into_any_hour() {
    let (app, consumer, store) = start();
    let store = store.as_ref();
    app.run("grant add tech1 field-app --scope assets.read --scope work_orders.write").ok();
    let silent = Allowance::ExistingGrant { silent: true };
    let given = Allowance::Given("assets.read".parse().unwrap());
    let code = |allowance, now, seed| issue_at(store, &consumer, allowance, now, seed).unwrap();
    for number in 0..60 {
        let now = after(&format!("{}s", number * 30));
        assert!(code(if number % 2 == 0 { &silent } else { &given }, now, number).is_ok(), "{number}");
    }
    let full = |until| Check::UserLimit { limit: UserLimit::Codes, until };
    for now in [after("30m"), after("59m")] {
        for allowance in [&STANDING, &given] {
            match code(allowance, now, 100) {
                Err(AuthorizationRefusal::Page(refusal)) => assert_eq!(refusal.check, full(after("1h"))),
                Err(_) | Ok(_) => panic!("{now:?}"),
            }
        }
        match code(&silent, now, 100) {
            Err(AuthorizationRefusal::Request(refusal)) => assert_eq!(refusal.check, full(after("1h"))),
            Err(_) | Ok(_) => panic!("{now:?}"),
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM authorization_codes"), 60);
    // A grant of another consumer has its own count.
    let other = app.code_client("other", REDIRECT, "--scope assets.read");
    assert_eq!(answer(store, &other, 200, after("30m"), after("30m"), "assets.read"), None);
    app.sql(&format!(
        "UPDATE sessions SET last_seen_at = {}, expires_at = {}",
        after("1h").millis(),
        after("9h").millis()
    ));
    // One code was issued at the beginning of the hour, so one is issued now.
    assert!(code(&silent, after("1h"), 300).is_ok());
    assert!(code(&silent, after("1h"), 301).is_err());
    // After the clock was set back, the codes in the future do not count.
    assert!(code(&silent, after("20m"), 302).is_ok());
}
