//! Points in time and their text forms.

use std::str::FromStr;

use crate::domain::span::{Span, TimeError};

/// A point in time in Unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The latest time that is accepted as input, 9999-12-31T23:59:59Z, because RFC 3339 has four digits for a year.
const LAST: i64 = 253_402_300_799_000;

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

/// A time as an administrator writes it: relative, absolute, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A duration such as `90d` after the present.
    In(Span),
    /// A date or a time in the form of RFC 3339.
    At(Timestamp),
    /// The next midnight in UTC.
    Tomorrow,
    Never,
}

impl When {
    /// Returns the point in time relative to `now`, or `None` for never.
    #[must_use]
    pub fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::In(span) => Some(now.plus(span)),
            Self::At(moment) => Some(moment),
            Self::Tomorrow => Some(now.next_midnight()),
            Self::Never => None,
        }
    }
}

impl FromStr for When {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        match text {
            "never" => return Ok(Self::Never),
            "tomorrow" => return Ok(Self::Tomorrow),
            _ => {}
        }
        match text.parse::<Span>() {
            Ok(span) => return Ok(Self::In(span)),
            Err(error @ TimeError::TooLong(_)) => return Err(error),
            Err(_) => {}
        }
        let unclear = || TimeError::Time(crate::domain::name::shorten(text));
        let moment = text
            .parse::<jiff::Timestamp>()
            .or_else(|_| format!("{text}T00:00:00Z").parse::<jiff::Timestamp>())
            .map_err(|_| unclear())?;
        let millis = moment.as_millisecond();
        if !(0..=LAST).contains(&millis) {
            return Err(unclear());
        }
        Ok(Self::At(Timestamp(millis)))
    }
}

/// The source of the present time. Every component that needs the time receives a `Clock`, so that tests can set it.
pub trait Clock: Send + Sync {
    /// Returns the present time.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_parsed_in_each_documented_form() {
        let now = Timestamp::from_millis(1_795_516_200_000); // 2026-11-24T10:30:00Z
        let resolve = |text: &str| text.parse::<When>().unwrap().resolve(now).map(Timestamp::to_rfc3339);
        assert_eq!(resolve("90d").unwrap(), "2027-02-22T10:30:00.000Z");
        assert_eq!(resolve("tomorrow").unwrap(), "2026-11-25T00:00:00.000Z");
        assert_eq!(resolve("2027-01-31").unwrap(), "2027-01-31T00:00:00.000Z");
        assert_eq!(resolve("2027-01-31T08:00:00+02:00").unwrap(), "2027-01-31T06:00:00.000Z");
        assert_eq!(resolve("never"), None);
        for text in ["", "soon", "2027-13-01", "-2027-01-01", "1969-12-31"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
