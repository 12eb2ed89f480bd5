//! ConnectionSlots for connections: how many there are, how many one address may have, and who makes room when all are taken.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::service::edge::proxy::{ClientAddress, Proxies};

/// How long a connection keeps its place in any case: long enough for a request that was sent at once to be read, however
/// many came with it.
const GRACE: Duration = Duration::from_millis(250);

/// How many of those that have waited longest are noted at a time.
const AT_ONCE: usize = 128;

/// Where a connection stands.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    began: Instant,
    /// Since when the connection waits for a whole request, in nanoseconds from its beginning and never 0; 0 while one is
    /// answered.
    waiting: AtomicU64,
    /// Whether the head of that request is there.
    head: AtomicBool,
    /// Somebody else needs the place.
    pub evicted: Notify,
}

impl ConnectionState {
    fn new() -> Self {
        let waiting = AtomicU64::new(1);
        Self { began: Instant::now(), waiting, head: AtomicBool::new(false), evicted: Notify::new() }
    }

    /// The head of a request is there.
    pub(crate) fn head(&self) {
        self.head.store(true, Ordering::Relaxed);
    }

    /// The whole request is there.
    pub(crate) fn work(&self) {
        self.waiting.store(0, Ordering::Relaxed);
    }

    /// It is answered.
    pub(crate) fn wait(&self) {
        self.head.store(false, Ordering::Relaxed);
        self.waiting
            .store(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Which wait for a whole request this is, no two the same; 0 while one is answered.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Which wait for a head this is; 0 where there is one.
    pub(crate) fn waiting_for_head(&self) -> u64 {
        if self.head.load(Ordering::Relaxed) { 0 } else { self.waiting() }
    }

    /// Since when the connection waits for a whole request; none while one is answered.
    fn waits_since(&self) -> Option<Instant> {
        let waiting = self.waiting();
        (waiting > 0).then(|| self.began + Duration::from_nanos(waiting))
    }
}

/// Whether there is a place.
#[derive(Debug)]
pub(crate) enum Acquire {
    /// There is.
    Slot(SlotGuard),
    /// There is not.
    None,
    /// There will be, as soon as one that has just come has had its time.
    Later,
}

#[derive(Debug, Default)]
struct SlotTable {
    /// Those that have not been evicted.
    connections: HashMap<u64, Arc<ConnectionState>>,
    /// By address, where that is limited.
    addresses: HashMap<String, u32>,
    /// Those that have waited longest when all were last looked through, the longest at the end.
    longest: Vec<(Instant, u64)>,
}

impl SlotTable {
    /// The connection that has waited longest for a whole request, and since when. Whoever begins to wait later goes behind
    /// all that were found before, so a look through all of them serves for many.
    fn longest(&mut self) -> Option<(Instant, u64)> {
        loop {
            while let Some((since, id)) = self.longest.last().copied() {
                if self.connections.get(&id).and_then(|one| one.waits_since()) == Some(since) {
                    return Some((since, id));
                }
                self.longest.pop();
            }
            let waiting = self.connections.iter().filter_map(|(id, one)| Some((one.waits_since()?, *id)));
            self.longest.extend(waiting);
            if self.longest.is_empty() {
                return None;
            }
            self.longest.sort_unstable_by(|one, other| other.cmp(one));
            let more = self.longest.len().saturating_sub(AT_ONCE);
            self.longest.drain(..more);
        }
    }
}

/// All slots.
#[derive(Debug)]
pub(crate) struct ConnectionSlots {
    total: usize,
    per_address: u32,
    grace: Duration,
    next: AtomicU64,
    table: Mutex<SlotTable>,
    refused: AtomicU64,
}

impl ConnectionSlots {
    pub(crate) fn new(total: u32, per_address: u32) -> Arc<Self> {
        Arc::new(Self {
            total: usize::try_from(total).unwrap_or(usize::MAX),
            per_address,
            grace: GRACE,
            next: AtomicU64::new(0),
            table: Mutex::default(),
            refused: AtomicU64::new(0),
        })
    }

    /// A place for a connection from this peer, if it may have one. Where all are taken, the connection that has waited
    /// for a whole request longest makes room: a client that says what it wants at once is never locked out by those that
    /// do not.
    pub(crate) fn take(self: &Arc<Self>, peer: IpAddr, proxies: &Proxies) -> Acquire {
        let address = (!proxies.speaks_for_many(peer)).then(|| ClientAddress::from(peer).throttle_key());
        let mut table = self.table();
        if let Some(address) = &address
            && table.addresses.get(address).is_some_and(|count| *count >= self.per_address)
        {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Acquire::None;
        }
        if table.connections.len() >= self.total {
            let Some((since, longest)) = table.longest() else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Acquire::None;
            };
            if since.elapsed() < self.grace {
                return Acquire::Later;
            }
            if let Some(connection_state) = table.connections.remove(&longest) {
                connection_state.evicted.notify_one();
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(address) = &address {
            *table.addresses.entry(address.clone()).or_default() += 1;
        }
        let connection_state = Arc::new(ConnectionState::new());
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        table.connections.insert(id, Arc::clone(&connection_state));
        drop(table);
        Acquire::Slot(SlotGuard { slots: Arc::clone(self), id, address, connection_state })
    }

    /// How many connections there are.
    pub(crate) fn open(&self) -> usize {
        self.table().connections.len()
    }

    /// How many got no place, or lost theirs to another.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn table(&self) -> MutexGuard<'_, SlotTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct SlotGuard {
    slots: Arc<ConnectionSlots>,
    id: u64,
    address: Option<String>,
    /// Where the connection stands.
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
    use super::*;

    fn peer(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    fn place(taken: Acquire) -> Option<SlotGuard> {
        if let Acquire::Slot(place) = taken { Some(place) } else { None }
    }

    #[test]
    fn an_address_has_its_share_and_a_proxy_or_this_machine_has_all() {
        let slots = ConnectionSlots::new(100, 2);
        let proxies = Proxies::new(vec!["10.0.0.5".parse().unwrap()]);
        let take = |address: &str| place(slots.take(peer(address), &proxies));
        let held = [take("203.0.113.7"), take("203.0.113.7")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("203.0.113.7").is_none());
        assert!(take("::ffff:203.0.113.7").is_none());
        assert!(take("203.0.113.8").is_some());
        // A network of IPv6 is one address.
        let other = [take("2001:db8::1"), take("2001:db8::2")];
        assert!(take("2001:db8::3").is_none());
        assert!(take("2001:db8:0:1::3").is_some());
        let many: Vec<_> = ["10.0.0.5", "127.0.0.1", "::1"].into_iter().cycle().take(30).map(take).collect();
        assert!(many.iter().all(Option::is_some));
        drop((held, other));
        assert!(take("203.0.113.7").is_some());
        drop(many);
        assert_eq!(slots.table().connections.len(), 0);
        assert_eq!(slots.table().addresses.len(), 0);
    }

    #[test]
    fn when_all_places_are_taken_the_one_that_waits_longest_makes_room_and_one_at_work_never() {
        let slots = Arc::new(ConnectionSlots {
            grace: Duration::ZERO,
            ..Arc::into_inner(ConnectionSlots::new(3, 64)).unwrap()
        });
        let taken = || slots.take(peer("127.0.0.1"), &Proxies::default());
        let take = || place(taken());
        let evicted = |place: &SlotGuard| !slots.table().connections.contains_key(&place.id);
        let [first, second, third] = [take(), take(), take()].map(Option::unwrap);
        first.connection_state.work();
        // A head alone is no request.
        second.connection_state.head();
        let fourth = take().unwrap();
        assert_eq!([&first, &second, &third, &fourth].map(evicted), [false, true, false, false]);
        // One that was at work has waited only since then.
        first.connection_state.wait();
        let fifth = take().unwrap();
        assert_eq!([&first, &third, &fourth, &fifth].map(evicted), [false, true, false, false]);
        for place in [&first, &fourth, &fifth] {
            place.connection_state.work();
        }
        assert!(matches!(taken(), Acquire::None));
        assert_eq!(slots.refused(), 3);
        drop(first);
        assert!(take().is_some());
    }

    #[test]
    fn one_that_has_just_come_keeps_its_place_for_a_moment() {
        let slots = ConnectionSlots::new(1, 64);
        let take = || slots.take(peer("127.0.0.1"), &Proxies::default());
        let first = place(take()).unwrap();
        assert!(matches!(take(), Acquire::Later));
        let began = Instant::now();
        while matches!(take(), Acquire::Later) {
            assert!(began.elapsed() < Duration::from_mins(1), "it keeps its place for ever");
        }
        assert!(began.elapsed() > GRACE / 2);
        drop(first);
    }
}
