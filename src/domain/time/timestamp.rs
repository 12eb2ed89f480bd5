//! Points in time.

use crate::domain::time::span::Span;

/// A point in time in Unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The latest time that is accepted as input, 9999-12-31T23:59:59Z, because RFC 3339 has four digits for a year.
pub(crate) const LAST: i64 = 253_402_300_799_000;

impl Timestamp {
    /// Returns the time `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z, the unit of OAuth responses (RFC 7662 section 2.2).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time `span` later, at most 9999-12-31T23:59:59Z.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.millis()).min(LAST))
    }

    /// Returns the time `span` earlier.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.millis()))
    }

    /// Returns the time in the form of RFC 3339 with milliseconds, UTC. The width is fixed, so texts sort by time.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => format!("{moment:.3}"),
            // Only a damaged store contains such a number. The output shows it instead of hiding the damage.
            Err(_) => format!("{}ms", self.0),
        }
    }

    /// Returns midnight UTC at the end of this day.
    #[must_use]
    pub const fn next_midnight(self) -> Self {
        const DAY: i64 = 86_400_000;
        Self((self.0.div_euclid(DAY) + 1) * DAY)
    }
}
