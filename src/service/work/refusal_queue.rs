//! Queue of refused requests to be stored. It is bounded, and the writer stores its content together with other writes, so a
//! flood of refusals costs little time and memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::refusal::RefusedRequest;

/// Longest length of the queue. Further refusals are dropped.
const CAPACITY: usize = 256;

/// Refused requests to be stored.
#[derive(Debug, Default)]
pub(crate) struct RefusalQueue {
    refusals: Mutex<Vec<RefusedRequest>>,
    /// True if the writer has a job to store the queue.
    is_scheduled: AtomicBool,
}

impl RefusalQueue {
    /// Adds a refusal. Returns true if the caller must schedule a job of the writer.
    pub(crate) fn push(&self, refusal: RefusedRequest) -> bool {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.len() < CAPACITY {
            refusals.push(refusal);
        }
        !self.is_scheduled.swap(true, Ordering::SeqCst)
    }

    /// Removes and returns all refusals.
    pub(crate) fn take(&self) -> Vec<RefusedRequest> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_scheduled.store(false, Ordering::SeqCst);
        std::mem::take(&mut *refusals)
    }

    /// Puts back refusals that could not be stored, up to the capacity. The next refusal schedules a job again.
    pub(crate) fn put_back(&self, unstored: Vec<RefusedRequest>) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_scheduled.store(false, Ordering::SeqCst);
        let free = CAPACITY.saturating_sub(refusals.len());
        refusals.extend(unstored.into_iter().take(free));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::Check;
    use crate::domain::time::Timestamp;

    #[test]
    fn the_queue_is_bounded_and_refusals_put_back_are_scheduled() {
        let refusal = RefusedRequest {
            request: "req_7Hq2mZ0xPa4T".parse().unwrap(),
            at: Timestamp::from_millis(0),
            endpoint: "/oauth/token",
            host: None,
            error: None,
            refusal: Check::UnknownUser.into(),
        };
        let queue = RefusalQueue::default();
        assert!(queue.push(refusal.clone()));
        for _ in 0..1000 {
            assert!(!queue.push(refusal.clone()));
        }
        let taken = queue.take();
        assert_eq!(taken.len(), CAPACITY);
        queue.put_back(taken);
        assert!(queue.push(refusal));
        assert_eq!(queue.take().len(), CAPACITY);
    }
}
