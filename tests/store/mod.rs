//! Invariants of the store.

mod arbitrary;
mod concurrency;
mod conformance;
mod consent;
mod crash;
mod creation;
mod families;
mod files;
mod leaks;
mod moment;
mod pages;
mod refusals;
mod sessions;
mod throttles;
mod unreleased;
mod usage;
mod validity;

use std::path::Path;

use apiconn::domain::time::{Clock, Timestamp};
use rusqlite::Connection;

/// A clock that always shows this time.
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Opens a second connection to a store, to read data that no command shows.
pub fn raw(store: &Path) -> Connection {
    let connection = Connection::open(store).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    connection
}

/// Returns the only number in the result of a query.
pub fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Asserts that the integrity check, the foreign keys and the audit chain are correct.
#[track_caller]
pub fn assert_whole(store: &Path) {
    let connection = raw(store);
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let broken =
        connection.prepare("PRAGMA foreign_key_check").unwrap().query([]).unwrap().next().unwrap().is_some();
    assert!(!broken, "a foreign key refers to a missing row");
    crate::support::process::ok(store, &["audit", "verify"]);
}
