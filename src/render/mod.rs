//! The only place that prints. Commands hand over values; here they become a table, JSON, CSV or lines.

pub mod cells;
pub mod escape;
pub mod prompt;
pub mod table;
pub mod view;
pub mod words;

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::domain::time::Clock;
use cells::Cells;
use view::{Column, Kind, View};

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

/// A change as it is told to the caller.
pub struct Written<'a, V> {
    /// `key.create` and the like.
    pub schema: &'static str,
    /// Whether something differs from before, or would.
    pub changed: bool,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// The run's id.
    pub operation: &'a str,
    /// The objects; each with whether it was changed.
    pub items: Vec<(V, bool)>,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    /// Whether the command takes one object, so that the document has it under its noun.
    pub single: bool,
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

/// Credentials just made, to be handed over once.
pub struct Credentials<'a> {
    /// The `client_id`.
    pub client_id: &'a str,
    /// The secret in clear; absent for a public consumer, for what was there already, and where it went to a file.
    pub secret: Option<&'a crate::secrets::plain::Plain>,
    /// The file that the secret went to.
    pub file: Option<&'a str>,
    /// Where tokens are asked for.
    pub token_url: &'a str,
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
        let _ = writeln!(self.stderr, "{label}{}", escape::line(&crate::secrets::format::redact(text)));
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
            let redacted = |text: &str| crate::secrets::format::redact(text);
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

    /// Tells what was changed. Where there are credentials, this is how they are handed over.
    ///
    /// # Errors
    /// Fails where standard output does; credentials must count as not delivered then.
    pub fn written<V: View>(
        &mut self,
        written: &Written<'_, V>,
        credentials: Option<&Credentials<'_>>,
    ) -> io::Result<()> {
        match (self.format, credentials) {
            (Format::Json, _) => {
                let document = self.document(written, credentials);
                self.line(&escape::json(&document.to_string()))?;
            }
            (Format::Env, Some(credentials)) => {
                self.line(&format!("APICONN_CLIENT_ID={}", credentials.client_id))?;
                if let Some(secret) = credentials.secret {
                    self.line(&format!("APICONN_CLIENT_SECRET={}", reveal(secret)))?;
                }
                self.line(&format!("APICONN_TOKEN_URL={}", credentials.token_url))?;
            }
            (Format::Tsv, Some(credentials)) => {
                let secret = credentials.secret.map_or("", reveal);
                self.line(&format!("{}\t{secret}", credentials.client_id))?;
            }
            (Format::Table, Some(credentials)) => {
                if let Some((view, _)) = written.items.first() {
                    let mut extra = Vec::new();
                    if let Some(secret) = credentials.secret {
                        extra.push(("Client secret", reveal(secret)));
                    }
                    extra.push(("Token URL", credentials.token_url));
                    let text = self.sheet(view, &extra);
                    self.line(&text)?;
                }
            }
            (Format::Csv, Some(credentials)) => {
                let secret = credentials.secret.map_or("", reveal);
                self.csv_row(&["client_id".to_owned(), "client_secret".to_owned()])?;
                self.csv_row(&[credentials.client_id.to_owned(), secret.to_owned()])?;
            }
            (Format::Jsonl, _) => {
                for (view, changed) in &written.items {
                    let mut object = self.json_of(view);
                    if let Value::Object(map) = &mut object {
                        map.insert("changed".to_owned(), json!(changed));
                        if let Some(secret) = credentials.and_then(|credentials| credentials.secret) {
                            map.insert("client_secret".to_owned(), json!(reveal(secret)));
                        }
                    }
                    self.line(&escape::json(&object.to_string()))?;
                }
            }
            (Format::Table | Format::Csv | Format::Tsv | Format::Id | Format::Env, _) => {
                let mut list = self.begin_list::<V>(written.schema)?;
                for (view, _) in &written.items {
                    list.push(self, view)?;
                }
                list.end(self, None)?;
            }
        }
        self.flush()
    }

    fn document<V: View>(&self, written: &Written<'_, V>, credentials: Option<&Credentials<'_>>) -> Value {
        let mut document = Map::new();
        document.insert("schema".to_owned(), json!(format!("{}/1", written.schema)));
        document.insert("changed".to_owned(), json!(written.changed));
        document.insert("dry_run".to_owned(), json!(written.dry_run));
        document.insert("operation".to_owned(), json!(written.operation));
        if written.single {
            if let Some((view, _)) = written.items.first() {
                document.insert(V::NOUN.to_owned(), self.json_of(view));
            }
        } else {
            let items: Vec<Value> = written
                .items
                .iter()
                .map(|(view, changed)| {
                    let mut item = self.json_of(view);
                    if let Value::Object(map) = &mut item {
                        map.insert("changed".to_owned(), json!(changed));
                    }
                    item
                })
                .collect();
            let count = written.items.iter().filter(|(_, changed)| *changed).count();
            if let [only] = items.as_slice() {
                document.insert(V::NOUN.to_owned(), only.clone());
            }
            document.insert("items".to_owned(), Value::Array(items));
            document.insert(
                "counts".to_owned(),
                json!({"changed": count, "already": written.items.len() - count}),
            );
        }
        let warnings: Vec<Value> = written
            .warnings
            .iter()
            .map(|warning| json!({"code": warning.code, "message": warning.message}))
            .collect();
        document.insert("warnings".to_owned(), Value::Array(warnings));
        if let Some(credentials) = credentials {
            if let Some(secret) = credentials.secret {
                document.insert("client_secret".to_owned(), json!(reveal(secret)));
            }
            if let Some(file) = credentials.file {
                document.insert("client_secret_file".to_owned(), json!(file));
            }
            document.insert("token_endpoint".to_owned(), json!(credentials.token_url));
        }
        Value::Object(document)
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

/// The secret as it is handed over. The one place where output is made of a secret.
#[expect(clippy::disallowed_methods, reason = "handing a secret over, once, is what it was minted for")]
#[must_use]
pub fn reveal(secret: &crate::secrets::plain::Plain) -> &str {
    secret.expose()
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
