//! Times as an administrator writes them.

use std::str::FromStr;

use crate::domain::name::shorten;
use crate::domain::time::span::{Span, TimeError};
use crate::domain::time::timestamp::{LAST, Timestamp};

/// A time as an administrator writes it: relative, absolute, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSpec {
    /// A duration such as `90d` after the present.
    In(Span),
    /// A date or a time in the form of RFC 3339.
    At(Timestamp),
    /// The next midnight in UTC.
    Tomorrow,
    Never,
}

impl TimeSpec {
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

impl FromStr for TimeSpec {
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
        let unclear = || TimeError::Time(shorten(text));
        let moment = text
            .parse::<jiff::Timestamp>()
            .or_else(|_| format!("{text}T00:00:00Z").parse::<jiff::Timestamp>())
            .map_err(|_| unclear())?;
        let millis = moment.as_millisecond();
        if !(0..=LAST).contains(&millis) {
            return Err(unclear());
        }
        Ok(Self::At(Timestamp::from_millis(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_parsed_in_each_documented_form() {
        let now = Timestamp::from_millis(1_795_516_200_000); // 2026-11-24T10:30:00Z
        let resolve = |text: &str| text.parse::<TimeSpec>().unwrap().resolve(now).map(Timestamp::to_rfc3339);
        assert_eq!(resolve("90d").unwrap(), "2027-02-22T10:30:00.000Z");
        assert_eq!(resolve("tomorrow").unwrap(), "2026-11-25T00:00:00.000Z");
        assert_eq!(resolve("2027-01-31").unwrap(), "2027-01-31T00:00:00.000Z");
        assert_eq!(resolve("2027-01-31T08:00:00+02:00").unwrap(), "2027-01-31T06:00:00.000Z");
        assert_eq!(resolve("never"), None);
        for text in ["", "soon", "2027-13-01", "-2027-01-01", "1969-12-31"] {
            assert!(text.parse::<TimeSpec>().is_err(), "{text}");
        }
    }
}
