//! Values of fields as text.

use serde_json::Value;

use crate::domain::time::Timestamp;
use crate::render::relative_time::relative_time;
use crate::render::view::{Kind, pick};

/// Returns the value at a path for programs: RFC 3339 times, lists separated by blanks, an empty text for null.
#[must_use]
pub(crate) fn full_value(object: &Value, path: &str) -> String {
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

/// Formats values for people. Times are relative to `now`.
pub(crate) struct CellFormatter {
    pub now: Timestamp,
}

impl CellFormatter {
    /// Returns a value for a table: a relative time, `never` for an absent time, `-` for any other absent value.
    #[must_use]
    pub(crate) fn short(&self, object: &Value, path: &str, kind: Kind) -> String {
        let full = full_value(object, path);
        match kind {
            Kind::Time if full.is_empty() => "never".to_owned(),
            _ if full.is_empty() => "-".to_owned(),
            Kind::Time | Kind::Event => self.relative(&full),
            Kind::Text | Kind::Words | Kind::Prose | Kind::Nested(_) => full,
        }
    }

    /// Returns a value for the sheet of one object: as in a table, with the absolute time behind a relative one.
    #[must_use]
    pub(crate) fn long(&self, object: &Value, path: &str, kind: Kind) -> String {
        let full = full_value(object, path);
        match kind {
            Kind::Time | Kind::Event if !full.is_empty() => format!("{} ({full})", self.relative(&full)),
            _ => self.short(object, path, kind),
        }
    }

    fn relative(&self, rfc3339: &str) -> String {
        rfc3339.parse::<jiff::Timestamp>().map_or_else(
            |_| rfc3339.to_owned(),
            |moment| relative_time(Timestamp::from_millis(moment.as_millisecond()), self.now),
        )
    }
}
