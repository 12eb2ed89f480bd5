//! Queue of refused requests to be stored. It is bounded, and the writer stores its content together with other writes, so a
//! flood of refusals costs little time and memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::refusal::{RefusalGroup, RefusedRequest};

/// Longest length of each part of the queue. Further refusals are dropped.
const CAPACITY: usize = 256;

/// Refused requests to be stored.
#[derive(Debug, Default)]
pub(crate) struct RefusalQueue {
    groups: Mutex<Groups>,
    /// True if the writer has a job to store the queue.
    is_scheduled: AtomicBool,
}

/// The two parts of the queue. Requests that name no client that exists cannot displace the others.
#[derive(Debug, Default)]
struct Groups {
    of_clients: Vec<RefusalGroup>,
    other: Vec<RefusalGroup>,
}

impl Groups {
    fn add(&mut self, group: RefusalGroup) {
        let part = if group.has_known_client() { &mut self.of_clients } else { &mut self.other };
        if part.len() < CAPACITY {
            part.push(group);
        }
    }

    /// Adds a request to the group that contains it, if there is one.
    fn join(&mut self, request: &RefusedRequest) -> bool {
        let mut groups = self.of_clients.iter_mut().chain(&mut self.other);
        groups.find(|group| group.contains(request)).map(|group| group.add(request)).is_some()
    }
}

impl RefusalQueue {
    /// Adds a refusal. Returns true if the caller must schedule a job of the writer.
    pub(crate) fn push(&self, refusal: RefusedRequest) -> bool {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if !groups.join(&refusal) {
            groups.add(refusal.into());
        }
        !self.is_scheduled.swap(true, Ordering::SeqCst)
    }

    /// Removes and returns all refusals.
    pub(crate) fn take(&self) -> Vec<RefusalGroup> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_scheduled.store(false, Ordering::SeqCst);
        let Groups { of_clients, other } = std::mem::take(&mut *groups);
        drop(groups);
        of_clients.into_iter().chain(other).collect()
    }

    /// Puts back refusals that could not be stored, up to the capacity. The next refusal schedules a job again.
    pub(crate) fn put_back(&self, unstored: Vec<RefusalGroup>) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_scheduled.store(false, Ordering::SeqCst);
        for group in unstored {
            groups.add(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{ClientKind, RequestId};
    use crate::domain::refusal::{Check, ClientRef, KnownClient, Refusal};
    use crate::domain::time::Timestamp;

    fn refused(number: usize, millis: i64, check: Check) -> RefusedRequest {
        RefusedRequest {
            request: format!("req_{number:012}").parse().unwrap(),
            at: Timestamp::from_millis(millis),
            endpoint: "/oauth/token",
            host: None,
            error: None,
            refusal: check.into(),
        }
    }

    #[test]
    fn equal_refusals_of_a_minute_are_one_group() {
        let queue = RefusalQueue::default();
        assert!(queue.push(refused(0, 0, Check::UnknownUser)));
        for number in 1..1000 {
            assert!(!queue.push(refused(number, 59_999, Check::UnknownUser)));
        }
        queue.push(refused(1000, 59_999, Check::RefreshMissing));
        queue.push(refused(1001, 60_000, Check::UnknownUser));
        let groups = queue.take();
        let counts: Vec<i64> = groups.iter().map(|group| group.count).collect();
        assert_eq!(counts, [1000, 1, 1]);
        assert_eq!(groups[0].last_at.millis(), 59_999);
        let later: Vec<&str> = groups[0].later.iter().map(RequestId::as_str).collect();
        assert_eq!((later.len(), later[0], later[9]), (10, "req_000000000990", "req_000000000999"));
    }

    #[test]
    fn the_queue_is_bounded_and_refusals_put_back_are_scheduled() {
        let queue = RefusalQueue::default();
        let unknown = |number: usize| {
            refused(number, 0, Check::ClientUnknown { sent: number.to_string(), meant: None })
        };
        assert!(queue.push(unknown(0)));
        for number in 1..1000 {
            assert!(!queue.push(unknown(number)));
        }
        // A flood without a client leaves room for clients that exist.
        let client = ClientRef {
            id: "apck_test_7Hq2mZ0xPa4T".parse().unwrap(),
            known: Some(KnownClient { kind: ClientKind::Key, name: "erp-sync".parse().unwrap() }),
        };
        let one = refused(1000, 0, Check::SecretUnknown);
        queue.push(RefusedRequest { refusal: Refusal { client: Some(client), ..one.refusal }, ..one });
        let taken = queue.take();
        assert_eq!((taken.len(), taken[0].first.request.as_str()), (CAPACITY + 1, "req_000000001000"));
        queue.put_back(taken);
        assert!(queue.push(unknown(1)));
        assert_eq!(queue.take().len(), CAPACITY + 1);
    }
}
