//! Refusals on their way to the store: collected in memory and written with the next group, so that a flood of them
//! costs neither time nor room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::refusal::RefusedRequest;

/// How many may wait to be written. What comes beyond that is one of a flood, of which enough is kept.
const WAITING: usize = 256;

/// Refusals that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    waiting: Mutex<Vec<RefusedRequest>>,
    is_announced: AtomicBool,
}

impl Refusals {
    /// Takes one in. True if the writer has to be told that there are some.
    pub(crate) fn note(&self, refusal: RefusedRequest) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING {
            waiting.push(refusal);
        }
        !self.is_announced.swap(true, Ordering::SeqCst)
    }

    /// Takes all of them out.
    pub(crate) fn take(&self) -> Vec<RefusedRequest> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_announced.store(false, Ordering::SeqCst);
        std::mem::take(&mut *waiting)
    }

    /// Puts back what could not be written, as far as there is room. The next one that is noted is announced again.
    pub(crate) fn put_back(&self, refusals: Vec<RefusedRequest>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_announced.store(false, Ordering::SeqCst);
        let room = WAITING.saturating_sub(waiting.len());
        waiting.extend(refusals.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::Check;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_flood_is_bounded_and_what_could_not_be_written_is_announced_again() {
        let refusal = RefusedRequest {
            request: "req_7Hq2mZ0xPa4T".parse().unwrap(),
            at: Timestamp::from_millis(0),
            endpoint: "/oauth/token",
            host: None,
            error: None,
            refusal: Check::UnknownUser.into(),
        };
        let refusals = Refusals::default();
        assert!(refusals.note(refusal.clone()));
        for _ in 0..1000 {
            assert!(!refusals.note(refusal.clone()));
        }
        let taken = refusals.take();
        assert_eq!(taken.len(), WAITING);
        refusals.put_back(taken);
        assert!(refusals.note(refusal));
        assert_eq!(refusals.take().len(), WAITING);
    }
}
