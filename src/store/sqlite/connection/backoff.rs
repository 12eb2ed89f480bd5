//! Short, uneven naps between two tries.

use std::time::{Duration, Instant};

/// The first naps are about as long as a small transaction takes.
const SHORT: u64 = 60;
/// After so many tries the other is at something larger, and naps grow by their number.
const GROWING: u64 = 20;
const LONG: u64 = 1500;

/// How long whoever had to wait lets others be, after its change.
const PAUSE: Duration = Duration::from_millis(3);

/// A pause after a change that had to wait. A script of small changes has time; the many who wait for a service have not.
#[expect(clippy::disallowed_methods, reason = "this file alone sleeps")]
pub(crate) fn pause() {
    std::thread::sleep(PAUSE);
}

/// Backoff of one who waits. Uneven, so that two who wait do not wake in step.
pub(crate) struct Backoff {
    began: Instant,
    tries: u64,
    state: u64,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), tries: 0, state: u64::from(std::process::id()) << 32 | 1 }
    }

    /// Since when one waits.
    pub(crate) fn waited(&self) -> Duration {
        self.began.elapsed()
    }

    /// Sleeps a little: at first for tens of microseconds, then for up to some milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this file alone sleeps")]
    pub(crate) fn nap(&mut self) {
        // Xorshift, stirred by the time.
        self.state ^= u64::from(self.began.elapsed().subsec_nanos());
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.tries += 1;
        let longest = (SHORT * self.tries.saturating_sub(GROWING).max(1)).min(LONG);
        std::thread::sleep(Duration::from_micros(longest / 2 + self.state % longest));
    }
}
