//! The audit record: who changed what, on which object, why; each row sealed by the hash of the row before.

use crate::domain::id::OperationId;
use crate::domain::name::Text;
use crate::domain::time::Timestamp;

/// The scheme of the canonical bytes. It stands inside them, so that a row cannot be relabelled to a weaker one.
pub const SCHEME: u8 = 1;

/// What kind of object a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// The base and its store.
    Base,
    /// A setting.
    Setting,
    /// A declared scope.
    Scope,
    /// A permission group.
    Group,
    /// An API key.
    Key,
    /// A consumer.
    Consumer,
    /// A user.
    User,
    /// A grant.
    Grant,
    /// A token.
    Token,
}

impl ObjectKind {
    /// The noun in outputs and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Setting => "setting",
            Self::Scope => "scope",
            Self::Group => "group",
            Self::Key => "key",
            Self::Consumer => "consumer",
            Self::User => "user",
            Self::Grant => "grant",
            Self::Token => "token",
        }
    }
}

impl From<crate::domain::id::ClientKind> for ObjectKind {
    fn from(kind: crate::domain::id::ClientKind) -> Self {
        match kind {
            crate::domain::id::ClientKind::Key => Self::Key,
            crate::domain::id::ClientKind::Consumer => Self::Consumer,
        }
    }
}

/// What happened to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The store was made.
    Init,
    /// Made.
    Create,
    /// Fields were changed.
    Edit,
    /// A second secret was minted.
    Rotate,
    /// A minted secret reached its reader and is accepted from now on.
    Deliver,
    /// A minted secret did not reach its reader and never will.
    Withdraw,
    /// Switched off.
    Disable,
    /// Switched on.
    Enable,
    /// Ended for good.
    Revoke,
    /// Taken out of the catalog.
    Remove,
    /// One secret was ended by whoever presented it.
    RevokeSecret,
    /// A password was set.
    SetPassword,
    /// An authorization code was presented a second time, and all that it had issued was ended.
    CodeReplayed,
    /// A used refresh token was presented again, and its whole family was ended.
    RefreshTokenReused,
}

impl Verb {
    /// The word in outputs and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Rotate => "rotate",
            Self::Deliver => "deliver",
            Self::Withdraw => "withdraw",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Revoke => "revoke",
            Self::Remove => "remove",
            Self::RevokeSecret => "revoke_secret",
            Self::SetPassword => "set_password",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshTokenReused => "refresh_token_reused",
        }
    }
}

/// One thing that happened, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind of object.
    pub object: ObjectKind,
    /// What happened to it.
    pub verb: Verb,
    /// The object's id, or its name where it has no id.
    pub object_id: String,
    /// The object's name at that time.
    pub object_name: String,
    /// Names of the changed fields, never their values.
    pub fields: Vec<&'static str>,
}

/// Through what the change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The command line.
    CommandLine,
    /// The token service.
    Service,
}

impl Via {
    /// The word in outputs and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine => "cli",
            Self::Service => "serve",
        }
    }
}

/// Who made a change, as far as the machine can tell. `claimed` fields come from the environment and prove nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Through what.
    pub via: Via,
    /// The real user id of the process.
    pub uid: Option<u32>,
    /// The user id with which the person logged in, which `sudo` does not change.
    pub login_uid: Option<u32>,
    /// `SUDO_USER`, claimed.
    pub sudo_user: Option<String>,
    /// The terminal's device.
    pub terminal: Option<String>,
    /// The machine's name.
    pub host: Option<String>,
    /// The CI job's address, claimed.
    pub ci_job: Option<String>,
}

