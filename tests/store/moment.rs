//! The moment of a change: read from the clock once, while the write lock is held.

use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use apiconn::domain::time::{Clock, Timestamp};
use apiconn::store::{Access, StoreLocation};

use crate::support::App;

use super::raw;

struct SettableClock(AtomicI64);

impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the other process keeps the lock for a while")]
fn a_change_that_waited_has_the_moment_after_the_wait() {
    let app = App::new();
    let location = StoreLocation::File(app.store());
    let store = apiconn::store::open(&location, Access::Serve, Duration::from_secs(30)).unwrap();
    let clock = SettableClock(AtomicI64::new(1));
    let other = raw(&app.store());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.write(&clock).unwrap().now());
        sleep(Duration::from_millis(100));
        clock.0.store(2, Ordering::SeqCst);
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(waiting.join().unwrap(), Timestamp::from_millis(2));
    });
}

#[test]
fn everything_in_one_change_has_one_moment() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let location = StoreLocation::File(app.store());
    let store = apiconn::store::open(&location, Access::Write, Duration::from_secs(5)).unwrap();
    let secrets = raw(&app.store())
        .query_row("SELECT secret_id FROM secrets", [], |row| row.get::<_, String>(0))
        .unwrap();
    let id = secrets.parse().unwrap();
    let clock = SettableClock(AtomicI64::new(5));
    let mut change = store.write(&clock).unwrap();
    change.record_first_use(&id).unwrap();
    clock.0.store(9, Ordering::SeqCst);
    change.revoke_secret(&id).unwrap();
    assert_eq!(change.now(), Timestamp::from_millis(5));
    change.commit().unwrap();
    let times = raw(&app.store())
        .query_row("SELECT first_used_at, revoked_at FROM secrets", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })
        .unwrap();
    assert_eq!(times, (5, 5));
}
