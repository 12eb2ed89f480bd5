//! Audit events: an object and the change that was made to it.

use crate::domain::id::ClientKind;

/// The kind of object that a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// The base and its store.
    Base,
    Setting,
    Scope,
    Group,
    Key,
    Consumer,
    User,
    Grant,
    Token,
}

impl ObjectKind {
    /// Returns the noun in outputs and in the store.
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

impl From<ClientKind> for ObjectKind {
    fn from(kind: ClientKind) -> Self {
        match kind {
            ClientKind::Key => Self::Key,
            ClientKind::Consumer => Self::Consumer,
        }
    }
}

/// The change of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditVerb {
    /// The store was created.
    Init,
    Create,
    Edit,
    /// A second secret was minted.
    Rotate,
    /// A minted secret was delivered and is accepted from this moment on.
    Deliver,
    /// A minted secret could not be delivered and never becomes valid.
    Withdraw,
    Disable,
    Enable,
    Revoke,
    Remove,
    /// One secret was revoked by a caller that presented it.
    RevokeSecret,
    SetPassword,
    /// An authorization code was presented twice, and every token issued from it was ended.
    CodeReplayed,
    /// A used refresh token was presented again, and its family was ended.
    RefreshTokenReused,
}

impl AuditVerb {
    /// Returns the word in outputs and in the store.
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

/// One change of one object, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub object: ObjectKind,
    pub verb: AuditVerb,
    /// The object's id, or its name if objects of this kind have no id.
    pub object_id: String,
    /// The object's name at the moment of the change.
    pub object_name: String,
    /// The names of the changed fields, without their values.
    pub fields: Vec<&'static str>,
}
