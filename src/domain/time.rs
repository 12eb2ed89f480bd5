//! Time as the store keeps it: Unix milliseconds, UTC; and the ways a person writes a time or a duration.

use std::fmt;
use std::str::FromStr;

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
        Self(self.0.saturating_add(span.0).min(LAST))
    }

    /// The moment `span` earlier.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
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

/// Why a time or duration was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a duration such as `90d`.
    #[error("\"{0}\" is not a duration; write a number and a unit, such as 90d, 12h, 30m or 45s")]
    Duration(String),
    /// More than a hundred years.
    #[error("\"{0}\" is longer than 100 years")]
    TooLong(String),
    /// Not a time.
    #[error(
        "\"{0}\" is not a time; write a duration (90d), a date (2027-01-31), an RFC 3339 time, tomorrow or never"
    )]
    Time(String),
}

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// The units of a duration with their lengths in milliseconds, the longest first.
pub const UNITS: [(&str, i64); 5] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
const HUNDRED_YEARS: i64 = 36_525 * 86_400_000;

impl Span {
    /// A span of `millis` milliseconds; a negative number counts as zero.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// A span of whole days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self::from_millis(days * 86_400_000)
    }

    /// A span of whole hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self::from_millis(hours * 3_600_000)
    }

    /// A span of whole minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self::from_millis(minutes * 60_000)
    }

    /// A span of whole seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self::from_millis(seconds * 1000)
    }

    /// The span in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The span in whole seconds, as OAuth's `expires_in` wants it (RFC 6749 section 5.1).
    #[must_use]
    pub const fn whole_seconds(self) -> i64 {
        self.0 / 1000
    }
}

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let unclear = || TimeError::Duration(crate::domain::name::shorten(text));
        let mut rest = text;
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(unclear());
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let number: i64 = match number.parse() {
                Ok(number) => number,
                Err(_) if digits > 0 => return Err(TimeError::TooLong(crate::domain::name::shorten(text))),
                Err(_) => return Err(unclear()),
            };
            let (unit, size) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit)).ok_or_else(unclear)?;
            total = number
                .checked_mul(*size)
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= HUNDRED_YEARS)
                .ok_or_else(|| TimeError::TooLong(crate::domain::name::shorten(text)))?;
            rest = &tail[unit.len()..];
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        // Weeks are read but not written: 90d says more than 12w6d.
        for (unit, size) in &UNITS[1..] {
            if rest >= *size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
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
    fn a_span_reads_what_it_writes() {
        for text in ["90d", "12h", "30m", "45s", "1d12h", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("2w".parse::<Span>().unwrap().to_string(), "14d");
    }

    #[test]
    fn nonsense_is_no_span() {
        for text in ["", "90", "d", "-1d", "1.5h", "90 d", "90D", "1h junk"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["99999999999999999999d", "40000d", "101w999999d"] {
            assert!(matches!(text.parse::<Span>(), Err(TimeError::TooLong(_))), "{text}");
        }
    }

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