/// A sealed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// 1, 2, 3, … without gap.
    pub sequence: i64,
    /// Scheme of the canonical bytes.
    pub scheme: i64,
    /// When, by the clock of the machine that wrote it.
    pub at: Timestamp,
    /// The run of a command that it belongs to.
    pub operation: String,
    /// `key.create` and the like.
    pub event: String,
    /// The object's id.
    pub object_id: String,
    /// The object's name at that time.
    pub object_name: String,
    /// Names of the changed fields, joined by a comma.
    pub fields: String,
    /// What `--reason` said.
    pub reason: Option<String>,
    /// `cli` or `serve`.
    pub via: String,
    /// The real user id.
    pub uid: Option<i64>,
    /// The login user id.
    pub login_uid: Option<i64>,
    /// `SUDO_USER`, claimed.
    pub sudo_user: Option<String>,
    /// The terminal's device.
    pub terminal: Option<String>,
    /// The machine's name.
    pub host: Option<String>,
    /// The CI job's address, claimed.
    pub ci_job: Option<String>,
    /// The program's version.
    pub version: String,
    /// Hash of the row before; for the first row, of the store's identity.
    pub previous: [u8; 32],
    /// Hash of this row's canonical bytes.
    pub hash: [u8; 32],
}

/// Everything of a row but its place in the chain.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// When.
    pub at: Timestamp,
    /// Which run of a command.
    pub operation: &'a OperationId,
    /// Who.
    pub actor: &'a Actor,
    /// What `--reason` said.
    pub reason: Option<&'a Text>,
    /// What happened.
    pub event: &'a Event,
}

impl Record {
    /// The record that a draft becomes at this place of the chain; its hash is still to be computed.
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

    /// The bytes that are hashed: a label with the scheme, then every field in this order, each text with its length
    /// in front, each absent one as the length `u32::MAX`. Two different rows never give the same bytes.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        fn text(bytes: &mut Vec<u8>, value: Option<&str>) {
            // A field is far shorter than 4 GiB; one that were not would only fail to verify.
            let length = value.map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap_or(u32::MAX - 1));
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        }
        fn number(bytes: &mut Vec<u8>, value: Option<i64>) {
            bytes.push(u8::from(value.is_some()));
            bytes.extend_from_slice(&value.unwrap_or_default().to_be_bytes());
        }
        let mut bytes = b"apiconn audit ".to_vec();
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

/// The anchor to keep elsewhere: `STORE_ID:SEQUENCE:HASH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which store.
    pub store_id: String,
    /// The last row's number.
    pub sequence: i64,
    /// The last row's hash, as 64 hexadecimal digits.
    pub hash: String,
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.store_id, self.sequence, self.hash)
    }
}

impl std::str::FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unclear = || "a head is what `apiconn audit head` printed: STORE_ID:SEQUENCE:HASH".to_owned();
        let mut parts = text.trim().split(':');
        let (Some(store_id), Some(sequence), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unclear());
        };
        let sequence: i64 = sequence.parse().map_err(|_| unclear())?;
        if sequence < 1
            || store_id.is_empty()
            || hash.len() != 64
            || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(unclear());
        }
        Ok(Self { store_id: store_id.to_owned(), sequence, hash: hash.to_ascii_lowercase() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            verb: Verb::Create,
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
    fn no_two_rows_share_their_bytes() {
        let base = record().canonical_bytes();
        let mut moved = record();
        moved.object_id.push('e');
        moved.object_name = "rp-sync".to_owned();
        let mut absent = record();
        absent.reason = Some(String::new());
        let mut relabelled = record();
        relabelled.scheme = 0;
        for other in [moved, absent, relabelled] {
            assert_ne!(other.canonical_bytes(), base);
        }
    }

    #[test]
    fn a_head_reads_what_it_writes() {
        let head = Head { store_id: "s1".to_owned(), sequence: 7, hash: "ab".repeat(32) };
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        for text in [
            "",
            "a:b",
            "a:1:zz",
            &format!("s1:0:{}", "ab".repeat(32)),
            &format!("s1:-1:{}", "ab".repeat(32)),
            "s1:7:abcd:x",
            &format!(":1:{}", "ab".repeat(32)),
        ] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }
}
