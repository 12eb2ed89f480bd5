//! Throttles: how long an account, a client or an address has to wait after failing too often. Never for ever: a
//! stranger who fails on purpose must not be able to lock anybody out.

use crate::domain::id::{ClientId, UserId};
use crate::domain::time::{Span, Timestamp};

/// A wait is never longer than this.
pub const LONGEST_WAIT: Span = Span::seconds(15 * 60);
/// After so long without a failure, the failures before are forgotten.
pub const FORGOTTEN_AFTER: Span = Span::hours(1);

/// So many failures of an account or client are free: people mistype.
const FREE_OF_ACCOUNT: u32 = 5;
/// So many failures from an address are free: many people share one.
const FREE_OF_ADDRESS: u32 = 20;

/// The account that somebody wants to sign in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// One that there is, however its name was written.
    User(UserId),
    /// A name that nobody has, as it was typed.
    Unknown(String),
}

/// What failures are counted of. None of these texts is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Passwords of an account.
    Password(Account),
    /// Passwords of an account from a browser that has signed in to it before, so that its owner is not kept out while
    /// strangers guess.
    KnownBrowser {
        /// Whose account.
        user: UserId,
        /// What tells the browser: a digest of its cookie.
        device: [u8; 32],
    },
    /// Passwords of any account from an address, or from the network that it stands for.
    PasswordFrom(String),
    /// Secrets of a client.
    ClientSecret(ClientId),
    /// Secrets of any client from an address, or from the network that it stands for.
    ClientSecretFrom(String),
}

/// What sort of subject a counter is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// [`Subject::Password`]
    Password,
    /// [`Subject::KnownBrowser`]
    KnownBrowser,
    /// [`Subject::PasswordFrom`]
    PasswordFrom,
    /// [`Subject::ClientSecret`]
    ClientSecret,
    /// [`Subject::ClientSecretFrom`]
    ClientSecretFrom,
}

impl SubjectKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Password, Self::KnownBrowser, Self::PasswordFrom, Self::ClientSecret, Self::ClientSecretFrom];

    /// The word in the store.
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

    /// How many failures cost nothing.
    #[must_use]
    pub const fn free(self) -> u32 {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => FREE_OF_ACCOUNT,
            Self::PasswordFrom | Self::ClientSecretFrom => FREE_OF_ADDRESS,
        }
    }

    /// Whether a success makes the failures before it forgotten. Not those of an address: whoever owns one account could
    /// sign in to it between two guesses at another's.
    #[must_use]
    pub const fn is_cleared_by_success(self) -> bool {
        match self {
            Self::Password | Self::KnownBrowser | Self::ClientSecret => true,
            Self::PasswordFrom | Self::ClientSecretFrom => false,
        }
    }
}

impl Subject {
    /// What sort it is.
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

/// The failures of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// How many, since they were last forgotten.
    pub failures: u32,
    /// When the last one was.
    pub last_failure_at: Timestamp,
}

/// Whether another attempt is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Free,
    /// Not before this moment.
    Wait(Timestamp),
}

impl Verdict {
    /// The stricter of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Wait(left), Self::Wait(right)) => Self::Wait(left.max(right)),
            (Self::Free, verdict) | (verdict, Self::Free) => verdict,
        }
    }
}

/// The wait after so many failures of which `free` cost nothing: 1 s, 2 s, 4 s and so on.
fn wait(failures: u32, free: u32) -> Option<Span> {
    let beyond = failures.checked_sub(free)?;
    // 2^20 seconds are far beyond the longest wait already.
    Some(Span::seconds(1 << beyond.min(20)).min(LONGEST_WAIT))
}

/// Whether an attempt at `now` is looked at.
///
/// A counter from the future tells of a clock that was set back: its wait begins now, since what has passed of it cannot be
/// known. So that it does not begin again with each attempt, whoever can write stores [`settled`] counters.
#[must_use]
pub fn verdict(kind: SubjectKind, counter: Option<Counter>, now: Timestamp) -> Verdict {
    let Some(counter) = remembered(counter, now) else { return Verdict::Free };
    let until = wait(counter.failures, kind.free()).map(|wait| counter.last_failure_at.plus(wait));
    match until {
        Some(until) if until > now => Verdict::Wait(until),
        Some(_) | None => Verdict::Free,
    }
}

/// The counter after one more failure, at `now`.
#[must_use]
pub fn after_failure(counter: Option<Counter>, now: Timestamp) -> Counter {
    let before = remembered(counter, now).map_or(0, |counter| counter.failures);
    Counter { failures: before.saturating_add(1), last_failure_at: now }
}

