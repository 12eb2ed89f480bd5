//! Throttling: the wait for an account, a client or an address after too many failed attempts. The wait is bounded, so
//! that a third party cannot lock out a user by failing on purpose.

use std::net::IpAddr;

use crate::domain::id::UserId;
use crate::domain::network::masked;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;

/// The maximum wait after a failure.
pub const LONGEST_WAIT: Span = Span::seconds(15 * 60);
/// A counter is dropped after this time without a failure.
pub const FORGOTTEN_AFTER: Span = Span::hours(1);

/// The number of failures of an account or client that cause no wait, because people mistype.
const FREE_OF_ACCOUNT: u32 = 5;
/// The number of failures from an address that cause no wait, because many people share an address.
const FREE_OF_ADDRESS: u32 = 20;
/// One failure from an address is forgotten in this time, because people who share an address mistype all day.
const LEAK_OF_ADDRESS: Span = Span::minutes(3);
/// A site is allowed this many times the failures of an address.
const SITE_FACTOR: u32 = 16;
/// The prefix length of the IPv6 network of one subscriber, who can use any address in it.
const SUBSCRIBER_PREFIX: u8 = 64;
/// The prefix length of the IPv6 network that a provider assigns to one site. It contains 65,536 networks of subscribers.
const SITE_PREFIX: u8 = 48;

/// The account of a sign-in attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// An account that exists.
    User(UserId),
    /// The user name that was typed, if no user has it.
    Unknown(String),
}

/// The addresses whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AddressRange {
    /// An IPv4 address, or the /64 network of an IPv6 address.
    Subscriber(String),
    /// The /48 network of an IPv6 address.
    Site(String),
}

impl AddressRange {
    /// Returns the ranges of an address, the narrowest first.
    #[must_use]
    pub fn of(address: IpAddr) -> Vec<Self> {
        let mut ranges = vec![Self::subscriber(address)];
        let address = address.to_canonical();
        if address.is_ipv6() {
            ranges.push(Self::Site(network(address, SITE_PREFIX)));
        }
        ranges
    }

    /// Returns the addresses that one subscriber can use.
    #[must_use]
    pub fn subscriber(address: IpAddr) -> Self {
        Self::Subscriber(match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            address @ IpAddr::V6(_) => network(address, SUBSCRIBER_PREFIX),
        })
    }

    /// Returns the text of the range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Subscriber(text) | Self::Site(text) => text,
        }
    }
}

fn network(address: IpAddr, prefix: u8) -> String {
    format!("{}/{prefix}", masked(address, prefix))
}

/// The subject whose failures are counted. The store contains digests of these texts only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Wrong passwords for an account.
    Password(Account),
    /// Wrong passwords for an account from a browser that is known to it. This counter is separate, so that guesses from
    /// other browsers do not lock out the user.
    KnownBrowser {
        user: UserId,
        /// The digest of the browser's cookie.
        device: [u8; 32],
    },
    /// Wrong passwords for any account from a range of addresses.
    PasswordFrom(AddressRange),
    /// Wrong secrets for a client id as it was sent. Whether a client has the id makes no difference, so that the wait does
    /// not reveal it.
    ClientSecret(String),
    /// Wrong secrets for any client from a range of addresses.
    ClientSecretFrom(AddressRange),
}

/// The kind of a [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    Password,
    KnownBrowser,
    PasswordFrom,
    PasswordFromSite,
    ClientSecret,
    ClientSecretFrom,
    ClientSecretFromSite,
}

