//! The report of a change, and with it the credentials that were made.

use std::io;

use serde_json::{Map, Value, json};

use crate::domain::secret_text::SecretText;
use crate::render::escape;
use crate::render::format::Format;
use crate::render::message::Warning;
use crate::render::output::Output;
use crate::render::view::View;
use crate::shell;

/// The result of a command that changes objects.
pub struct ChangeReport<'a, V> {
    /// Name of the JSON document without the version, such as `key.create`.
    pub schema: &'static str,
    /// True if an object differs from before; with `dry_run`, if it would.
    pub changed: bool,
    pub dry_run: bool,
    /// Id of the operation, which is in every audit record of the run.
    pub operation: &'a str,
    /// The objects, each with whether it was changed.
    pub items: Vec<(V, bool)>,
    pub warnings: Vec<Warning>,
    /// True if the command takes exactly one object. The JSON document then has it under its noun and has no `items`.
    pub single: bool,
}

/// Credentials that were just made. They are shown once.
pub struct Credentials<'a> {
    pub client_id: &'a str,
    /// Absent for a public consumer, for a client that existed before, and if the secret was written to a file.
    pub secret: Option<&'a SecretText>,
    /// Path of the file that the secret was written to.
    pub file: Option<&'a str>,
    /// URL of the token endpoint.
    pub token_url: &'a str,
}

impl Output<'_> {
    /// Prints the result of a change, together with the credentials that it made.
    ///
    /// # Errors
    /// [`io::Error`] if standard output fails. The caller must treat the credentials as not delivered.
    pub fn report_change<V: View>(
        &mut self,
        report: &ChangeReport<'_, V>,
        credentials: Option<&Credentials<'_>>,
    ) -> io::Result<()> {
        match (self.format, credentials) {
            (Format::Json, _) => {
                let document = self.change_document(report, credentials);
                self.line(&escape::json(&document.to_string()))?;
            }
            (Format::Env, Some(credentials)) => {
                self.variable("APICONN_CLIENT_ID", credentials.client_id)?;
                if let Some(secret) = credentials.secret {
                    self.variable("APICONN_CLIENT_SECRET", reveal(secret))?;
                }
                self.variable("APICONN_TOKEN_URL", credentials.token_url)?;
            }
            (Format::Tsv, Some(credentials)) => {
                let secret = credentials.secret.map_or("", reveal);
                self.line(&format!("{}\t{secret}", credentials.client_id))?;
            }
            (Format::Table, Some(credentials)) => {
                if let Some((view, _)) = report.items.first() {
                    let mut extra = Vec::new();
                    if let Some(secret) = credentials.secret {
                        extra.push(("Client secret", reveal(secret)));
                    }
                    extra.push(("Token URL", credentials.token_url));
                    self.sheet(view, &extra)?;
                }
            }
            (Format::Csv, Some(credentials)) => {
                let secret = credentials.secret.map_or("", reveal);
                self.csv_row(&["client_id".to_owned(), "client_secret".to_owned()])?;
                self.csv_row(&[credentials.client_id.to_owned(), secret.to_owned()])?;
            }
            (Format::Jsonl, _) => {
                for (view, changed) in &report.items {
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
                let mut list = self.begin_list::<V>(report.schema)?;
                for (view, _) in &report.items {
                    list.push(self, view)?;
                }
                list.end(self, None)?;
            }
        }
        self.flush()
    }

    /// Prints the assignment of a variable, quoted so that a shell that sources it runs nothing.
    fn variable(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.line(&format!("{name}={}", shell::word(value)))
    }

    fn change_document<V: View>(
        &self,
        report: &ChangeReport<'_, V>,
        credentials: Option<&Credentials<'_>>,
    ) -> Value {
        let mut document = Map::new();
        document.insert("schema".to_owned(), json!(format!("{}/1", report.schema)));
        document.insert("changed".to_owned(), json!(report.changed));
        document.insert("dry_run".to_owned(), json!(report.dry_run));
        document.insert("operation".to_owned(), json!(report.operation));
        if report.single {
            if let Some((view, _)) = report.items.first() {
                document.insert(V::NOUN.to_owned(), self.json_of(view));
            }
        } else {
            let items: Vec<Value> = report
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
            let count = report.items.iter().filter(|(_, changed)| *changed).count();
            if let [only] = items.as_slice() {
                document.insert(V::NOUN.to_owned(), only.clone());
            }
            document.insert("items".to_owned(), Value::Array(items));
            document.insert(
                "counts".to_owned(),
                json!({"changed": count, "already": report.items.len() - count}),
            );
        }
        let warnings: Vec<Value> = report
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

/// Returns a secret in plain text, for its one delivery. No other function of the crate reads a secret for output.
#[expect(clippy::disallowed_methods, reason = "a new secret is shown once")]
#[must_use]
pub fn reveal(secret: &SecretText) -> &str {
    secret.expose()
}
