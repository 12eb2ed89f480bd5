//! Times relative to the present.

use crate::domain::time::Timestamp;
use crate::render::words::count;

/// Returns `3 days ago`, `in 2 hours` or `now`: a whole number of the largest unit that fits, rounded to the nearest.
#[must_use]
pub fn relative_time(moment: Timestamp, now: Timestamp) -> String {
    let distance = moment.millis().abs_diff(now.millis());
    let units = [
        (31_536_000_000, "year"),
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
    ];
    // A unit fits from 95 % of it on: a key that was given 90 days a moment ago expires in 90 days.
    let fits = |unit: u64| distance + unit / 20 >= unit;
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| fits(*unit)) else {
        return "now".to_owned();
    };
    let count = count((distance + unit / 2) / unit, name);
    if moment > now { format!("in {count}") } else { format!("{count} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_that_fits_is_shown() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let at = |seconds: i64| relative_time(Timestamp::from_millis(now.millis() + seconds * 1000), now);
        assert_eq!(at(0), "now");
        assert_eq!(at(-1), "1 second ago");
        assert_eq!(at(-3 * 86_400), "3 days ago");
        assert_eq!(at(90 * 86_400), "in 90 days");
        assert_eq!(at(90 * 86_400 - 30), "in 90 days");
        assert_eq!(at(3599), "in 1 hour");
        assert_eq!(at(-40 * 60), "40 minutes ago");
        assert_eq!(at(-2 * 31_536_000), "2 years ago");
    }
}
