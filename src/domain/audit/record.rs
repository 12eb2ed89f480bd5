//! Sealed audit records and the bytes that are hashed.

use crate::domain::audit::actor::Actor;
use crate::domain::audit::event::Event;
use crate::domain::hash_labels;
use crate::domain::id::OperationId;
use crate::domain::name::Text;
use crate::domain::time::Timestamp;

/// The version of the canonical bytes. It is part of them, so that a record cannot be relabelled as one of an older,
/// weaker version.
pub const SCHEME: u8 = 1;

/// An audit record. Its hash covers every other field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// 1, 2, 3, … without gaps.
    pub sequence: i64,
    /// The version of the canonical bytes, see [`SCHEME`].
    pub scheme: i64,
    /// The moment of the change, by the clock of the machine that made it.
    pub at: Timestamp,
    /// The id of the run of a command, or of the request, that made the change.
    pub operation: String,
    /// The object kind and the verb, such as `key.create`.
    pub event: String,
    pub object_id: String,
    /// The object's name at the moment of the change.
    pub object_name: String,
    /// The names of the changed fields, separated by commas.
    pub fields: String,
    /// The reason that the author gave.
    pub reason: Option<String>,
    /// The interface of the change: `cli` or `serve`.
    pub via: String,
    /// The real user id of the process.
    pub uid: Option<i64>,
    /// The user id of the login session.
    pub login_uid: Option<i64>,
    /// The value of `SUDO_USER`. It can be forged.
    pub sudo_user: Option<String>,
    /// The path of the terminal's device.
    pub terminal: Option<String>,
    /// The host name of the machine.
    pub host: Option<String>,
    /// The URL of the CI job, from the environment. It can be forged.
    pub ci_job: Option<String>,
    /// The version of the program that wrote the record.
    pub version: String,
    /// The hash of the previous record; for the first record, of the store's id.
    pub previous: [u8; 32],
    /// The hash of this record's canonical bytes.
    pub hash: [u8; 32],
}

/// The content of a record that is not in the chain yet.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub at: Timestamp,
    pub operation: &'a OperationId,
    pub actor: &'a Actor,
    pub reason: Option<&'a Text>,
    pub event: &'a Event,
}

impl Record {
    /// Builds the record with the given number that follows the record with the hash `previous`. Its own hash is still
    /// zero.
    #[must_use]
    pub fn from_draft(draft: &Draft<'_>, sequence: i64, previous: [u8; 32]) -> Self {
        let Draft { at, operation, actor, reason, event } = draft;
        Self {
            sequence,
            scheme: i64::from(SCHEME),
            at: *at,
            operation: operation.to_string(),
            event: format!("{}.{}", event.object.as_str(), event.verb.as_str()),
            object_id: event.object_id.clone(),
            object_name: event.object_name.clone(),
            fields: event.fields.join(","),
            reason: reason.map(ToString::to_string),
            via: actor.via.as_str().to_owned(),
            uid: actor.uid.map(i64::from),
            login_uid: actor.login_uid.map(i64::from),
            sudo_user: actor.sudo_user.clone(),
            terminal: actor.terminal.clone(),
            host: actor.host.clone(),
            ci_job: actor.ci_job.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            previous,
            hash: [0; 32],
        }
    }

    /// Returns the bytes that are hashed: a label, the scheme, then every field in the order below. A text is preceded by
    /// its length in bytes (4 bytes, big-endian), and an absent text is the length `u32::MAX`. Two different records never
    /// have the same bytes.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        fn text(bytes: &mut Vec<u8>, value: Option<&str>) {
            // Fields are far shorter than 4 GiB. A longer one would fail to verify, not forge another record.
            let length = value.map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap_or(u32::MAX - 1));
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        }
        fn number(bytes: &mut Vec<u8>, value: Option<i64>) {
            bytes.push(u8::from(value.is_some()));
            bytes.extend_from_slice(&value.unwrap_or_default().to_be_bytes());
        }
        let mut bytes = hash_labels::AUDIT_RECORD.to_vec();
        number(&mut bytes, Some(self.scheme));
        number(&mut bytes, Some(self.sequence));
        bytes.extend_from_slice(&self.previous);
        number(&mut bytes, Some(self.at.millis()));
        for value in [
            &self.operation,
            &self.event,
            &self.object_id,
            &self.object_name,
            &self.fields,
            &self.via,
            &self.version,
        ] {
            text(&mut bytes, Some(value));
        }
        for value in [&self.reason, &self.sudo_user, &self.terminal, &self.host, &self.ci_job] {
            text(&mut bytes, value.as_deref());
        }
        number(&mut bytes, self.uid);
        number(&mut bytes, self.login_uid);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::actor::Via;
    use crate::domain::audit::event::{AuditVerb, ObjectKind};

    fn record() -> Record {
        let actor = Actor {
            via: Via::CommandLine,
            uid: Some(1000),
            login_uid: None,
            sudo_user: None,
            terminal: None,
            host: Some("box".to_owned()),
            ci_job: None,
        };
        let event = Event {
            object: ObjectKind::Key,
            verb: AuditVerb::Create,
            object_id: "apck_test_7Hq2mZ0xPa4T".to_owned(),
            object_name: "erp-sync".to_owned(),
            fields: vec!["name"],
        };
        let operation = OperationId::from_random("000000000000");
        let draft = Draft {
            at: Timestamp::from_millis(5),
            operation: &operation,
            actor: &actor,
            reason: None,
            event: &event,
        };
        Record::from_draft(&draft, 1, [0; 32])
    }

    #[test]
    fn different_records_have_different_bytes() {
        let bytes = record().canonical_bytes();
        let mut shifted = record();
        shifted.object_id.push('e');
        shifted.object_name = "rp-sync".to_owned();
        let mut empty_reason = record();
        empty_reason.reason = Some(String::new());
        let mut relabelled = record();
        relabelled.scheme = 0;
        for other in [shifted, empty_reason, relabelled] {
            assert_ne!(other.canonical_bytes(), bytes);
        }
    }
}
