//! The only place that prints. Commands hand over values; here they become a table, JSON, CSV or lines.

pub mod cells;
pub mod escape;
mod list;
pub mod prompt;
pub mod table;
pub mod view;
pub mod words;
mod written;

pub use crate::render::list::List;
pub use crate::render::written::{Credentials, Written, reveal};

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::domain::time::Clock;
use crate::render::cells::Cells;
use crate::render::view::{Column, Kind, View};

/// How data is written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Tab-separated values without a header.
    Tsv,
    /// Shell variables with the credentials just made.
    Env,
    /// Ids alone, one a line.
    Id,
}

/// Where and how a run prints.
pub struct Output<'a> {
    /// Data.
    pub stdout: &'a mut dyn Write,
    /// Everything else.
    pub stderr: &'a mut dyn Write,
    /// How data is written.
    pub format: Format,
    /// Which fields, if not all.
    pub fields: Option<Vec<String>>,
    /// Keep notes to yourself.
    pub quiet: bool,
    /// Standard error takes colour.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// What was said so far, where it is kept back until it is known how the run ends; none where it is said at once.
    pub held: Option<Vec<Said>>,
    /// What time it is when a time is printed; a question may have taken minutes since the run began.
    pub clock: &'a dyn Clock,
}

/// Something the caller should know although the run succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// A sentence for the person that is kept back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What went well, or is under way.
    Note(String),
    /// What the caller should know.
    Warning(Warning),
}