impl SubjectKind {
    /// Every kind of subject.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::KnownBrowser,
        Self::PasswordFrom,
        Self::PasswordFromSite,
        Self::ClientSecret,
        Self::ClientSecretFrom,
        Self::ClientSecretFromSite,
    ];

    /// Returns the word in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::KnownBrowser => "known_browser",
            Self::PasswordFrom => "password_from",
            Self::PasswordFromSite => "password_from_site",
            Self::ClientSecret => "client_secret",
            Self::ClientSecretFrom => "client_secret_from",
            Self::ClientSecretFromSite => "client_secret_from_site",
        }
    }

    /// Returns the number of failures that cause no wait.
    #[must_use]
    pub const fn free(self) -> u32 {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => FREE_OF_ACCOUNT,
            Self::PasswordFrom | Self::ClientSecretFrom => FREE_OF_ADDRESS,
            Self::PasswordFromSite | Self::ClientSecretFromSite => SITE_FACTOR * FREE_OF_ADDRESS,
        }
    }

    /// Returns the time in which one failure is forgotten; `None` if failures are forgotten together only, an hour after the
    /// last one.
    #[must_use]
    pub const fn leak(self) -> Option<Span> {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => None,
            Self::PasswordFrom | Self::ClientSecretFrom => Some(LEAK_OF_ADDRESS),
            Self::PasswordFromSite | Self::ClientSecretFromSite => {
                Some(Span::from_millis(LEAK_OF_ADDRESS.millis() / SITE_FACTOR as i64))
            }
        }
    }

    /// Returns true if the subjects of this kind are addresses, whose number is not limited by the objects in the store.
    #[must_use]
    pub const fn is_address(self) -> bool {
        self.leak().is_some()
    }

    /// Returns true if a success resets the counter. The counters of addresses are not reset: otherwise an attacker could
    /// sign in to an account of their own between two guesses.
    #[must_use]
    pub const fn is_cleared_by_success(self) -> bool {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => true,
            Self::PasswordFrom
            | Self::PasswordFromSite
            | Self::ClientSecretFrom
            | Self::ClientSecretFromSite => false,
        }
    }
}

impl Subject {
    /// Returns the kind of the subject.
    #[must_use]
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Password(_) => SubjectKind::Password,
            Self::KnownBrowser { .. } => SubjectKind::KnownBrowser,
            Self::PasswordFrom(AddressRange::Subscriber(_)) => SubjectKind::PasswordFrom,
            Self::PasswordFrom(AddressRange::Site(_)) => SubjectKind::PasswordFromSite,
            Self::ClientSecret(_) => SubjectKind::ClientSecret,
            Self::ClientSecretFrom(AddressRange::Subscriber(_)) => SubjectKind::ClientSecretFrom,
            Self::ClientSecretFrom(AddressRange::Site(_)) => SubjectKind::ClientSecretFromSite,
        }
    }
}

/// The failed attempts of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The number of failures that are not forgotten, as of the last failure.
    pub failures: u32,
    /// The time of the last failure.
    pub last_failure_at: Timestamp,
    /// The time up to which failures were forgotten one by one. The rest of an interval is kept, so that failures that come
    /// faster than the interval do not stop it.
    pub leaked_at: Timestamp,
}

/// The decision whether an attempt is processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleDecision {
    /// The attempt is processed.
    Free,
    /// Attempts before this time are refused without being checked.
    Wait(Timestamp),
}

impl ThrottleDecision {
    /// Returns the stricter of two decisions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Wait(left), Self::Wait(right)) => Self::Wait(left.max(right)),
            (Self::Free, decision) | (decision, Self::Free) => decision,
        }
    }
}

/// Returns the wait after `failures` failures, of which `free` cause none: 1 s, 2 s, 4 s and so on.
fn wait(failures: u32, free: u32) -> Option<Span> {
    let beyond = failures.checked_sub(free)?;
    // 2^20 seconds exceed the maximum wait, so the shift cannot overflow.
    Some(Span::seconds(1 << beyond.min(20)).min(LONGEST_WAIT))
}

/// Decides whether an attempt at `now` is processed.
///
/// A counter whose last failure is in the future was written before the clock was set back. Its wait begins at `now`,
/// because the elapsed part is unknown. The service stores [`settled`] counters, so that the wait does not begin again
/// with each attempt.
#[must_use]
pub fn decision(kind: SubjectKind, counter: Option<Counter>, now: Timestamp) -> ThrottleDecision {
    let Some(counter) = remembered(counter, now) else { return ThrottleDecision::Free };
    let until = wait(counter.failures, kind.free()).map(|wait| counter.last_failure_at.plus(wait));
    match until {
        Some(until) if until > now => ThrottleDecision::Wait(until),
        Some(_) | None => ThrottleDecision::Free,
    }
}

/// Returns the counter after one more failure at `now`.
#[must_use]
pub fn after_failure(kind: SubjectKind, counter: Option<Counter>, now: Timestamp) -> Counter {
    let (before, leaked_at) = remembered(counter, now).map_or((0, now), |counter| leaked(kind, counter, now));
    Counter { failures: before.saturating_add(1), last_failure_at: now, leaked_at }
}

/// Returns the failures that remain at `now`, and the time up to which the others were forgotten.
fn leaked(kind: SubjectKind, counter: Counter, now: Timestamp) -> (u32, Timestamp) {
    let Some(interval) = kind.leak() else { return (counter.failures, now) };
    let elapsed = now.millis() - counter.leaked_at.millis();
    let forgotten = elapsed / interval.millis();
    match u32::try_from(forgotten).ok().and_then(|forgotten| counter.failures.checked_sub(forgotten)) {
        Some(failures @ 1..) => {
            (failures, Timestamp::from_millis(now.millis() - elapsed % interval.millis()))
        }
        Some(0) | None => (0, now),
    }
}

