//! Stored counters of failed attempts: they survive a restart, a success resets them, and their number is limited.

use std::time::Duration;

use apiconn::actions::throttle;
use apiconn::domain::throttle::{Account, AddressRange, Subject, SubjectKind, ThrottleDecision};
use apiconn::domain::time::Timestamp;
use apiconn::store::{Access, Store, StoreLocation};

use crate::support::App;

use super::{FixedClock, number, raw};

const BEGIN: i64 = 1_795_516_200_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + seconds * 1000)
}

fn open(app: &App) -> Box<dyn Store> {
    apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5)).unwrap()
}

fn account() -> Subject {
    Subject::Password(Account::User("usr_7Hq2mZ0xPa4T".parse().unwrap()))
}

fn address() -> Subject {
    Subject::PasswordFrom(AddressRange::Subscriber("192.0.2.1".to_owned()))
}

fn fail(store: &dyn Store, subjects: &[Subject], now: Timestamp) -> ThrottleDecision {
    let mut write = store.write(&FixedClock(now)).unwrap();
    let verdict = throttle::record_failure(write.as_mut(), subjects, now).unwrap();
    write.commit().unwrap();
    verdict
}

fn check(store: &dyn Store, subjects: &[Subject], now: Timestamp) -> ThrottleDecision {
    throttle::check(store.read().unwrap().as_ref(), subjects, now).unwrap()
}

#[test]
fn counters_survive_reopening_the_store() {
    let app = App::new();
    let subjects = [account(), address()];
    for failure in 1..=7 {
        let store = open(&app);
        let verdict = fail(store.as_ref(), &subjects, at(failure));
        let expected = match failure {
            5 => ThrottleDecision::Wait(at(6)),
            6 => ThrottleDecision::Wait(at(8)),
            7 => ThrottleDecision::Wait(at(11)),
            _ => ThrottleDecision::Free,
        };
        assert_eq!(verdict, expected, "{failure}");
    }
    let store = open(&app);
    assert_eq!(check(store.as_ref(), &subjects, at(10)), ThrottleDecision::Wait(at(11)));
    assert_eq!(check(store.as_ref(), &subjects, at(11)), ThrottleDecision::Free);
    assert_eq!(
        check(store.as_ref(), &[address()], at(7)),
        ThrottleDecision::Free,
        "an address has 20 attempts"
    );
}

#[test]
fn address_that_tries_many_accounts_is_throttled() {
    let app = App::new();
    let store = open(&app);
    for number in 0..20 {
        let name = Subject::Password(Account::Unknown(format!("name{number}")));
        assert_eq!(check(store.as_ref(), &[name.clone(), address()], at(number)), ThrottleDecision::Free);
        fail(store.as_ref(), &[name, address()], at(number));
    }
    assert_eq!(check(store.as_ref(), &[account(), address()], at(19)), ThrottleDecision::Wait(at(20)));
    assert_eq!(check(store.as_ref(), &[account()], at(19)), ThrottleDecision::Free);
    let waits =
        |now| throttle::longest_wait(store.read().unwrap().as_ref(), &[account(), address()], now).unwrap();
    assert_eq!(waits(at(19)), Some((SubjectKind::PasswordFrom, at(20))));
    assert_eq!(waits(at(20)), None);
    for _ in 0..7 {
        fail(store.as_ref(), &[account()], at(20));
    }
    fail(store.as_ref(), &[address()], at(20));
    assert_eq!(waits(at(20)), Some((SubjectKind::Password, at(24))));
}

#[test]
fn success_resets_the_account_but_not_the_address() {
    let app = App::new();
    let store = open(&app);
    for failure in 0..20 {
        fail(store.as_ref(), &[account(), address()], at(failure));
    }
    let mut write = store.write(&FixedClock(at(0))).unwrap();
    throttle::clear(write.as_mut(), &account()).unwrap();
    throttle::clear(write.as_mut(), &address()).unwrap();
    write.commit().unwrap();
    assert_eq!(check(store.as_ref(), &[account()], at(19)), ThrottleDecision::Free);
    assert_eq!(check(store.as_ref(), &[address()], at(19)), ThrottleDecision::Wait(at(20)));
}

