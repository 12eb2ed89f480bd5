//! Notes, warnings and errors on standard error.
//!
//! A failure to write there is ignored: no stream is left to report it on.

use anstyle::AnsiColor;
use serde_json::{Map, Value, json};

use crate::domain::ellipsis::ellipsis;
use crate::domain::finding::Severity;
use crate::render::escape;
use crate::render::format::Format;
use crate::render::message::{Message, Warning};
use crate::render::output::Output;

/// The longest error or hint, in characters. A path or another value of thousands of characters would bury the reason.
const LONGEST: usize = 600;

impl Output<'_> {
    /// Returns the initial value of [`Output::deferred`].
    ///
    /// A program that reads standard error gets one document from a run that fails, and nothing else. At a terminal every
    /// message is printed at once.
    #[must_use]
    pub const fn deferred_messages(format: Format, stderr_is_terminal: bool) -> Option<Vec<Message>> {
        if matches!(format, Format::Json | Format::Jsonl) && !stderr_is_terminal {
            Some(Vec::new())
        } else {
            None
        }
    }

    /// Prints a sentence, unless `quiet` is set.
    pub fn note(&mut self, text: &str) {
        if self.quiet {
            return;
        }
        match &mut self.deferred {
            Some(deferred) => deferred.push(Message::Note(text.to_owned())),
            None => self.print("", None, text),
        }
    }

    /// Prints a warning, also if `quiet` is set.
    pub fn warn(&mut self, warning: &Warning) {
        match &mut self.deferred {
            Some(deferred) => deferred.push(Message::Warning(warning.clone())),
            None => self.print_warning(warning),
        }
    }

    /// Prints a line that belongs to a question, also if `quiet` is set and never deferred.
    pub fn question_detail(&mut self, text: &str) {
        self.print("", None, text);
    }

    /// Prints the deferred messages: the run did not fail, or will go on for a long time.
    pub fn print_deferred(&mut self) {
        for message in self.deferred.as_mut().map(std::mem::take).unwrap_or_default() {
            match message {
                Message::Note(text) => self.print("", None, &text),
                Message::Warning(warning) => self.print_warning(&warning),
            }
        }
    }

    /// Prints the help of an incomplete command line. Standard output is for help that was asked for.
    pub fn help(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Prints an error with its hints, or with `-o json` and `-o jsonl` one document.
    ///
    /// The document includes deferred warnings. Deferred notes are dropped, since they describe a success.
    pub fn failure(&mut self, code: &str, message: &str, hints: &[String], candidates: &[String]) {
        if matches!(self.format, Format::Json | Format::Jsonl) {
            let document = self.failure_document(code, message, hints, candidates);
            let _ = writeln!(self.stderr, "{}", escape::json(&document.to_string()));
            return;
        }
        self.print("error: ", Some(AnsiColor::Red), &ellipsis(message, LONGEST));
        for hint in hints {
            self.print("hint: ", Some(AnsiColor::Cyan), &ellipsis(hint, LONGEST));
        }
    }

    fn failure_document(
        &mut self,
        code: &str,
        message: &str,
        hints: &[String],
        candidates: &[String],
    ) -> Value {
        let hints: Vec<_> = hints.iter().map(|hint| ellipsis(hint, LONGEST)).collect();
        let hint = (!hints.is_empty()).then(|| (self.redact)(&hints.join("; ")));
        let mut error = Map::new();
        error.insert("code".to_owned(), json!(code));
        error.insert("message".to_owned(), json!((self.redact)(&ellipsis(message, LONGEST))));
        error.insert("hint".to_owned(), json!(hint));
        error.insert("candidates".to_owned(), json!(candidates));
        let warnings: Vec<Value> = self
            .deferred
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
            .iter()
            .filter_map(|message| match message {
                Message::Note(_) => None,
                Message::Warning(warning) => {
                    Some(json!({"code": warning.code, "message": (self.redact)(&warning.message)}))
                }
            })
            .collect();
        json!({"schema": "error/1", "error": error, "warnings": warnings})
    }

    fn print_warning(&mut self, warning: &Warning) {
        let (label, colour) = match warning.severity {
            Severity::Warning => ("warning: ", AnsiColor::Yellow),
            Severity::Error => ("error: ", AnsiColor::Red),
        };
        self.print(label, Some(colour), &warning.message);
    }

    fn print(&mut self, label: &str, colour: Option<AnsiColor>, text: &str) {
        let label = self.paint(label, colour);
        let text = escape::line(&(self.redact)(text));
        let _ = writeln!(self.stderr, "{label}{text}");
    }

    fn paint(&self, label: &str, colour: Option<AnsiColor>) -> String {
        match colour {
            Some(colour) if self.colour => {
                let style = anstyle::Style::new().bold().fg_color(Some(colour.into()));
                format!("{style}{label}{style:#}")
            }
            _ => label.to_owned(),
        }
    }
}
