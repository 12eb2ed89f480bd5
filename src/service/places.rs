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
    /// Which wait has been looked at, and the request was not there yet.
    looked: AtomicU64,
    next: Arc<AtomicU64>,
    /// Somebody else needs the place.
    pub ousted: Notify,
}

impl Standing {
    fn new(next: Arc<AtomicU64>) -> Self {
        let standing =
            Self { waiting: AtomicU64::new(0), looked: AtomicU64::new(0), next, ousted: Notify::new() };
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

    /// There was nothing to read, or not all of it; or the client does not take its last answer.
    pub(super) fn look(&self, waiting: u64) {
        self.looked.store(waiting, Ordering::Relaxed);
    }

    /// Since when the connection waits for a request that was looked for in vain; none where one is under way, or may be
    /// there already.
    fn in_vain(&self) -> Option<u64> {
        let waiting = self.waiting();
        (waiting > 0 && waiting == self.looked.load(Ordering::Relaxed)).then_some(waiting)
    }

    /// Since when the connection waits for a request; 0 while one is under way.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct Inside {
    /// Those that have not been ousted.
    connections: HashMap<u64, Arc<Standing>>,
    /// By address, where that is limited.
    addresses: HashMap<String, u32>,
}

/// Whether there is a place.
#[derive(Debug)]
pub(super) enum Taken {
    /// There is.
    Place(Place),
    /// There is not.
    None,
    /// There may be, as soon as what came before has been looked at.
    Later,
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    total: usize,
    per_address: u32,
    next: Arc<AtomicU64>,
    inside: Mutex<Inside>,
    refused: AtomicU64,
}

impl Places {
    pub(super) fn new(total: u32, per_address: u32) -> Arc<Self> {
        Arc::new(Self {
            total: usize::try_from(total).unwrap_or(usize::MAX),
            per_address,
            next: Arc::new(AtomicU64::new(1)),
            inside: Mutex::default(),
            refused: AtomicU64::new(0),
        })
    }

    /// A place for a connection from this peer, if it may have one. Where all are taken, the connection that has waited
    /// for a request longest makes room: a client that says what it wants at once is never locked out by those that do
    /// not.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr, proxies: &Proxies) -> Taken {
        let address = (!proxies.speaks_for_many(peer)).then(|| ClientAddress::from(peer).throttle_key());
        let mut inside = self.inside();
        if let Some(address) = &address
            && inside.addresses.get(address).is_some_and(|count| *count >= self.per_address)
        {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Taken::None;
        }
        if inside.connections.len() >= self.total {
            let idle =
                inside.connections.iter().filter_map(|(id, standing)| Some((standing.in_vain()?, *id)));
            let Some((_, longest)) = idle.min() else {
                if inside.connections.values().any(|standing| standing.waiting() > 0) {
                    return Taken::Later;
                }
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Taken::None;
            };
            if let Some(standing) = inside.connections.remove(&longest) {
                standing.ousted.notify_one();
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(address) = &address {
            *inside.addresses.entry(address.clone()).or_default() += 1;
        }
        let standing = Arc::new(Standing::new(Arc::clone(&self.next)));
        let id = standing.waiting();
        inside.connections.insert(id, Arc::clone(&standing));
        drop(inside);
        Taken::Place(Place { places: Arc::clone(self), id, address, standing })
    }

    /// How many connections there are.
    pub(super) fn open(&self) -> usize {
        self.inside().connections.len()
    }

    /// How many got no place, or lost theirs to another.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut inside = self.places.inside();
        inside.connections.remove(&self.id);
        if let Some(address) = &self.address
            && let Some(count) = inside.addresses.get_mut(address)
        {
            *count -= 1;
            if *count == 0 {
                inside.addresses.remove(address);
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

    fn place(taken: Taken) -> Option<Place> {
        if let Taken::Place(place) = taken { Some(place) } else { None }
    }

    #[test]
    fn an_address_has_its_share_and_a_proxy_or_this_machine_has_all() {
        let places = Places::new(100, 2);
        let proxies = Proxies::new(vec!["10.0.0.5".parse().unwrap()]);
        let take = |address: &str| place(places.take(peer(address), &proxies));
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
        assert_eq!(places.inside().connections.len(), 0);
        assert_eq!(places.inside().addresses.len(), 0);
    }

    #[test]
    fn when_all_places_are_taken_the_one_that_waits_longest_makes_room_and_one_at_work_never() {
        let places = Places::new(3, 64);
        let taken = || places.take(peer("127.0.0.1"), &Proxies::default());
        let look = |place: &Place| place.standing.look(place.standing.waiting());
        let take = || place(taken()).inspect(look);
        let ousted = |place: &Place| !places.inside().connections.contains_key(&place.id);
        let [first, second, third] = [take(), take(), take()].map(Option::unwrap);
        first.standing.work();
        let fourth = take().unwrap();
        assert_eq!([&first, &second, &third, &fourth].map(ousted), [false, true, false, false]);
        // One that was at work has waited only since then.
        first.standing.wait();
        look(&first);
        let fifth = take().unwrap();
        assert_eq!([&first, &third, &fourth, &fifth].map(ousted), [false, true, false, false]);
        for place in [&first, &fourth, &fifth] {
            place.standing.work();
        }
        assert!(matches!(taken(), Taken::None));
        assert_eq!(places.refused.load(Ordering::Relaxed), 3);
        // What has just come may be a request: it is looked at before it has to go.
        fifth.standing.wait();
        assert!(matches!(taken(), Taken::Later));
        look(&fifth);
        assert!(take().is_some());
    }
}
