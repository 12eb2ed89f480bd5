//! What a change is told as, and with it the credentials that it hands over.

use std::io;

use serde_json::{Map, Value, json};

use crate::render::view::View;
use crate::render::{Format, Output, Warning, escape};

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

/// Credentials just made, to be handed over once.
pub struct Credentials<'a> {
    /// The `client_id`.
    pub client_id: &'a str,
    /// The secret in clear; absent for a public consumer, for what was there already, and where it went to a file.
    pub secret: Option<&'a crate::domain::secret_text::SecretText>,
    /// The file that the secret went to.
    pub file: Option<&'a str>,
    /// Where tokens are asked for.
    pub token_url: &'a str,
}

impl Output<'_> {
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

/// The secret as it is handed over. The one place where output is made of a secret.
#[expect(clippy::disallowed_methods, reason = "handing a secret over, once, is what it was minted for")]
#[must_use]
pub fn reveal(secret: &crate::domain::secret_text::SecretText) -> &str {
    secret.expose()
}