#[test]
fn known_browser_is_exempt_from_the_account_throttle() {
    let app = App::new();
    let store = open(&app);
    let browser = Subject::KnownBrowser { user: "usr_7Hq2mZ0xPa4T".parse().unwrap(), device: [7; 32] };
    for failure in 0..30 {
        fail(store.as_ref(), &[account()], at(failure));
    }
    assert_eq!(check(store.as_ref(), &[account()], at(30)), ThrottleDecision::Wait(at(29 + 900)));
    assert_eq!(check(store.as_ref(), &[browser], at(30)), ThrottleDecision::Free);
}

#[test]
fn unknown_names_share_a_bounded_set_of_counters() {
    let app = App::new();
    let store = open(&app);
    let mut write = store.write(&FixedClock(at(0))).unwrap();
    for name in ["Correct Horse Battery", "correct horse battery"] {
        let subject = Subject::Password(Account::Unknown(name.to_owned()));
        throttle::record_failure(write.as_mut(), &[subject], at(0)).unwrap();
    }
    write.commit().unwrap();
    let connection = raw(&app.store());
    assert_eq!(number(&connection, "SELECT count(*) FROM throttles"), 1);
    assert_eq!(number(&connection, "SELECT failures FROM throttles"), 2);
}

#[test]
fn expired_counters_are_deleted_in_batches() {
    let app = App::new();
    let store = open(&app);
    let from = |number: i64| Subject::ClientSecretFrom(AddressRange::Subscriber(format!("192.0.2.{number}")));
    let mut write = store.write(&FixedClock(at(0))).unwrap();
    for number in 0..500 {
        throttle::record_failure(write.as_mut(), &[from(number)], at(number)).unwrap();
    }
    write.commit().unwrap();
    let connection = raw(&app.store());
    let kept = || number(&connection, "SELECT count(*) FROM throttles");
    let sweep = |now| {
        let mut write = store.write(&FixedClock(now)).unwrap();
        let count = throttle::sweep(write.as_mut()).unwrap();
        write.commit().unwrap();
        count
    };
    assert_eq!(sweep(at(3599)), 0);
    assert_eq!((sweep(at(3609)), kept()), (10, 490));
    assert_eq!((sweep(at(9000)), kept()), (200, 290));
    // Each failure deletes a few expired counters, which limits their number between two sweeps.
    fail(store.as_ref(), &[account()], at(9000));
    assert_eq!(kept(), 287);
    assert_eq!((sweep(at(9000)), kept()), (200, 87));
    assert_eq!((sweep(at(9000)), kept()), (86, 1));
    assert_eq!(number(&connection, "SELECT count(*) FROM throttles WHERE kind = 'password'"), 1);
}

#[test]
fn wait_stays_bounded_after_the_clock_is_set_back() {
    let app = App::new();
    let store = open(&app);
    let week = 7 * 24 * 3600;
    for failure in 0..9 {
        fail(store.as_ref(), &[account()], at(week + failure));
    }
    assert_eq!(check(store.as_ref(), &[account()], at(0)), ThrottleDecision::Wait(at(16)));
    let mut write = store.write(&FixedClock(at(5))).unwrap();
    assert_eq!(throttle::sweep(write.as_mut()).unwrap(), 1);
    write.commit().unwrap();
    assert_eq!(check(store.as_ref(), &[account()], at(6)), ThrottleDecision::Wait(at(21)));
    assert_eq!(check(store.as_ref(), &[account()], at(21)), ThrottleDecision::Free);
}

#[test]
fn counters_of_addresses_are_bounded() {
    let app = App::new();
    let store = open(&app);
    let from =
        |number: i64| Subject::ClientSecretFrom(AddressRange::Site(format!("2001:db8:{number:x}::/48")));
    let mut write = store.write(&FixedClock(at(0))).unwrap();
    for number in 0..4200 {
        let ids = Subject::ClientSecret(format!("apcc_test_{number:012}"));
        throttle::record_failure(write.as_mut(), &[ids, from(number)], at(number / 10)).unwrap();
    }
    throttle::record_failure(write.as_mut(), &[account()], at(0)).unwrap();
    write.commit().unwrap();
    let connection = raw(&app.store());
    let count =
        |kind: &str| number(&connection, &format!("SELECT count(*) FROM throttles WHERE kind = '{kind}'"));
    assert_eq!((count("client_secret_from_site"), count("password")), (4096, 1));
    let buckets = count("client_secret");
    assert!((2000..=4096).contains(&buckets), "{buckets}");
    // The oldest are deleted.
    let oldest = number(
        &connection,
        "SELECT min(last_failure_at) FROM throttles WHERE kind = 'client_secret_from_site'",
    );
    assert_eq!(oldest, at(10).millis());
}