/// The counter with no failure after `now`, which only a clock that was set back can bring about.
#[must_use]
pub fn settled(counter: Counter, now: Timestamp) -> Counter {
    Counter { last_failure_at: counter.last_failure_at.min(now), ..counter }
}

/// The counter, settled, unless it is forgotten.
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

    /// The moments of all attempts that are looked at, for so many seconds, when so many are made side by side at each
    /// moment allowed: all of those are judged before the first of them is counted.
    fn attack(kind: SubjectKind, seconds: i64, side_by_side: usize) -> Vec<Timestamp> {
        let (mut counter, mut now) = (None, at(0));
        let mut looked_at = Vec::new();
        while now < at(seconds) {
            match verdict(kind, counter, now) {
                Verdict::Free => {
                    for _ in 0..side_by_side {
                        looked_at.push(now);
                        counter = Some(after_failure(counter, now));
                    }
                }
                Verdict::Wait(until) => now = until,
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
    fn the_wait_doubles_from_a_second_to_a_quarter_of_an_hour() {
        let waits =
            |kind, failures| match verdict(kind, Some(Counter { failures, last_failure_at: at(0) }), at(0)) {
                Verdict::Free => 0,
                Verdict::Wait(until) => (until.millis() - at(0).millis()) / 1000,
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
    fn no_account_is_tried_more_than_a_hundred_times_in_any_hour() {
        for (kind, most) in [
            (SubjectKind::Password, 17),
            (SubjectKind::KnownBrowser, 17),
            (SubjectKind::PasswordFrom, 32),
            (SubjectKind::ClientSecret, 17),
            (SubjectKind::ClientSecretFrom, 32),
        ] {
            let looked_at = attack(kind, 10 * 24 * 3600, 1);
            assert_eq!(most_in_an_hour(&looked_at), most, "{kind:?}");
            // Four an hour go on for ever: never a permanent lock.
            assert!(looked_at.len() > 950, "{kind:?}: {}", looked_at.len());
        }
        // Not even where many are looked at before one is counted.
        for side_by_side in [2, 4, 8] {
            let most = most_in_an_hour(&attack(SubjectKind::Password, 24 * 3600, side_by_side));
            assert!(most <= 100, "{side_by_side}: {most}");
        }
    }

    #[test]
    fn an_hour_without_a_failure_is_forgiven() {
        let counter = Some(Counter { failures: 40, last_failure_at: at(0) });
        assert_eq!(verdict(SubjectKind::Password, counter, at(899)), Verdict::Wait(at(900)));
        assert_eq!(verdict(SubjectKind::Password, counter, at(900)), Verdict::Free);
        assert_eq!(after_failure(counter, at(3599)).failures, 41);
        assert_eq!(after_failure(counter, at(3600)).failures, 1);
    }

    #[test]
    fn a_clock_set_back_neither_frees_at_once_nor_locks_for_ever() {
        let counter = Counter { failures: 8, last_failure_at: at(7 * 24 * 3600) };
        assert_eq!(verdict(SubjectKind::Password, Some(counter), at(0)), Verdict::Wait(at(8)));
        let settled = settled(counter, at(0));
        assert_eq!(settled, Counter { failures: 8, last_failure_at: at(0) });
        assert_eq!(verdict(SubjectKind::Password, Some(settled), at(7)), Verdict::Wait(at(8)));
        assert_eq!(verdict(SubjectKind::Password, Some(settled), at(8)), Verdict::Free);
        assert_eq!(after_failure(Some(counter), at(0)), Counter { failures: 9, last_failure_at: at(0) });
    }

    #[test]
    fn the_strictest_of_several_counts() {
        assert_eq!(Verdict::Free.and(Verdict::Free), Verdict::Free);
        assert_eq!(Verdict::Free.and(Verdict::Wait(at(3))), Verdict::Wait(at(3)));
        assert_eq!(Verdict::Wait(at(5)).and(Verdict::Wait(at(3))), Verdict::Wait(at(5)));
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_a_quarter_of_an_hour(failures: u32, last: i64, now in 0..LAST_MILLIS) {
            let counter = Some(Counter { failures, last_failure_at: Timestamp::from_millis(last) });
            let now = Timestamp::from_millis(now);
            for kind in SubjectKind::ALL {
                if let Verdict::Wait(until) = verdict(kind, counter, now) {
                    prop_assert!(until > now && until <= now.plus(LONGEST_WAIT));
                }
            }
        }
    }

    const LAST_MILLIS: i64 = 253_402_300_799_000;
}
