//! A list, written page after page.

use std::io;

use serde_json::{Value, json};

use crate::render::cells::Cells;
use crate::render::view;
use crate::render::view::{Column, View};
use crate::render::{Format, Output, escape, table};

impl Output<'_> {
    /// Begins a list.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn begin_list<V: View>(&mut self, schema: &str) -> io::Result<List<V>> {
        let columns = self.columns::<V>();
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
        Ok(List {
            columns,
            rows: Vec::new(),
            layout: table::Layout::default(),
            count: 0,
            view: std::marker::PhantomData,
        })
    }
}

/// A list that is being written, page after page.
pub struct List<V> {
    columns: Vec<Column>,
    /// Rows of the page under way, since a table's columns are as wide as its widest cell.
    rows: Vec<Value>,
    layout: table::Layout,
    count: usize,
    view: std::marker::PhantomData<V>,
}

impl<V: View> List<V> {
    /// Adds an object.
    ///
    /// # Errors
    /// Fails where standard output does.
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
            // Commands without credentials refuse `env` before they begin; a dry run of one with them shows the id.
            Format::Id | Format::Env => out.line(&escape::line(view.id())),
            Format::Tsv => {
                let value = view::to_value(view);
                let cells: Vec<String> = self
                    .columns
                    .iter()
                    .map(|field| escape::line(&Cells::full(&value, &field.path)))
                    .collect();
                out.line(&cells.join("\t"))
            }
            Format::Csv => {
                let value = view::to_value(view);
                let cells: Vec<String> = self
                    .columns
                    .iter()
                    .map(|field| escape::formula(&Cells::full(&value, &field.path)))
                    .collect();
                out.csv_row(&cells)
            }
            Format::Table => {
                self.rows.push(view::to_value(view));
                Ok(())
            }
        }
    }

    /// How many objects were added.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Ends a page: what was added is printed and not kept.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn end_page(&mut self, out: &mut Output<'_>) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let text = self.layout.page(&Cells { now: out.clock.now() }, &rows, &self.columns, out.width);
        out.line(&text)
    }

    /// Ends the list; `next` is where the next page begins.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn end(mut self, out: &mut Output<'_>, next: Option<&str>) -> io::Result<()> {
        match out.format {
            Format::Json => writeln!(out.stdout, "],\"next_cursor\":{}}}", json!(next))?,
            Format::Table => self.end_page(out)?,
            Format::Jsonl | Format::Csv | Format::Tsv | Format::Env | Format::Id => {}
        }
        out.flush()
    }
}
