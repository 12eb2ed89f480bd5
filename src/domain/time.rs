//! Time as the store keeps it: Unix milliseconds, UTC; and the ways a person writes a time or a duration.

use std::str::FromStr;

use crate::domain::span::{Span, TimeError};

/// A moment: Unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The last moment that is accepted as input, 9999-12-31T23:59:59Z: RFC 3339 has four digits for a year.
const LAST: i64 = 253_402_300_799_000;

impl Timestamp {
    /// The moment that lies `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as OAuth answers want them (RFC 7662 section 2.2).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `span` later, held at the last moment that can be written.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.millis()).min(LAST))
    }

    /// The moment `span` earlier.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.millis()))
    }

    /// RFC 3339 with milliseconds, UTC: always the same width, so that text sorts as time does.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => format!("{moment:.3}"),
            // Only a damaged store can hold such a number; showing it beats hiding it.
            Err(_) => format!("{}ms", self.0),
        }
    }

    /// Midnight UTC at the end of this day.
    #[must_use]
    pub const fn next_midnight(self) -> Self {
        const DAY: i64 = 86_400_000;
        Self((self.0.div_euclid(DAY) + 1) * DAY)
    }
}

/// A time as a person writes it: relative, absolute, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `90d`: that long after now.
    In(Span),
    /// A date or an RFC 3339 time.
    At(Timestamp),
    /// The next midnight, UTC.
    Tomorrow,
    /// No end.
    Never,
}

impl When {
    /// The moment meant, if there is one, for somebody who asks at `now`.
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

/// Where the present comes from. Everything that asks for the time gets one of these.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
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
    fn a_moment_is_read_in_each_documented_form() {
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