/// Returns the counter with its last failure at `now` or earlier. A failure in the future means that the clock was set
/// back.
#[must_use]
pub fn settled(counter: Counter, now: Timestamp) -> Counter {
    Counter {
        last_failure_at: counter.last_failure_at.min(now),
        leaked_at: counter.leaked_at.min(now),
        ..counter
    }
}

/// Returns the settled counter, or `None` if it is old enough to be dropped.
fn remembered(counter: Option<Counter>, now: Timestamp) -> Option<Counter> {
    let counter = settled(counter?, now);
    (counter.last_failure_at.plus(FORGOTTEN_AFTER) > now).then_some(counter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEGIN: i64 = 1_795_516_200_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(BEGIN + seconds * 1000)
    }

    fn counter(failures: u32, seconds: i64) -> Counter {
        Counter { failures, last_failure_at: at(seconds), leaked_at: at(seconds) }
    }

    /// Simulates an attack for `seconds` seconds and returns the times of the attempts that are processed. Each time an
    /// attempt is allowed, `concurrent` attempts are processed before the first of them is counted.
    fn attack(kind: SubjectKind, seconds: i64, concurrent: usize) -> Vec<Timestamp> {
        let (mut counter, mut now) = (None, at(0));
        let mut looked_at = Vec::new();
        while now < at(seconds) {
            match decision(kind, counter, now) {
                ThrottleDecision::Free => {
                    for _ in 0..concurrent {
                        looked_at.push(now);
                        counter = Some(after_failure(kind, counter, now));
                    }
                }
                ThrottleDecision::Wait(until) => now = until,
            }
        }
        looked_at
    }

    fn most_in_an_hour(looked_at: &[Timestamp]) -> usize {
        let in_hour = |begin: Timestamp| {
            looked_at.iter().filter(|at| (begin..begin.plus(Span::hours(1))).contains(*at)).count()
        };
        looked_at.iter().map(|begin| in_hour(*begin)).max().unwrap()
    }

    #[test]
    fn the_wait_doubles_from_one_second_to_fifteen_minutes() {
        let waits = |kind, failures| match decision(kind, Some(counter(failures, 0)), at(0)) {
            ThrottleDecision::Free => 0,
            ThrottleDecision::Wait(until) => (until.millis() - at(0).millis()) / 1000,
        };
        let account = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
        for (failures, wait) in (0..).zip(account) {
            assert_eq!(waits(SubjectKind::Password, failures), wait, "{failures}");
        }
        assert_eq!(waits(SubjectKind::PasswordFrom, 19), 0);
        assert_eq!(waits(SubjectKind::PasswordFrom, 20), 1);
        assert_eq!(waits(SubjectKind::Password, u32::MAX), 900);
    }

    #[test]
    fn at_most_a_hundred_attempts_are_processed_per_hour() {
        for (kind, most) in [
            (SubjectKind::Password, 17),
            (SubjectKind::KnownBrowser, 17),
            (SubjectKind::PasswordFrom, 47),
            (SubjectKind::ClientSecret, 17),
            (SubjectKind::ClientSecretFrom, 47),
        ] {
            let looked_at = attack(kind, 10 * 24 * 3600, 1);
            assert_eq!(most_in_an_hour(&looked_at), most, "{kind:?}");
            // Four attempts an hour stay possible, so the lock is never permanent.
            assert!(looked_at.len() > 950, "{kind:?}: {}", looked_at.len());
        }
        // The bound holds if several attempts are processed before one is counted.
        for concurrent in [2, 4, 8] {
            let most = most_in_an_hour(&attack(SubjectKind::Password, 24 * 3600, concurrent));
            assert!(most <= 100, "{concurrent}: {most}");
        }
    }

    #[test]
    fn an_hour_without_a_failure_resets_the_counter() {
        let counter = Some(counter(40, 0));
        assert_eq!(decision(SubjectKind::Password, counter, at(899)), ThrottleDecision::Wait(at(900)));
        assert_eq!(decision(SubjectKind::Password, counter, at(900)), ThrottleDecision::Free);
        assert_eq!(after_failure(SubjectKind::Password, counter, at(3599)).failures, 41);
        assert_eq!(after_failure(SubjectKind::Password, counter, at(3600)).failures, 1);
    }

    #[test]
    fn an_address_forgets_one_failure_every_three_minutes() {
        let kind = SubjectKind::PasswordFrom;
        let after = |seconds: &mut dyn Iterator<Item = i64>| {
            seconds.fold(None, |counter, seconds| Some(after_failure(kind, counter, at(seconds))))
        };
        let failures = |counter: Option<Counter>| counter.unwrap().failures;
        // An office in which a user mistypes every 50 minutes.
        let office = after(&mut (0..30).map(|number| number * 3000));
        assert_eq!((failures(office), decision(kind, office, at(29 * 3000))), (1, ThrottleDecision::Free));
        // Failures that come faster than one is forgotten do not stop the forgetting.
        assert_eq!(failures(after(&mut (0..10).map(|number| number * 100))), 5);
        let fast = after(&mut (0..30));
        assert_eq!(
            (failures(fast), decision(kind, fast, at(29))),
            (30, ThrottleDecision::Wait(at(29 + 900)))
        );
        assert_eq!(failures(Some(after_failure(kind, fast, at(179)))), 31);
        assert_eq!(failures(Some(after_failure(kind, fast, at(180)))), 30);
        assert_eq!(failures(Some(after_failure(kind, fast, at(929)))), 26);
        // The failures for an account are not forgotten one by one.
        let account = (0..10).fold(None, |counter, number| {
            Some(after_failure(SubjectKind::Password, counter, at(number * 1000)))
        });
        assert_eq!(failures(account), 10);
    }

    #[test]
    fn a_site_has_sixteen_times_the_failures_of_an_address() {
        let kind = SubjectKind::ClientSecretFromSite;
        let after =
            |count: i64| (0..count).fold(None, |counter, _| Some(after_failure(kind, counter, at(0))));
        assert_eq!(decision(kind, after(319), at(0)), ThrottleDecision::Free);
        assert_eq!(decision(kind, after(320), at(0)), ThrottleDecision::Wait(at(1)));
        assert_eq!(after_failure(kind, after(320), at(180)).failures, 305);
        let ranges = |address: &str| -> Vec<String> {
            let ranges = AddressRange::of(address.parse().unwrap());
            ranges.iter().map(|range| range.as_str().to_owned()).collect()
        };
        assert_eq!(ranges("2001:db8:1:2:3:4:5:6"), ["2001:db8:1:2::/64", "2001:db8:1::/48"]);
        assert_eq!(ranges("203.0.113.7"), ["203.0.113.7"]);
        assert_eq!(ranges("::ffff:203.0.113.7"), ["203.0.113.7"]);
    }

    #[test]
    fn a_clock_set_back_restarts_the_wait() {
        let ahead = counter(8, 7 * 24 * 3600);
        assert_eq!(decision(SubjectKind::Password, Some(ahead), at(0)), ThrottleDecision::Wait(at(8)));
        let settled = settled(ahead, at(0));
        assert_eq!(settled, counter(8, 0));
        assert_eq!(decision(SubjectKind::Password, Some(settled), at(7)), ThrottleDecision::Wait(at(8)));
        assert_eq!(decision(SubjectKind::Password, Some(settled), at(8)), ThrottleDecision::Free);
        assert_eq!(after_failure(SubjectKind::Password, Some(ahead), at(0)), counter(9, 0));
    }

    #[test]
    fn the_strictest_decision_counts() {
        assert_eq!(ThrottleDecision::Free.and(ThrottleDecision::Free), ThrottleDecision::Free);
        assert_eq!(ThrottleDecision::Free.and(ThrottleDecision::Wait(at(3))), ThrottleDecision::Wait(at(3)));
        assert_eq!(
            ThrottleDecision::Wait(at(5)).and(ThrottleDecision::Wait(at(3))),
            ThrottleDecision::Wait(at(5))
        );
    }

    proptest! {
        #[test]
        fn a_wait_is_at_most_fifteen_minutes(failures: u32, last: i64, now in 0..LAST_MILLIS) {
            let last = Timestamp::from_millis(last);
            let counter = Some(Counter { failures, last_failure_at: last, leaked_at: last });
            let now = Timestamp::from_millis(now);
            for kind in SubjectKind::ALL {
                if let ThrottleDecision::Wait(until) = decision(kind, counter, now) {
                    prop_assert!(until > now && until <= now.plus(LONGEST_WAIT));
                }
            }
        }
    }

    const LAST_MILLIS: i64 = 253_402_300_799_000;
}
