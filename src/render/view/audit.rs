//! The views of the audit: its records, its head, and the result of a verification.

use serde::Serialize;

use crate::domain::audit::{Head, Record};

use crate::render::view::{Field, Kind, View};

/// A record of the audit.
#[derive(Clone, Debug, Serialize)]
pub struct RecordView {
    sequence: i64,
    at: String,
    event: String,
    object_name: String,
    object_id: String,
    fields: Vec<String>,
    reason: Option<String>,
    via: String,
    uid: Option<i64>,
    login_uid: Option<i64>,
    claimed_sudo_user: Option<String>,
    terminal: Option<String>,
    host: Option<String>,
    claimed_ci_job: Option<String>,
    operation: String,
    version: String,
    hash: String,
}

impl View for RecordView {
    const NOUN: &'static str = "record";
    const FIELDS: &'static [Field] = &[
        Field::column("sequence", "SEQUENCE", Kind::Text),
        Field::column("at", "AT", Kind::Event),
        Field::column("event", "EVENT", Kind::Text),
        Field::column("object_name", "OBJECT", Kind::Text),
        Field::column("uid", "UID", Kind::Text),
        Field::column("via", "VIA", Kind::Text),
        Field::column("reason", "REASON", Kind::Words),
        Field::column("object_id", "OBJECT ID", Kind::Text),
        Field::column("fields", "FIELDS", Kind::Words),
        Field::column("operation", "OPERATION", Kind::Text),
        Field::detail("login_uid", "LOGIN UID", Kind::Text),
        Field::detail("claimed_sudo_user", "SUDO USER (CLAIMED)", Kind::Text),
        Field::detail("terminal", "TERMINAL", Kind::Text),
        Field::detail("host", "HOST", Kind::Text),
        Field::detail("claimed_ci_job", "CI JOB (CLAIMED)", Kind::Text),
        Field::detail("version", "VERSION", Kind::Text),
        Field::detail("hash", "HASH", Kind::Text),
    ];

    fn id(&self) -> &str {
        &self.operation
    }
}

impl RecordView {
    /// Makes the view of a record. `hash` is its hash in hexadecimal.
    #[must_use]
    pub fn of(record: &Record, hash: String) -> Self {
        Self {
            sequence: record.sequence,
            at: record.at.to_rfc3339(),
            event: record.event.clone(),
            object_name: record.object_name.clone(),
            object_id: record.object_id.clone(),
            fields: record.fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect(),
            reason: record.reason.clone(),
            via: record.via.clone(),
            uid: record.uid,
            login_uid: record.login_uid,
            claimed_sudo_user: record.sudo_user.clone(),
            terminal: record.terminal.clone(),
            host: record.host.clone(),
            claimed_ci_job: record.ci_job.clone(),
            operation: record.operation.clone(),
            version: record.version.clone(),
            hash,
        }
    }
}

/// The head of the chain: the number and hash of its last record.
#[derive(Clone, Debug, Serialize)]
pub struct HeadView {
    head: String,
    store_id: String,
    sequence: i64,
    hash: String,
}

impl View for HeadView {
    const NOUN: &'static str = "head";
    const FIELDS: &'static [Field] = &[
        Field::column("head", "HEAD", Kind::Text),
        Field::detail("store_id", "STORE ID", Kind::Text),
        Field::detail("sequence", "SEQUENCE", Kind::Text),
        Field::detail("hash", "HASH", Kind::Text),
    ];

    fn id(&self) -> &str {
        &self.head
    }
}

impl HeadView {
    /// Makes the view of a head.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        Self {
            head: head.to_string(),
            store_id: head.store_id.clone(),
            sequence: head.sequence,
            hash: head.hash.clone(),
        }
    }
}

/// The result of a verification that found no fault.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictView {
    records: i64,
    head: String,
    heads_found: usize,
    proves: &'static str,
    does_not_prove: &'static str,
}

impl View for VerdictView {
    const NOUN: &'static str = "verdict";
    const FIELDS: &'static [Field] = &[
        Field::column("records", "RECORDS", Kind::Text),
        Field::column("head", "HEAD", Kind::Text),
        Field::column("heads_found", "KEPT HEADS FOUND", Kind::Text),
        Field::detail("proves", "PROVES", Kind::Prose),
        Field::detail("does_not_prove", "DOES NOT PROVE", Kind::Prose),
    ];

    fn id(&self) -> &str {
        &self.head
    }
}

impl VerdictView {
    /// Makes the view of a verification of `records` records that found `heads_found` of the given heads.
    #[must_use]
    pub fn of(records: i64, head: &Head, heads_found: usize) -> Self {
        let (proves, does_not_prove) = if heads_found > 0 {
            (
                "no record up to the kept head was changed, removed, inserted or moved",
                "that no record after the kept head was removed, nor that the records are true",
            )
        } else {
            (
                "the records form one chain",
                "that the chain was not rewritten or shortened: for that, keep its head outside this machine and verify against it",
            )
        };
        Self { records, head: head.to_string(), heads_found, proves, does_not_prove }
    }

    /// Returns the two fields about the proof as sentences.
    #[must_use]
    pub fn limits(&self) -> String {
        format!("This proves that {}. It does not prove {}.", self.proves, self.does_not_prove)
    }
}
