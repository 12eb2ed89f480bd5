//! One object: a document, a sheet, or the only row of a list.

use std::io;

use serde_json::{Map, Value, json};

use crate::render::escape;
use crate::render::format::Format;
use crate::render::output::Output;
use crate::render::table::cell::CellFormatter;
use crate::render::table::sheet::Sheet;
use crate::render::view::{View, to_value};

impl Output<'_> {
    /// Prints one object. `schema` is the name of its JSON document without the version.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn show<V: View>(&mut self, schema: &str, view: &V) -> io::Result<()> {
        match self.format {
            Format::Json => {
                let mut document = Map::new();
                document.insert("schema".to_owned(), json!(format!("{schema}/1")));
                document.insert(V::NOUN.to_owned(), self.json_of(view));
                let text = Value::Object(document).to_string();
                self.line(&escape::json(&text))?;
            }
            Format::Table => self.sheet(view, &[])?,
            Format::Jsonl | Format::Csv | Format::Tsv | Format::Env | Format::Id => {
                let mut list = self.begin_list::<V>(schema)?;
                list.push(self, view)?;
                list.end(self, None)?;
            }
        }
        self.flush()
    }

    /// Prints one object as a sheet. `extra` lines, each a label and a value, follow the first line, which is the id.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub(crate) fn sheet<V: View>(&mut self, view: &V, extra: &[(&str, &str)]) -> io::Result<()> {
        let cells = CellFormatter { now: self.clock.now() };
        let sheet = Sheet::of(&cells, &to_value(view), &self.sheet_columns::<V>(), extra, self.width);
        self.line(&sheet.text)?;
        // Notes go to another stream: without this they would appear before the sheet.
        self.flush()?;
        self.note_hidden_columns(&sheet.hidden_columns);
        Ok(())
    }

    /// Names the columns for which the terminal is too narrow.
    pub(crate) fn note_hidden_columns(&mut self, headers: &[String]) {
        if !headers.is_empty() {
            self.note(&format!("Columns hidden at this width: {}.", headers.join(", ")));
        }
    }
}
