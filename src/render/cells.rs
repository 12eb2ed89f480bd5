//! Values as cells of a table or of a line.

use serde_json::Value;

use crate::domain::time::Timestamp;

use super::view::{Kind, pick};

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
            Kind::Text | Kind::Nested(_) => {
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

/// `3 days ago`, `in 2 hours`: the largest unit that fits, rounded down.
#[must_use]
pub fn relative(moment: Timestamp, now: Timestamp) -> String {
    let distance = moment.millis().abs_diff(now.millis()) / 1000;
    let units = [(31_536_000, "year"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let Some((count, unit)) =
        units.into_iter().map(|(seconds, unit)| (distance / seconds, unit)).find(|(count, _)| *count > 0)
    else {
        return "now".to_owned();
    };
    let plural = if count == 1 { "" } else { "s" };
    if moment > now { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
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
        assert_eq!(at(3599), "in 59 minutes");
        assert_eq!(at(-2 * 31_536_000), "2 years ago");
    }
}
