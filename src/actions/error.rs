//! Errors of actions. Each variant is mapped to an exit code or to an HTTP response in one place.

use crate::credentials::mint::RandomError;
use crate::credentials::password::HashError;
use crate::domain::handle::{HandleError, Noun};
use crate::domain::id::ClientKind;
use crate::domain::name::Name;
use crate::domain::scope::{INTROSPECT, Scope, ScopeSet};
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::holders::Holders;

/// An object that an ambiguous handle may refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleMatch {
    /// The complete id of the object.
    pub handle: String,
    /// The name of the object.
    pub label: String,
}

/// A kind of object within which names are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The keys or the consumers.
    Client(ClientKind),
    User,
    Scope,
    Group,
}

impl Namespace {
    /// Returns the noun in commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client(kind) => kind.noun(),
            Self::User => "user",
            Self::Scope => "scope",
            Self::Group => "group",
        }
    }

    /// Returns the words that precede the holder of a name in a sentence.
    const fn before_holder(self) -> &'static str {
        match self {
            Self::Client(_) | Self::User => self.as_str(),
            Self::Scope => "the declared scope",
            Self::Group => "the group",
        }
    }
}

/// The reason why an action failed.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No client has the handle as its id or name, and it has the prefix of an id.
    #[error(transparent)]
    Handle(#[from] HandleError),
    #[error("there is no {noun} \"{handle}\"")]
    NotFound {
        noun: &'static str,
        handle: String,
        /// Similar names, best first.
        near: Vec<String>,
    },
    /// Several ids begin with the handle.
    #[error("\"{handle}\" is a prefix of several {} ids", .noun.as_str())]
    Ambiguous { noun: Noun, handle: String, candidates: Vec<HandleMatch> },
    /// The handle is the name of one client and the id of another.
    #[error(
        "\"{0}\" is the name of {1} {2} and the id of {1} {3}",
        .identified.handle, .noun.as_str(), .named.handle, .identified.label
    )]
    NameAndId {
        noun: Noun,
        /// The client with that name. Its id identifies it.
        named: HandleMatch,
        /// The client with that id. Its name identifies it.
        identified: HandleMatch,
    },
    /// Another object has the name.
    #[error("the name \"{name}\" is taken by {} {holder}", .noun.before_holder())]
    NameTaken {
        noun: Namespace,
        name: String,
        /// The id or the description of that object.
        holder: String,
    },
    /// Another process is creating the client and has not delivered its secret yet.
    #[error("{noun} \"{name}\" is being created: its secret has not been delivered yet")]
    UnderWay { noun: &'static str, name: Name },
    /// The scope is not declared.
    #[error("the scope \"{scope}\" is not declared")]
    UnknownScope {
        scope: Scope,
        /// Similar names, best first.
        near: Vec<String>,
    },
    /// Several scopes were given as one.
    #[error("the scope \"{scope}\" is not declared")]
    ScopesJoined {
        scope: Scope,
        /// The declared scopes in it.
        parts: Vec<String>,
    },
    /// The object has another revision than the one that the change is based on.
    #[error(
        "{noun} \"{name}\" is at revision {actual}, not {expected}{}",
        if actual > expected { ": it was changed in the meantime" } else { "" }
    )]
    Stale {
        noun: &'static str,
        name: Name,
        /// The revision that the change is based on.
        expected: i64,
        /// The revision of the stored object.
        actual: i64,
    },
    /// Other objects refer to the object.
    #[error("{noun} \"{name}\" is in use by {holders}")]
    InUse { noun: &'static str, name: String, holders: Holders },
    /// The object is revoked.
    #[error("{noun} \"{name}\" was revoked and cannot be changed")]
    Ended { noun: &'static str, name: Name },
    /// The client has expired.
    #[error("{noun} \"{name}\" expired at {}, so a new secret would be refused", .at.to_rfc3339())]
    Expired { noun: &'static str, name: Name, at: Timestamp },
    /// The client has no secret to rotate.
    #[error("consumer \"{name}\" is public: it has no secret")]
    Public { name: Name },
    /// Two secrets are valid and the newest is in use.
    #[error("{noun} \"{name}\" has two valid secrets, and the newest is in use")]
    TwoSecrets {
        noun: &'static str,
        name: Name,
        /// The expiry of the older one.
        older_ends: Option<Timestamp>,
    },
    #[error("user \"{name}\" is disabled")]
    UserDisabled { name: Name },
    /// The consumer does not use `authorization_code`.
    #[error("consumer \"{name}\" does not use authorization_code, so no user can authorize it")]
    NotForUsers { name: Name },
    /// The consumer does not have the scopes.
    #[error("consumer \"{name}\" does not have {scopes}")]
    BeyondConsumer { name: Name, scopes: ScopeSet },
    /// A key would live longer than the settings allow.
    #[error("the maximum lifetime of a key is {max}")]
    BeyondMaximum { max: Span },
    /// The base requires a reason for this change.
    #[error("this base requires a reason for revoking and disabling")]
    ReasonRequired,
    /// A consumer would get the scope for introspection, directly or by the group.
    #[error(
        "a consumer cannot have {INTROSPECT}{}: it belongs to a third party, and would see the tokens of every client",
        .group.as_ref().map_or_else(String::new, |group| format!(", which the group \"{group}\" has"))
    )]
    ConsumerIntrospects {
        /// The group that has the scope; `None` for the consumer's own scopes.
        group: Option<Name>,
    },
    /// Consumers are in the group that would get the scope for introspection.
    #[error("the group \"{name}\" cannot have {INTROSPECT}: only keys can, and the group has {holders}")]
    GroupIntrospects {
        name: Name,
        /// The consumers in the group.
        holders: Holders,
    },
    /// A client without scopes could not do anything.
    #[error("a {noun} without scopes could do nothing")]
    ScopesRequired { noun: &'static str },
    /// A grant without scopes would not allow anything.
    #[error("a grant without scopes would allow nothing")]
    GrantScopesRequired,
    /// The overlap of a rotation is too short.
    #[error("an overlap is at least {min}")]
    OverlapTooShort { min: Span },
    /// The values contradict each other or a rule.
    #[error("{0}")]
    Invalid(String),
    /// The object as it is stored does not allow the change.
    #[error("{why}")]
    Forbidden { noun: &'static str, name: Name, why: String },
    /// Another process ended the secret or its client before the secret was delivered.
    #[error("{noun} \"{name}\" was changed by another process before its secret could be delivered")]
    Overtaken { noun: &'static str, name: Name },
}
