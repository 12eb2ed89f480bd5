//! Dates and durations in words.

use jiff::tz::Offset;

use crate::domain::time::Timestamp;

use crate::service::pages::texts::{RoundedDuration, UtcDateTime, Words};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// A date and time as a page shows it.
pub(crate) struct RelativeTime {
    /// The time in RFC 3339, for programs.
    pub exact: String,
    /// The rounded time since then.
    pub ago: String,
    pub date: String,
}

impl RelativeTime {
    /// Describes `time` in the words of a language.
    pub(crate) fn new(words: &Words, time: Timestamp, now: Timestamp) -> Self {
        let seconds = now.seconds() - time.seconds();
        let ago = if seconds < MINUTE { words.just_now.to_owned() } else { (words.ago)(round_down(seconds)) };
        Self { exact: time.to_rfc3339(), ago, date: date(words, time) }
    }
}

fn date(words: &Words, time: Timestamp) -> String {
    let Ok(timestamp) = jiff::Timestamp::from_millisecond(time.millis()) else { return time.to_rfc3339() };
    let date = Offset::UTC.to_datetime(timestamp);
    (words.date)(UtcDateTime {
        year: date.year(),
        month: date.month(),
        day: date.day(),
        hour: date.hour(),
        minute: date.minute(),
    })
}

/// Returns the duration in the largest whole unit, rounded down.
fn round_down(seconds: i64) -> RoundedDuration {
    match seconds {
        YEAR.. => RoundedDuration::Years(seconds / YEAR),
        MONTH.. => RoundedDuration::Months(seconds / MONTH),
        DAY.. => RoundedDuration::Days(seconds / DAY),
        HOUR.. => RoundedDuration::Hours(seconds / HOUR),
        MINUTE.. => RoundedDuration::Minutes(seconds / MINUTE),
        _ => RoundedDuration::Seconds(seconds.max(1)),
    }
}

/// Returns the time to wait, rounded up, so that an attempt after it is not refused.
pub(crate) fn wait(seconds: i64) -> RoundedDuration {
    if seconds > HOUR {
        RoundedDuration::Hours((seconds + HOUR - 1) / HOUR)
    } else if seconds > MINUTE {
        RoundedDuration::Minutes((seconds + MINUTE - 1) / MINUTE)
    } else {
        RoundedDuration::Seconds(seconds.max(1))
    }
}

/// Returns the name of a month, counted from 1.
pub(crate) fn month_name(months: &[&'static str; 12], month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| months.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::pages::language::Language;
    use crate::service::pages::texts::words;

    #[test]
    fn a_time_is_shown_rounded_and_exactly() {
        let (english, spanish) = (words(Language::English), words(Language::Spanish));
        // 2026-11-24T10:30:00Z
        let now = Timestamp::from_millis(1_795_516_200_000);
        let shown = |words, seconds: i64| {
            RelativeTime::new(words, Timestamp::from_millis(now.millis() - seconds * 1000), now)
        };
        for (seconds, in_english, in_spanish) in [
            (-5, "just now", "ahora mismo"),
            (59, "just now", "ahora mismo"),
            (60, "1 minute ago", "hace 1 minuto"),
            (2 * HOUR, "2 hours ago", "hace 2 horas"),
            (DAY, "1 day ago", "hace 1 día"),
            (29 * DAY, "29 days ago", "hace 29 días"),
            (61 * DAY, "2 months ago", "hace 2 meses"),
            (800 * DAY, "2 years ago", "hace 2 años"),
        ] {
            assert_eq!(shown(english, seconds).ago, in_english);
            assert_eq!(shown(spanish, seconds).ago, in_spanish);
        }
        assert_eq!(shown(english, 0).date, "24 November 2026, 10:30 UTC");
        assert_eq!(shown(spanish, 0).date, "24 de noviembre de 2026, 10:30 UTC");
        assert_eq!(shown(english, 0).exact, "2026-11-24T10:30:00.000Z");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(wait(0), RoundedDuration::Seconds(1));
        assert_eq!(wait(60), RoundedDuration::Seconds(60));
        assert_eq!(wait(61), RoundedDuration::Minutes(2));
        assert_eq!(wait(900), RoundedDuration::Minutes(15));
        assert_eq!(wait(3601), RoundedDuration::Hours(2));
    }
}
