//! Randomised backoff between attempts to get a lock.

use std::time::{Duration, Instant};

/// Mean sleep of the first attempts in microseconds: about the duration of a small transaction.
const FIRST_SLEEP: u64 = 60;
/// After so many attempts the lock is taken for a longer change, and the sleep grows with each attempt.
const CONSTANT_ATTEMPTS: u64 = 20;
/// Longest mean sleep in microseconds.
const LONGEST_SLEEP: u64 = 1500;

/// Pause of a command after a change that had to wait for the write lock.
const PAUSE: Duration = Duration::from_millis(3);

/// Sleeps after a change that had to wait, so that other processes get the write lock.
#[expect(clippy::disallowed_methods, reason = "this file alone sleeps")]
pub(crate) fn pause() {
    std::thread::sleep(PAUSE);
}

/// Randomised backoff. Jitter keeps two waiters from retrying in lockstep.
pub(crate) struct Backoff {
    started: Instant,
    attempts: u64,
    random: u64,
}

impl Backoff {
    /// Starts with the shortest sleep.
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), attempts: 0, random: u64::from(std::process::id()) << 32 | 1 }
    }

    /// Returns the time since the first attempt.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Sleeps before the next attempt: first for tens of microseconds, later for up to about 2 milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this file alone sleeps")]
    pub(crate) fn sleep(&mut self) {
        // Xorshift, seeded again with the time of each attempt. Jitter needs no good randomness.
        self.random ^= u64::from(self.started.elapsed().subsec_nanos());
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.attempts += 1;
        let mean = (FIRST_SLEEP * self.attempts.saturating_sub(CONSTANT_ATTEMPTS).max(1)).min(LONGEST_SLEEP);
        std::thread::sleep(Duration::from_micros(mean / 2 + self.random % mean));
    }
}
