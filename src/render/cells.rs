//! Values as cells of a table or of a line.

use serde_json::Value;

use crate::domain::time::Timestamp;

use crate::render::view::{Kind, pick};

/// Makes cells. Times in tables are relative to `now`.
pub struct Cells {
    /// The present.
    pub now: Timestamp,
}

impl Cells {
    /// The whole value, for programs: RFC 3339 times, lists with spaces between, nothing for null.
    #[must_use]
    pub fn full(object: &Value, path: &str) -> String {
        match pick(object, path).as_deref() {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(values)) => {
                let words: Vec<String> = values
                    .iter()
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                    .collect();
                words.join(" ")
            }
            Some(value) => value.to_string(),
        }
    }

    /// The value for a person in a table: relative times, `never` and `-` in words.
    #[must_use]
    pub fn short(&self, object: &Value, path: &str, kind: Kind) -> String {
        let full = Self::full(object, path);
        match kind {
            Kind::Time if full.is_empty() => "never".to_owned(),
            Kind::Event if full.is_empty() => "-".to_owned(),
            Kind::Time | Kind::Event => self.relative(&full),
            Kind::Text | Kind::Prose | Kind::Nested(_) => {
                if full.is_empty() {
                    "-".to_owned()
                } else {
                    full
                }
            }
        }
    }

    /// The value for a person who looks at one object: relative and absolute time.
    #[must_use]
    pub fn long(&self, object: &Value, path: &str, kind: Kind) -> String {
        let full = Self::full(object, path);
        match kind {
            Kind::Time | Kind::Event if !full.is_empty() => format!("{} ({full})", self.relative(&full)),
            _ => self.short(object, path, kind),
        }
    }

    fn relative(&self, rfc3339: &str) -> String {
        rfc3339.parse::<jiff::Timestamp>().map_or_else(
            |_| rfc3339.to_owned(),
            |moment| relative(Timestamp::from_millis(moment.as_millisecond()), self.now),
        )
    }
}

/// `3 days ago`, `in 2 hours`: the largest unit of which there is about one or more, to the nearest.
#[must_use]
pub fn relative(moment: Timestamp, now: Timestamp) -> String {
    let distance = moment.millis().abs_diff(now.millis());
    let units = [
        (31_536_000_000, "year"),
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
    ];
    // What has just been set to 90 days is told as that a moment later.
    let about = |unit: u64| distance + unit / 20 >= unit;
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| about(*unit)) else {
        return "now".to_owned();
    };
    let count = crate::render::words::count((distance + unit / 2) / unit, name);
    if moment > now { format!("in {count}") } else { format!("{count} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_largest_unit_that_fits() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let at = |seconds: i64| relative(Timestamp::from_millis(now.millis() + seconds * 1000), now);
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
