//! The streams of a run, and how data is written to them.

use std::io::{self, Write};

use serde_json::json;

use crate::domain::time::Clock;
use crate::render::escape;
use crate::render::format::Format;
use crate::render::message::Message;

/// The streams and the format of one run.
pub struct Output<'a> {
    /// Receives data, and nothing else.
    pub stdout: &'a mut dyn Write,
    /// Receives notes, warnings, errors and questions.
    pub stderr: &'a mut dyn Write,
    pub format: Format,
    /// Paths of the fields to show, or `None` for those of the view.
    pub fields: Option<Vec<String>>,
    /// Leaves out notes, and nothing else.
    pub quiet: bool,
    /// Allows colour on standard error.
    pub colour: bool,
    /// Width of the terminal in columns; `usize::MAX` if standard output is not a terminal.
    pub width: usize,
    /// Messages to print once the run has not failed, or `None` if each is printed at once.
    pub deferred: Option<Vec<Message>>,
    /// Removes credentials from a message, which may repeat words of the command line.
    pub redact: fn(&str) -> String,
    /// Gives the present moment when a time is printed: a question may have taken minutes since the run began.
    pub clock: &'a dyn Clock,
}

impl Output<'_> {
    /// Writes one line of data.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    /// Writes one record of CSV (RFC 4180, with a line feed at its end).
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub(crate) fn csv_row(&mut self, cells: &[String]) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(cells).map_err(io::Error::other)?;
        let row = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.stdout.write_all(&row)
    }

    /// Flushes standard output, so that a failure to write is seen now.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Prints a text unchanged.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.flush()
    }

    /// Prints a text unchanged, or with `-o json` as the value of `key` in a document.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails.
    pub fn text_or_document(&mut self, schema: &str, key: &str, text: &str) -> io::Result<()> {
        if self.format != Format::Json {
            return self.text(text);
        }
        let document = json!({"schema": format!("{schema}/1"), key: text});
        self.line(&escape::json(&document.to_string()))?;
        self.flush()
    }
}
