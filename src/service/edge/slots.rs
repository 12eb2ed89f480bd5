//! Connection slots: the number of connections, the share of one address, and which connection is evicted if no slot is
//! free.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::domain::throttle::AddressRange;
use crate::service::edge::proxy::{Peer, Proxies};

/// Time for which a new connection is not evicted: enough to read a request that was sent at once, even in a burst of
/// connections.
const GRACE: Duration = Duration::from_millis(250);

/// Number of eviction candidates that one scan of all connections collects.
const CANDIDATES: usize = 128;

/// Progress of the current request of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    accepted: Instant,
    /// When the connection began to wait for a complete request, in nanoseconds since it was accepted and never 0; 0 while
    /// a request is being answered.
    waiting_since: AtomicU64,
    /// True if the head of the request was read.
    has_head: AtomicBool,
    /// Notified when another connection gets the slot.
    pub evicted: Notify,
}

impl ConnectionState {
    fn new() -> Self {
        Self {
            accepted: Instant::now(),
            waiting_since: AtomicU64::new(1),
            has_head: AtomicBool::new(false),
            evicted: Notify::new(),
        }
    }

    /// Records that the head of a request was read.
    pub(crate) fn head_read(&self) {
        self.has_head.store(true, Ordering::Relaxed);
    }

    /// Records that a request was read completely. It is being answered until [`ConnectionState::answered`].
    pub(crate) fn request_read(&self) {
        self.waiting_since.store(0, Ordering::Relaxed);
    }

