//! The choice of fields: those of the view, or those of `--fields`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::render::escape;
use crate::render::output::Output;
use crate::render::view::{Column, Kind, View, pick, to_value};

impl Output<'_> {
    /// Checks that the view `V` has each of the chosen fields. Commands call this before they change anything.
    ///
    /// # Errors
    /// A [`String`] with the unknown field and the fields of the view.
    pub fn check_fields<V: View>(&self) -> Result<(), String> {
        let Some(fields) = &self.fields else { return Ok(()) };
        let unknown = fields.iter().find(|path| !V::FIELDS.iter().any(|field| field.reaches(path)));
        let Some(unknown) = unknown else { return Ok(()) };
        let known: Vec<&str> = V::FIELDS.iter().map(|field| field.path).collect();
        Err(format!(
            "there is no field \"{}\" in {}; there are {}",
            escape::line(unknown),
            V::NOUN,
            known.join(", ")
        ))
    }

    /// Returns the JSON object of a view, or only the chosen fields of it, each under its path.
    pub(crate) fn json_of<V: View>(&self, view: &V) -> Value {
        let value = to_value(view);
        let Some(fields) = &self.fields else { return value };
        let mut chosen = Map::new();
        for path in fields {
            chosen.insert(path.clone(), pick(&value, path).map_or(Value::Null, Cow::into_owned));
        }
        Value::Object(chosen)
    }

    /// Returns the columns of a list: the chosen fields, or those that the view marks as columns.
    pub(crate) fn list_columns<V: View>(&self) -> Vec<Column> {
        self.chosen_columns::<V>()
            .unwrap_or_else(|| V::FIELDS.iter().filter(|field| field.column).map(Column::from).collect())
    }

    /// Returns the lines of a sheet: the chosen fields, or all fields of the view.
    pub(crate) fn sheet_columns<V: View>(&self) -> Vec<Column> {
        self.chosen_columns::<V>().unwrap_or_else(|| V::FIELDS.iter().map(Column::from).collect())
    }

    fn chosen_columns<V: View>(&self) -> Option<Vec<Column>> {
        let column = |path: &String| {
            V::FIELDS.iter().find(|field| field.path == path).map_or_else(
                // A path into a nested list, such as `secrets.state`.
                || Column { path: path.clone(), header: path.to_uppercase(), kind: Kind::Text },
                Column::from,
            )
        };
        self.fields.as_ref().map(|fields| fields.iter().map(column).collect())
    }
}
