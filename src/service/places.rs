//! Places for connections: how many there are, how many one address may have, and who makes room when all are taken.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::proxy::{ClientAddress, Proxies};

/// Where a connection stands.
///
/// One number is all: 0 while a request is under way, else when the connection began to wait for one. Later is larger,
/// and no two moments are the same.
#[derive(Debug)]
pub(super) struct Standing {
    waiting: AtomicU64,
    next: Arc<AtomicU64>,
    /// Somebody else needs the place.
    pub ousted: Notify,
}

impl Standing {
    fn new(next: Arc<AtomicU64>) -> Self {
        let standing = Self { waiting: AtomicU64::new(0), next, ousted: Notify::new() };
        standing.wait();
        standing
    }

    /// A request is under way.
    pub(super) fn work(&self) {
        self.waiting.store(0, Ordering::Relaxed);
    }

    /// It is over.
    pub(super) fn wait(&self) {
        self.waiting.store(self.next.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Since when the connection waits for a request; 0 while one is under way.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct Taken {
    /// Those that have not been ousted.
    connections: HashMap<u64, Arc<Standing>>,
    /// By address, where that is limited.
    addresses: HashMap<String, u32>,
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    total: usize,
    per_address: u32,
    next: Arc<AtomicU64>,
    taken: Mutex<Taken>,
    refused: AtomicU64,
}

impl Places {
    pub(super) fn new(total: u32, per_address: u32) -> Arc<Self> {
        Arc::new(Self {
            total: usize::try_from(total).unwrap_or(usize::MAX),
            per_address,
            next: Arc::new(AtomicU64::new(1)),
            taken: Mutex::default(),
            refused: AtomicU64::new(0),
        })
    }

    /// A place for a connection from this peer, if it may have one. Where all are taken, the connection that has waited
    /// for a request longest makes room: a client that says what it wants at once is never locked out by those that do
    /// not.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr, proxies: &Proxies) -> Option<Place> {
        let address = (!proxies.speaks_for_many(peer)).then(|| ClientAddress::from(peer).throttle_key());
        let mut taken = self.taken();
        if let Some(address) = &address
            && taken.addresses.get(address).is_some_and(|count| *count >= self.per_address)
        {
            drop(taken);
            return self.refuse();
        }
        if taken.connections.len() >= self.total {
            let waiting = taken.connections.iter().filter(|(_, standing)| standing.waiting() > 0);
            let Some(longest) = waiting.min_by_key(|(_, standing)| standing.waiting()).map(|(id, _)| *id)
            else {
                drop(taken);
                return self.refuse();
            };
            if let Some(standing) = taken.connections.remove(&longest) {
                standing.ousted.notify_one();
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(address) = &address {
            *taken.addresses.entry(address.clone()).or_default() += 1;
        }
        let standing = Arc::new(Standing::new(Arc::clone(&self.next)));
        let id = standing.waiting();
        taken.connections.insert(id, Arc::clone(&standing));
        drop(taken);
        Some(Place { places: Arc::clone(self), id, address, standing })
    }

    /// How many connections there are.
    pub(super) fn open(&self) -> usize {
        self.taken().connections.len()
    }

    /// How many got no place, or lost theirs to another.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn refuse<T>(&self) -> Option<T> {
        self.refused.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    id: u64,
    address: Option<String>,
    /// Where the connection stands.
    pub standing: Arc<Standing>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.connections.remove(&self.id);
        if let Some(address) = &self.address
            && let Some(count) = taken.addresses.get_mut(address)
        {
            *count -= 1;
            if *count == 0 {
                taken.addresses.remove(address);
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

    #[test]
    fn an_address_has_its_share_and_a_proxy_or_this_machine_has_all() {
        let places = Places::new(100, 2);
        let proxies = Proxies::new(vec!["10.0.0.5".parse().unwrap()]);
        let take = |address: &str| places.take(peer(address), &proxies);
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
        assert_eq!(places.taken().connections.len(), 0);
        assert_eq!(places.taken().addresses.len(), 0);
    }

    #[test]
    fn when_all_places_are_taken_the_one_that_waits_longest_makes_room_and_one_at_work_never() {
        let places = Places::new(3, 64);
        let take = || places.take(peer("127.0.0.1"), &Proxies::default());
        let ousted = |place: &Place| !places.taken().connections.contains_key(&place.id);
        let [first, second, third] = [take(), take(), take()].map(Option::unwrap);
        first.standing.work();
        let fourth = take().unwrap();
        assert_eq!([&first, &second, &third, &fourth].map(ousted), [false, true, false, false]);
        // One that was at work has waited only since then.
        first.standing.wait();
        let fifth = take().unwrap();
        assert_eq!([&first, &third, &fourth, &fifth].map(ousted), [false, true, false, false]);
        for place in [&first, &fourth, &fifth] {
            place.standing.work();
        }
        assert!(take().is_none());
        assert_eq!(places.refused.load(Ordering::Relaxed), 3);
        drop(first);
        assert!(take().is_some());
    }
}