    /// Records that the request was answered, so that the connection waits for the next one.
    pub(crate) fn answered(&self) {
        self.has_head.store(false, Ordering::Relaxed);
        self.waiting_since
            .store(u64::try_from(self.accepted.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns a number that identifies the wait for a complete request; 0 while a request is being answered.
    pub(crate) fn request_wait(&self) -> u64 {
        self.waiting_since.load(Ordering::Relaxed)
    }

    /// Returns a number that identifies the wait for a head; 0 if the head was read.
    pub(crate) fn head_wait(&self) -> u64 {
        if self.has_head.load(Ordering::Relaxed) { 0 } else { self.request_wait() }
    }

    /// Returns since when the connection waits for a complete request; `None` while a request is being answered.
    fn idle_since(&self) -> Option<Instant> {
        let waiting = self.request_wait();
        (waiting > 0).then(|| self.accepted + Duration::from_nanos(waiting))
    }
}

/// Result of asking for a slot.
#[derive(Debug)]
pub(crate) enum Acquire {
    Slot(SlotGuard),
    /// Every connection is answering a request, or the address already has its share.
    None,
    /// A connection can be evicted after its [`GRACE`].
    Later,
}

#[derive(Debug, Default)]
struct SlotTable {
    /// All connections except evicted ones, by id.
    connections: HashMap<u64, Arc<ConnectionState>>,
    /// Number of connections of each limited address.
    addresses: HashMap<AddressRange, u32>,
    /// The connections that had waited longest at the last scan; the longest wait is the last element.
    candidates: Vec<(Instant, u64)>,
}

impl SlotTable {
    /// Returns the connection that has waited longest for a complete request, and since when. A connection that begins to
    /// wait after a scan has waited less long than all candidates, so one scan serves for many evictions.
    fn longest_idle(&mut self) -> Option<(Instant, u64)> {
        loop {
            while let Some((since, id)) = self.candidates.last().copied() {
                if self.connections.get(&id).and_then(|state| state.idle_since()) == Some(since) {
                    return Some((since, id));
                }
                self.candidates.pop();
            }
            let idle = self.connections.iter().filter_map(|(id, state)| Some((state.idle_since()?, *id)));
            self.candidates.extend(idle);
            if self.candidates.is_empty() {
                return None;
            }
            self.candidates.sort_unstable_by(|left, right| right.cmp(left));
            let surplus = self.candidates.len().saturating_sub(CANDIDATES);
            self.candidates.drain(..surplus);
        }
    }
}

/// Slots for the connections of one listener.
#[derive(Debug)]
pub(crate) struct ConnectionSlots {
    total: usize,
    per_address: u32,
    grace: Duration,
    next_id: AtomicU64,
    table: Mutex<SlotTable>,
    refused: AtomicU64,
}

impl ConnectionSlots {
    /// Returns slots for `total` connections, of which one address may have `per_address`.
    pub(crate) fn new(total: u32, per_address: u32) -> Arc<Self> {
        Arc::new(Self {
            total: usize::try_from(total).unwrap_or(usize::MAX),
            per_address,
            grace: GRACE,
            next_id: AtomicU64::new(0),
            table: Mutex::default(),
            refused: AtomicU64::new(0),
        })
    }

    /// Acquires a slot for a connection from `peer`. If no slot is free, the connection that has waited longest for a
    /// complete request is evicted: idle connections must not lock out a client that sends its request at once.
    pub(crate) fn acquire(self: &Arc<Self>, peer: Peer, proxies: &Proxies) -> Acquire {
        let address = proxies.connection_key(peer);
        let mut table = self.table();
        if let Some(address) = &address
            && table.addresses.get(address).is_some_and(|count| *count >= self.per_address)
        {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Acquire::None;
        }
        if table.connections.len() >= self.total {
            let Some((since, id)) = table.longest_idle() else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Acquire::None;
            };
            if since.elapsed() < self.grace {
                return Acquire::Later;
            }
            if let Some(connection_state) = table.connections.remove(&id) {
                connection_state.evicted.notify_one();
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(address) = &address {
            *table.addresses.entry(address.clone()).or_default() += 1;
        }
        let connection_state = Arc::new(ConnectionState::new());
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        table.connections.insert(id, Arc::clone(&connection_state));
        drop(table);
        Acquire::Slot(SlotGuard { slots: Arc::clone(self), id, address, connection_state })
    }

    /// Returns the number of open connections.
    pub(crate) fn open(&self) -> usize {
        self.table().connections.len()
    }

    /// Returns the number of connections that were refused or evicted.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn table(&self) -> MutexGuard<'_, SlotTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot, which is released when the guard is dropped.
#[derive(Debug)]
pub(crate) struct SlotGuard {
    slots: Arc<ConnectionSlots>,
    id: u64,
    address: Option<AddressRange>,
    pub connection_state: Arc<ConnectionState>,
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        let mut table = self.slots.table();
        table.connections.remove(&self.id);
        if let Some(address) = &self.address
            && let Some(count) = table.addresses.get_mut(address)
        {
            *count -= 1;
            if *count == 0 {
                table.addresses.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::network::trusted_proxy::TrustedProxy;

    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::Address(address.parse().unwrap())
    }

    fn guard(acquired: Acquire) -> Option<SlotGuard> {
        if let Acquire::Slot(guard) = acquired { Some(guard) } else { None }
    }

    #[test]
    fn an_address_is_limited_unless_it_is_a_proxy_or_loopback() {
        let slots = ConnectionSlots::new(100, 2);
        let proxies = Proxies::new(vec![TrustedProxy::Network("10.0.0.5".parse().unwrap())]);
        let acquire = |address: &str| guard(slots.acquire(peer(address), &proxies));
        let first = [acquire("203.0.113.7"), acquire("203.0.113.7")];
        assert!(first.iter().all(Option::is_some));
        assert!(acquire("203.0.113.7").is_none());
        assert!(acquire("::ffff:203.0.113.7").is_none());
        assert!(acquire("203.0.113.8").is_some());
        // A /64 network of IPv6 counts as one address.
        let network = [acquire("2001:db8::1"), acquire("2001:db8::2")];
        assert!(acquire("2001:db8::3").is_none());
        assert!(acquire("2001:db8:0:1::3").is_some());
        let unlimited = ["10.0.0.5", "127.0.0.1", "::1"].into_iter().cycle().take(30);
        let mut unlimited: Vec<_> = unlimited.map(acquire).collect();
        unlimited.extend((0..30).map(|_| guard(slots.acquire(Peer::Unix { uid: Some(33) }, &proxies))));
        assert!(unlimited.iter().all(Option::is_some));
        drop((first, network));
        assert!(acquire("203.0.113.7").is_some());
        drop(unlimited);
        assert_eq!(slots.table().connections.len(), 0);
        assert_eq!(slots.table().addresses.len(), 0);
    }

    #[test]
    fn the_longest_idle_connection_is_evicted_and_a_busy_one_never() {
        let slots = Arc::new(ConnectionSlots {
            grace: Duration::ZERO,
            ..Arc::into_inner(ConnectionSlots::new(3, 64)).unwrap()
        });
        let acquired = || slots.acquire(peer("127.0.0.1"), &Proxies::default());
        let acquire = || guard(acquired());
        let evicted = |guard: &SlotGuard| !slots.table().connections.contains_key(&guard.id);
        let [first, second, third] = [acquire(), acquire(), acquire()].map(Option::unwrap);
        first.connection_state.request_read();
        // A head without its body is an incomplete request.
        second.connection_state.head_read();
        let fourth = acquire().unwrap();
        assert_eq!([&first, &second, &third, &fourth].map(evicted), [false, true, false, false]);
        // The wait of a connection begins again after each answer.
        first.connection_state.answered();
        let fifth = acquire().unwrap();
        assert_eq!([&first, &third, &fourth, &fifth].map(evicted), [false, true, false, false]);
        for guard in [&first, &fourth, &fifth] {
            guard.connection_state.request_read();
        }
        assert!(matches!(acquired(), Acquire::None));
        assert_eq!(slots.refused(), 3);
        drop(first);
        assert!(acquire().is_some());
    }

    #[test]
    fn a_new_connection_is_not_evicted_within_its_grace_period() {
        let slots = ConnectionSlots::new(1, 64);
        let acquire = || slots.acquire(peer("127.0.0.1"), &Proxies::default());
        let first = guard(acquire()).unwrap();
        assert!(matches!(acquire(), Acquire::Later));
        let began = Instant::now();
        while matches!(acquire(), Acquire::Later) {
            assert!(began.elapsed() < Duration::from_mins(1), "it is never evicted");
        }
        assert!(began.elapsed() > GRACE / 2);
        drop(first);
    }
}
