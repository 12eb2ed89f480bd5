//! The trait of all views, and access to their values.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::render::view::field::Field;

/// The public form of one kind of object. Its serialisation is the JSON object.
pub trait View: Serialize {
    /// The noun under which JSON documents have the object.
    const NOUN: &'static str;
    /// All fields, in the order of the columns.
    const FIELDS: &'static [Field];
    /// Returns the id that `-o id` prints.
    fn id(&self) -> &str;
}

/// Returns a view as a JSON object.
pub fn to_value<V: View>(view: &V) -> Value {
    // Serialisation cannot fail: views are structs of texts, numbers, lists and structs.
    serde_json::to_value(view).unwrap_or(Value::Null)
}

/// Returns the value at a path such as `consumer.name`; for a path into a list, such as `secrets.hint`, a list of the
/// values of its objects.
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
