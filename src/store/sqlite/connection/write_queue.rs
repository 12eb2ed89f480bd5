//! Turns at writing. SQLite's write lock has no queue: it goes to whoever asks at the right moment, and that is mostly
//! the one who has just let it go. A script of small changes could keep a service from writing for seconds.
//!
//! So whoever wants to write holds a place first, and gives it up as soon as SQLite's lock is theirs. Who has just
//! written finds the place taken by whoever waits, and comes after. The place is a lock on the file `-wal`: SQLite itself
//! locks the two others alone, it is there while anybody has the store open, nobody but the store's owner can open it,
//! and the system lets go of the lock when a process ends. It is a courtesy: SQLite's lock is what keeps changes apart.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};

use crate::store::sqlite::connection::backoff::Backoff;

/// How long anybody waits for the place. Then they ask without it, as if there were none: a process that was stopped
/// while it held the place must not stop the others.
const LONGEST: Duration = Duration::from_millis(250);

/// The place at the head of the queue, until it is dropped.
pub(crate) struct Ticket {
    /// The lock is held as long as this is open.
    _wal: OwnedFd,
}

impl Ticket {
    /// Waits for the place, for a part of `wait` at most. Nothing where it cannot be had, which is no fault.
    pub(crate) fn take(wal: &Path, wait: Duration) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let wal = open(wal, flags, Mode::empty()).ok()?;
        let longest = LONGEST.min(wait / 4);
        let mut naps = Backoff::new();
        loop {
            match flock(&wal, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Some(Self { _wal: wal }),
                Err(rustix::io::Errno::WOULDBLOCK) if naps.waited() < longest => naps.nap(),
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_one_persons_and_free_again_when_they_go() {
        let folder = tempfile::tempdir().unwrap();
        let wal = folder.path().join("base.db-wal");
        assert!(Ticket::take(&wal, Duration::ZERO).is_none(), "there is no file");
        std::fs::write(&wal, "").unwrap();
        let held = Ticket::take(&wal, Duration::ZERO);
        assert!(held.is_some());
        assert!(Ticket::take(&wal, Duration::ZERO).is_none());
        assert!(Ticket::take(&wal, Duration::from_millis(20)).is_none(), "nobody waits for ever");
        drop(held);
        assert!(Ticket::take(&wal, Duration::ZERO).is_some());
    }
}
