//! Advisory queue of writers.
//!
//! SQLite's write lock has no queue: the process that released it usually gets it again before a waiter wakes up, so that
//! a script of small changes could keep a service from writing for seconds. Writers therefore lock the file `-wal` with
//! `flock` while they wait for `BEGIN IMMEDIATE`, and release it once they have the write lock. A process that has just
//! written then queues behind the waiters.
//!
//! The `-wal` file fits because SQLite locks only the two other files, it exists while a process has the store open, only
//! the owner of the store can open it, and the kernel releases the lock if a process ends. Correctness does not depend on
//! this lock: SQLite's own lock serialises changes.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};

use crate::store::sqlite::connection::backoff::Backoff;

/// Longest time in the queue. A writer then continues without a ticket: a process that was stopped while it has the
/// ticket must not stop the others.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// Permission to be the next writer. It ends when it is dropped.
pub(crate) struct Ticket {
    /// The kernel releases the lock when this is closed.
    _wal: OwnedFd,
}

impl Ticket {
    /// Waits for the ticket for at most a quarter of `wait`. Returns `None` if the wait times out; the writer then
    /// continues without it.
    pub(crate) fn take(wal: &Path, wait: Duration) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let wal = open(wal, flags, Mode::empty()).ok()?;
        let longest = LONGEST_WAIT.min(wait / 4);
        let mut backoff = Backoff::new();
        loop {
            match flock(&wal, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Some(Self { _wal: wal }),
                Err(rustix::io::Errno::WOULDBLOCK) if backoff.elapsed() < longest => backoff.sleep(),
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_has_the_ticket_until_it_drops_it() {
        let folder = tempfile::tempdir().unwrap();
        let wal = folder.path().join("base.db-wal");
        assert!(Ticket::take(&wal, Duration::ZERO).is_none(), "there is no file");
        std::fs::write(&wal, "").unwrap();
        let ticket = Ticket::take(&wal, Duration::ZERO);
        assert!(ticket.is_some());
        assert!(Ticket::take(&wal, Duration::ZERO).is_none());
        assert!(Ticket::take(&wal, Duration::from_millis(20)).is_none(), "the wait ends");
        drop(ticket);
        assert!(Ticket::take(&wal, Duration::ZERO).is_some());
    }
}
