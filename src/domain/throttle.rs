//! Throttling: the wait for an account, a client or an address after too many failed attempts. The wait is bounded, so
//! that a third party cannot lock out a user by failing on purpose.

use crate::domain::id::{ClientId, UserId};
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

/// The account of a sign-in attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// An account that exists.
    User(UserId),
    /// The user name that was typed, if no user has it.
    Unknown(String),
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
    /// Wrong passwords for any account from an address or its network.
    PasswordFrom(String),
    /// Wrong secrets for a client.
    ClientSecret(ClientId),
    /// Wrong secrets for any client from an address or its network.
    ClientSecretFrom(String),
}

/// The kind of a [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    Password,
    KnownBrowser,
    PasswordFrom,
    ClientSecret,
    ClientSecretFrom,
}

impl SubjectKind {
    /// Every kind of subject.
    pub const ALL: [Self; 5] =
        [Self::Password, Self::KnownBrowser, Self::PasswordFrom, Self::ClientSecret, Self::ClientSecretFrom];

    /// Returns the word in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::KnownBrowser => "known_browser",
            Self::PasswordFrom => "password_from",
            Self::ClientSecret => "client_secret",
            Self::ClientSecretFrom => "client_secret_from",
        }
    }

    /// Returns the number of failures that cause no wait.
    #[must_use]
    pub const fn free(self) -> u32 {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => FREE_OF_ACCOUNT,
            Self::PasswordFrom | Self::ClientSecretFrom => FREE_OF_ADDRESS,
        }
    }

    /// Returns true if a success resets the counter. The counters of addresses are not reset: otherwise an attacker could
    /// sign in to an account of their own between two guesses.
    #[must_use]
    pub const fn is_cleared_by_success(self) -> bool {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => true,
            Self::PasswordFrom | Self::ClientSecretFrom => false,
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
            Self::PasswordFrom(_) => SubjectKind::PasswordFrom,
            Self::ClientSecret(_) => SubjectKind::ClientSecret,
            Self::ClientSecretFrom(_) => SubjectKind::ClientSecretFrom,
        }
    }
}

/// The failed attempts of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The number of failures since the counter was created or reset.
    pub failures: u32,
    /// The time of the last failure.
    pub last_failure_at: Timestamp,
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
pub fn after_failure(counter: Option<Counter>, now: Timestamp) -> Counter {
    let before = remembered(counter, now).map_or(0, |counter| counter.failures);
    Counter { failures: before.saturating_add(1), last_failure_at: now }
}

/// Returns the counter with its last failure at `now` or earlier. A failure in the future means that the clock was set
/// back.
#[must_use]
pub fn settled(counter: Counter, now: Timestamp) -> Counter {
    Counter { last_failure_at: counter.last_failure_at.min(now), ..counter }
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
                        counter = Some(after_failure(counter, now));
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
        let waits = |kind, failures| match decision(
            kind,
            Some(Counter { failures, last_failure_at: at(0) }),
            at(0),
        ) {
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
            (SubjectKind::PasswordFrom, 32),
            (SubjectKind::ClientSecret, 17),
            (SubjectKind::ClientSecretFrom, 32),
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
        let counter = Some(Counter { failures: 40, last_failure_at: at(0) });
        assert_eq!(decision(SubjectKind::Password, counter, at(899)), ThrottleDecision::Wait(at(900)));
        assert_eq!(decision(SubjectKind::Password, counter, at(900)), ThrottleDecision::Free);
        assert_eq!(after_failure(counter, at(3599)).failures, 41);
        assert_eq!(after_failure(counter, at(3600)).failures, 1);
    }

    #[test]
    fn a_clock_set_back_restarts_the_wait() {
        let counter = Counter { failures: 8, last_failure_at: at(7 * 24 * 3600) };
        assert_eq!(decision(SubjectKind::Password, Some(counter), at(0)), ThrottleDecision::Wait(at(8)));
        let settled = settled(counter, at(0));
        assert_eq!(settled, Counter { failures: 8, last_failure_at: at(0) });
        assert_eq!(decision(SubjectKind::Password, Some(settled), at(7)), ThrottleDecision::Wait(at(8)));
        assert_eq!(decision(SubjectKind::Password, Some(settled), at(8)), ThrottleDecision::Free);
        assert_eq!(after_failure(Some(counter), at(0)), Counter { failures: 9, last_failure_at: at(0) });
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
            let counter = Some(Counter { failures, last_failure_at: Timestamp::from_millis(last) });
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