impl Output<'_> {
    /// What is kept back in this format. Where a program may read standard error, a run that fails leaves one document on
    /// it and nothing else; at a terminal a person reads along.
    #[must_use]
    pub const fn held_back(format: Format, stderr_is_terminal: bool) -> Option<Vec<Said>> {
        if matches!(format, Format::Json | Format::Jsonl) && !stderr_is_terminal {
            Some(Vec::new())
        } else {
            None
        }
    }

    /// A sentence for the person, unless they asked for quiet.
    pub fn note(&mut self, text: &str) {
        if self.quiet {
            return;
        }
        match &mut self.held {
            Some(held) => held.push(Said::Note(text.to_owned())),
            None => self.say("", None, text),
        }
    }

    /// Says what was kept back: the run did not fail, or will not end for a while.
    pub fn release(&mut self) {
        for said in self.held.as_mut().map(std::mem::take).unwrap_or_default() {
            match said {
                Said::Note(text) => self.say("", None, &text),
                Said::Warning(warning) => self.say_warning(&warning),
            }
        }
    }

    /// What belongs to a question: nobody can answer it without, so it is also said when quiet.
    pub fn part_of_question(&mut self, text: &str) {
        self.say("", None, text);
    }

    /// A warning; also said when quiet.
    pub fn warn(&mut self, warning: &Warning) {
        match &mut self.held {
            Some(held) => held.push(Said::Warning(warning.clone())),
            None => self.say_warning(warning),
        }
    }

    fn say_warning(&mut self, warning: &Warning) {
        self.say("warning: ", Some(anstyle::AnsiColor::Yellow), &warning.message);
    }

    fn say(&mut self, label: &str, colour: Option<anstyle::AnsiColor>, text: &str) {
        let label = self.paint(label, colour);
        // There is nobody to tell that standard error is closed.
        let _ = writeln!(self.stderr, "{label}{}", escape::line(&crate::credentials::format::redact(text)));
    }

    fn paint(&self, label: &str, colour: Option<anstyle::AnsiColor>) -> String {
        match colour {
            Some(colour) if self.colour => {
                let style = anstyle::Style::new().bold().fg_color(Some(colour.into()));
                format!("{style}{label}{style:#}")
            }
            _ => label.to_owned(),
        }
    }

    /// What failed, and what helps.
    pub fn failure(&mut self, code: &str, message: &str, hints: &[String], candidates: &[String]) {
        let message = &sentence(message);
        let hints: &Vec<String> = &hints.iter().map(|hint| sentence(hint)).collect();
        if self.format == Format::Json || self.format == Format::Jsonl {
            let redacted = |text: &str| crate::credentials::format::redact(text);
            let hint = (!hints.is_empty()).then(|| redacted(&hints.join("; ")));
            let mut error = Map::new();
            error.insert("code".to_owned(), json!(code));
            error.insert("message".to_owned(), json!(redacted(message)));
            error.insert("hint".to_owned(), json!(hint));
            error.insert("candidates".to_owned(), json!(candidates));
            // Of what was kept back, a failure makes the notes pointless, and not the warnings.
            let held = self.held.as_mut().map(std::mem::take).unwrap_or_default();
            let warnings: Vec<Value> = held
                .iter()
                .filter_map(|said| match said {
                    Said::Note(_) => None,
                    Said::Warning(warning) => {
                        Some(json!({"code": warning.code, "message": redacted(&warning.message)}))
                    }
                })
                .collect();
            let document = json!({"schema": "error/1", "error": error, "warnings": warnings});
            let _ = writeln!(self.stderr, "{}", escape::json(&document.to_string()));
            return;
        }
        self.say("error: ", Some(anstyle::AnsiColor::Red), message);
        for hint in hints {
            self.say("hint: ", Some(anstyle::AnsiColor::Cyan), hint);
        }
    }

    /// Refuses `--fields` that the view does not have, before anything is done.
    ///
    /// # Errors
    /// Names the unknown field and those that there are.
    pub fn check_fields<V: View>(&self) -> Result<(), String> {
        let Some(fields) = &self.fields else { return Ok(()) };
        for field in fields {
            if !V::FIELDS.iter().any(|known| known.reaches(field)) {
                let all: Vec<&str> = V::FIELDS.iter().map(|field| field.path).collect();
                return Err(format!(
                    "there is no field \"{}\" in {}; there are {}",
                    escape::line(field),
                    V::NOUN,
                    all.join(", ")
                ));
            }
        }
        Ok(())
    }

    fn json_of<V: View>(&self, view: &V) -> Value {
        let value = view::to_value(view);
        match &self.fields {
            None => value,
            Some(fields) => {
                let mut picked = Map::new();
                for field in fields {
                    picked.insert(
                        field.clone(),
                        view::pick(&value, field).map_or(Value::Null, Cow::into_owned),
                    );
                }
                Value::Object(picked)
            }
        }
    }

    fn columns<V: View>(&self) -> Vec<Column> {
        match &self.fields {
            None => V::FIELDS.iter().filter(|field| field.column).map(Column::from).collect(),
            Some(fields) => fields
                .iter()
                .map(|path| {
                    let known = V::FIELDS.iter().find(|field| field.path == path);
                    // A deeper path such as `user.id` that the view does not list by itself.
                    known.map_or_else(
                        || Column { path: path.clone(), header: path.to_uppercase(), kind: Kind::Text },
                        Column::from,
                    )
                })
                .collect(),
        }
    }

    fn sheet<V: View>(&self, view: &V, extra: &[(&str, &str)]) -> String {
        let shown = match self.fields {
            Some(_) => self.columns::<V>(),
            None => V::FIELDS.iter().map(Column::from).collect(),
        };
        table::sheet(&Cells { now: self.clock.now() }, &view::to_value(view), &shown, extra, self.width)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    /// Ends a document: nothing is left in a buffer, so that a failure is seen now.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Prints the help of an incomplete command line, which is not what was asked for: on standard error.
    pub fn help(&mut self, text: &str) {
        // There is nobody to tell that standard error is closed.
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Prints a text as it is.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.flush()
    }

    /// Prints a text: as it is, or where JSON was asked for as the value of `key` in one document.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn text_or_document(&mut self, schema: &str, key: &str, text: &str) -> io::Result<()> {
        if self.format != Format::Json {
            return self.text(text);
        }
        let document = json!({"schema": format!("{schema}/1"), key: text});
        self.line(&escape::json(&document.to_string()))?;
        self.flush()
    }

    fn csv_row(&mut self, cells: &[String]) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(cells).map_err(io::Error::other)?;
        let row = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.stdout.write_all(&row)
    }

    /// Shows one object.
    ///
    /// # Errors
    /// Fails where standard output does.
    pub fn show<V: View>(&mut self, schema: &str, view: &V) -> io::Result<()> {
        match self.format {
            Format::Json => {
                let mut document = Map::new();
                document.insert("schema".to_owned(), json!(format!("{schema}/1")));
                document.insert(V::NOUN.to_owned(), self.json_of(view));
                let text = Value::Object(document).to_string();
                self.line(&escape::json(&text))?;
            }
            Format::Table => {
                let text = self.sheet(view, &[]);
                self.line(&text)?;
            }
            Format::Jsonl | Format::Csv | Format::Tsv | Format::Env | Format::Id => {
                let mut list = self.begin_list::<V>(schema)?;
                list.push(self, view)?;
                list.end(self, None)?;
            }
        }
        self.flush()
    }
}

/// A sentence that a path or another foreign word of thousands of characters would bury, cut to what can be read.
fn sentence(text: &str) -> String {
    const LONGEST: usize = 600;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
