//! Moments in words.

use jiff::tz::Offset;

use crate::domain::time::Timestamp;

use crate::service::pages::texts::{Amount, Moment, Words};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// A moment as a page shows it.
pub(crate) struct RelativeTime {
    /// For machines: RFC 3339.
    pub exact: String,
    /// How long ago.
    pub ago: String,
    /// The date and time.
    pub date: String,
}

impl RelativeTime {
    pub(crate) fn new(words: &Words, moment: Timestamp, now: Timestamp) -> Self {
        let seconds = now.seconds() - moment.seconds();
        let ago = if seconds < MINUTE { words.just_now.to_owned() } else { (words.ago)(rough(seconds)) };
        Self { exact: moment.to_rfc3339(), ago, date: date(words, moment) }
    }
}

fn date(words: &Words, moment: Timestamp) -> String {
    let Ok(found) = jiff::Timestamp::from_millisecond(moment.millis()) else { return moment.to_rfc3339() };
    let found = Offset::UTC.to_datetime(found);
    (words.date)(Moment {
        year: found.year(),
        month: found.month(),
        day: found.day(),
        hour: found.hour(),
        minute: found.minute(),
    })
}

/// The largest whole unit, rounded down.
fn rough(seconds: i64) -> Amount {
    match seconds {
        YEAR.. => Amount::Years(seconds / YEAR),
        MONTH.. => Amount::Months(seconds / MONTH),
        DAY.. => Amount::Days(seconds / DAY),
        HOUR.. => Amount::Hours(seconds / HOUR),
        MINUTE.. => Amount::Minutes(seconds / MINUTE),
        _ => Amount::Seconds(seconds.max(1)),
    }
}

/// How long to wait. Rounded up: whoever waits that long is not refused again.
pub(crate) fn wait(seconds: i64) -> Amount {
    if seconds > HOUR {
        Amount::Hours((seconds + HOUR - 1) / HOUR)
    } else if seconds > MINUTE {
        Amount::Minutes((seconds + MINUTE - 1) / MINUTE)
    } else {
        Amount::Seconds(seconds.max(1))
    }
}

/// The name of a month, counted from 1.
pub(crate) fn month_name(months: &[&'static str; 12], month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| months.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::pages::language::Language;
    use crate::service::pages::texts::words;

    #[test]
    fn a_moment_is_told_roughly_and_exactly() {
        let (english, spanish) = (words(Language::English), words(Language::Spanish));
        // 2026-11-24T10:30:00Z
        let now = Timestamp::from_millis(1_795_516_200_000);
        let told = |words, seconds: i64| {
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
            assert_eq!(told(english, seconds).ago, in_english);
            assert_eq!(told(spanish, seconds).ago, in_spanish);
        }
        assert_eq!(told(english, 0).date, "24 November 2026, 10:30 UTC");
        assert_eq!(told(spanish, 0).date, "24 de noviembre de 2026, 10:30 UTC");
        assert_eq!(told(english, 0).exact, "2026-11-24T10:30:00.000Z");
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(wait(0), Amount::Seconds(1));
        assert_eq!(wait(60), Amount::Seconds(60));
        assert_eq!(wait(61), Amount::Minutes(2));
        assert_eq!(wait(900), Amount::Minutes(15));
        assert_eq!(wait(3601), Amount::Hours(2));
    }
}
