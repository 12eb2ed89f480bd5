//! What outputs show of an object: types of their own, so that nothing is shown by accident and no field changes unseen.
//!
//! Fields are only ever added. A snapshot test holds each of them.

pub mod audit;
pub mod catalog;
pub mod client;
pub mod grant;
pub mod refusal;
pub mod settings;
pub mod status;
pub mod token;
pub mod user;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::domain::time::Timestamp;

/// How a field's value is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// As it is.
    Text,
    /// Sentences. As the last column of a list they are wrapped, where the terminal is too narrow for them.
    Prose,
    /// A time whose absence means never.
    Time,
    /// A time whose absence means that it has not happened.
    Event,
    /// A list of objects with these fields, shown with one object only.
    Nested(&'static [Field]),
}

/// A field of a view.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its path in the JSON.
    pub path: &'static str,
    /// Its heading in a table.
    pub header: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// Whether lists show it unasked.
    pub column: bool,
}

impl Field {
    /// A column of lists.
    #[must_use]
    pub const fn column(path: &'static str, header: &'static str, kind: Kind) -> Self {
        Self { path, header, kind, column: true }
    }

    /// A field that only JSON and the sheet of one object show.
    #[must_use]
    pub const fn detail(path: &'static str, header: &'static str, kind: Kind) -> Self {
        Self { path, header, kind, column: false }
    }

    /// Whether `path` is this field, or one inside it.
    #[must_use]
    pub fn reaches(&self, path: &str) -> bool {
        let inside = || path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('.'));
        match self.kind {
            _ if self.path == path => true,
            Kind::Nested(fields) => {
                inside().is_some_and(|rest| fields.iter().any(|field| field.path == rest))
            }
            Kind::Text | Kind::Prose | Kind::Time | Kind::Event => false,
        }
    }
}

/// A column of a list: a field of its view, or with `--fields a.b` one inside a field.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its path in the JSON.
    pub path: String,
    /// Its heading in a table.
    pub header: String,
    /// How its value is written.
    pub kind: Kind,
}

impl From<&Field> for Column {
    fn from(field: &Field) -> Self {
        Self { path: field.path.to_owned(), header: field.header.to_owned(), kind: field.kind }
    }
}

impl Column {
    /// The heading in the sheet of one object.
    #[must_use]
    pub fn label(&self) -> String {
        let mut letters = self.header.chars();
        letters.next().map_or_else(String::new, |first| format!("{first}{}", letters.as_str().to_lowercase()))
    }
}

/// What outputs show of one kind of object.
pub trait View: Serialize {
    /// Its name in JSON documents.
    const NOUN: &'static str;
    /// Its fields, in the order of columns.
    const FIELDS: &'static [Field];
    /// What `-o id` shows.
    fn id(&self) -> &str;
}

/// A view as JSON.
pub fn to_value<V: View>(view: &V) -> Value {
    // Views are structs of texts, numbers and lists, which always serialise.
    serde_json::to_value(view).unwrap_or(Value::Null)
}

/// The value at a path such as `consumer.name`; of a list, such as `secrets.hint`, the value in each of its objects.
#[must_use]
pub fn pick<'v>(object: &'v Value, path: &str) -> Option<Cow<'v, Value>> {
    let Some((key, rest)) = path.split_once('.') else {
        return object.get(path).map(Cow::Borrowed);
    };
    match object.get(key)? {
        Value::Array(items) => {
            let each = |item| pick(item, rest).map_or(Value::Null, Cow::into_owned);
            Some(Cow::Owned(Value::Array(items.iter().map(each).collect())))
        }
        inner => pick(inner, rest),
    }
}

/// A time as JSON has it.
fn time(moment: Timestamp) -> String {
    moment.to_rfc3339()
}

/// A time that may be absent, as JSON has it.
fn optional_time(moment: Option<Timestamp>) -> Option<String> {
    moment.map(Timestamp::to_rfc3339)
}
