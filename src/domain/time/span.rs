//! Durations and their text form, such as `90d`, `12h` and `1d12h`.

use std::fmt;
use std::str::FromStr;

use crate::domain::name::shorten;

/// A text that is not a time or a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text is not a duration such as `90d`.
    #[error("\"{0}\" is not a duration; write a number and a unit, such as 90d, 12h, 30m or 45s")]
    Duration(String),
    /// The duration is longer than 100 years.
    #[error("\"{0}\" is longer than 100 years")]
    TooLong(String),
    /// The text is neither a duration nor a point in time.
    #[error(
        "\"{0}\" is not a time; write a duration (90d), a date (2027-01-31), an RFC 3339 time, tomorrow or never"
    )]
    Time(String),
}

/// A duration in milliseconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// The units of a duration with their lengths in milliseconds, the longest first.
pub const UNITS: [(&str, i64); 5] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
const HUNDRED_YEARS: i64 = 36_525 * 86_400_000;

impl Span {
    /// Returns a span of `millis` milliseconds. A negative number gives an empty span.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// Returns a span of `days` days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self::from_millis(days * 86_400_000)
    }

    /// Returns a span of `hours` hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self::from_millis(hours * 3_600_000)
    }

    /// Returns a span of `minutes` minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self::from_millis(minutes * 60_000)
    }

    /// Returns a span of `seconds` seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self::from_millis(seconds * 1000)
    }

    /// Returns the span in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the span in whole seconds, the unit of `expires_in` (RFC 6749 section 5.1).
    #[must_use]
    pub const fn whole_seconds(self) -> i64 {
        self.0 / 1000
    }
}

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let unclear = || TimeError::Duration(shorten(text));
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
                Err(_) if digits > 0 => return Err(TimeError::TooLong(shorten(text))),
                Err(_) => return Err(unclear()),
            };
            let (unit, size) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit)).ok_or_else(unclear)?;
            total = number
                .checked_mul(*size)
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= HUNDRED_YEARS)
                .ok_or_else(|| TimeError::TooLong(shorten(text)))?;
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
        // Weeks are parsed but not written: 90d is clearer than 12w6d.
        for (unit, size) in &UNITS[1..] {
            if rest >= *size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_parses_its_own_text() {
        for text in ["90d", "12h", "30m", "45s", "1d12h", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("2w".parse::<Span>().unwrap().to_string(), "14d");
    }

    #[test]
    fn malformed_spans_are_refused() {
        for text in ["", "90", "d", "-1d", "1.5h", "90 d", "90D", "1h junk"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["99999999999999999999d", "40000d", "101w999999d"] {
            assert!(matches!(text.parse::<Span>(), Err(TimeError::TooLong(_))), "{text}");
        }
    }
}
