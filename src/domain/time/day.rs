//! Days in UTC.

use crate::domain::time::timestamp::Timestamp;

/// A day in UTC, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// Returns the day with this number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number of days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Returns the day `days` earlier.
    #[must_use]
    pub const fn minus(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

impl From<Timestamp> for Day {
    fn from(time: Timestamp) -> Self {
        const MILLIS: i64 = 86_400_000;
        Self(time.millis().div_euclid(MILLIS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let day = |millis| Day::from(Timestamp::from_millis(millis)).number();
        assert_eq!([day(-1), day(0), day(86_399_999), day(86_400_000)], [-1, 0, 0, 1]);
    }
}
