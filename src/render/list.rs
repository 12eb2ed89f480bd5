//! A list, written page by page.

use std::io;
use std::marker::PhantomData;

use serde_json::{Value, json};

use crate::render::escape;
use crate::render::format::Format;
use crate::render::output::Output;
use crate::render::table::cell::{CellFormatter, full_value};
use crate::render::table::pager::TablePager;
use crate::render::view::{Column, View, to_value};

/// A list that is being written. At most one page of it is in memory.
pub struct List<V> {
    columns: Vec<Column>,
    /// Rows of the current page of a table, whose columns are as wide as their widest cells.
    rows: Vec<Value>,
    pager: TablePager,
    count: usize,
    view: PhantomData<V>,
}

impl Output<'_> {
    /// Begins a list. `schema` is the name of its JSON document without the version.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn begin_list<V: View>(&mut self, schema: &str) -> io::Result<List<V>> {
        let columns = self.list_columns::<V>();
        match self.format {
            Format::Json => {
                let schema = Value::String(format!("{schema}/1"));
                write!(self.stdout, "{{\"schema\":{schema},\"items\":[")?;
            }
            Format::Csv => {
                let header: Vec<String> = columns.iter().map(|column| column.path.clone()).collect();
                self.csv_row(&header)?;
            }
            Format::Table | Format::Jsonl | Format::Tsv | Format::Env | Format::Id => {}
        }
        Ok(List { columns, rows: Vec::new(), pager: TablePager::default(), count: 0, view: PhantomData })
    }
}

impl<V: View> List<V> {
    /// Adds an object.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn push(&mut self, out: &mut Output<'_>, view: &V) -> io::Result<()> {
        let separator = if self.count == 0 { "" } else { "," };
        self.count += 1;
        match out.format {
            Format::Json => {
                let text = escape::json(&out.json_of(view).to_string());
                write!(out.stdout, "{separator}{text}")
            }
            Format::Jsonl => {
                let text = escape::json(&out.json_of(view).to_string());
                out.line(&text)
            }
            // Of the commands that accept `env`, only a dry run makes a list; it has no secret to show.
            Format::Id | Format::Env => out.line(&escape::line(view.id())),
            Format::Tsv => {
                let cells = self.full_values(view, escape::line);
                out.line(&cells.join("\t"))
            }
            Format::Csv => {
                let cells = self.full_values(view, escape::formula);
                out.csv_row(&cells)
            }
            Format::Table => {
                self.rows.push(to_value(view));
                Ok(())
            }
        }
    }

    fn full_values(&self, view: &V, escape: fn(&str) -> String) -> Vec<String> {
        let value = to_value(view);
        self.columns.iter().map(|column| escape(&full_value(&value, &column.path))).collect()
    }

    /// Returns the number of objects added so far.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Prints the current page of a table and frees its rows.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn end_page(&mut self, out: &mut Output<'_>) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let cells = CellFormatter { now: out.clock.now() };
        let text = self.pager.next_page(&cells, &rows, &self.columns, out.width);
        out.line(&text)
    }

    /// Ends the list. `next` is the cursor of the page after it.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn end(mut self, out: &mut Output<'_>, next: Option<&str>) -> io::Result<()> {
        match out.format {
            Format::Json => writeln!(out.stdout, "],\"next_cursor\":{}}}", json!(next))?,
            Format::Table => self.end_page(out)?,
            Format::Jsonl | Format::Csv | Format::Tsv | Format::Env | Format::Id => {}
        }
        out.flush()?;
        out.note_hidden_columns(&self.pager.hidden_columns(&self.columns));
        Ok(())
    }
}
