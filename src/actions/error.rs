//! Why an action was not done. Typed, so that each is mapped once to an exit code or an HTTP answer.

use crate::credentials::mint::NoRandom;
use crate::credentials::password::HashFailed;
use crate::domain::handle::Noun;
use crate::domain::id::ClientKind;
use crate::domain::name::Name;
use crate::domain::time::{Span, Timestamp};
use crate::store::StoreError;
use crate::store::holders::Holders;

/// An object that an ambiguous or mistyped handle may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What to type instead.
    pub handle: String,
    /// What it is.
    pub label: String,
}

/// What has a name that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A key or consumer.
    Client(ClientKind),
    /// A user.
    User,
    /// A declared scope.
    Scope,
    /// A permission group.
    Group,
}

impl Named {
    /// The noun in commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client(kind) => kind.noun(),
            Self::User => "user",
            Self::Scope => "scope",
            Self::Group => "group",
        }
    }

    /// What is in front of the holder in a sentence: an id, or for what has none a description.
    const fn before_holder(self) -> &'static str {
        match self {
            Self::Client(_) | Self::User => self.as_str(),
            Self::Scope => "the declared scope",
            Self::Group => "the group",
        }
    }
}

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no randomness.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// No such object.
    #[error("there is no {noun} \"{handle}\"")]
    NotFound {
        /// What was looked for.
        noun: &'static str,
        /// By which handle.
        handle: String,
        /// What may have been meant.
        near: Vec<String>,
    },
    /// The beginning of an id that several objects share.
    #[error("\"{handle}\" is the beginning of several {} ids", .noun.as_str())]
    Ambiguous {
        /// What was looked for.
        noun: Noun,
        /// By which handle.
        handle: String,
        /// Which objects.
        candidates: Vec<Candidate>,
    },
    /// A name that another object has.
    #[error("the name \"{name}\" is taken by {} {holder}", .noun.before_holder())]
    NameTaken {
        /// Of which kind both are.
        noun: Named,
        /// The name.
        name: String,
        /// Who has it.
        holder: String,
    },
    /// The object is being made by another run, whose secret is on its way.
    #[error("{noun} \"{name}\" is being made: its secret has not been handed over yet")]
    UnderWay {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
    },
    /// Scopes that nobody declared.
    #[error("the scope \"{scope}\" is not declared")]
    UnknownScope {
        /// Which scope.
        scope: String,
        /// What may have been meant.
        near: Vec<String>,
    },
    /// The object was changed after it was looked at.
    #[error(
        "{noun} \"{name}\" is at revision {found}, not {expected}{}",
        if found > expected { ": somebody changed it meanwhile" } else { "" }
    )]
    Stale {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
        /// The revision that was named.
        expected: i64,
        /// The revision that it has.
        found: i64,
    },
    /// Something still needs the object.
    #[error("{noun} \"{name}\" is still held by {holders}")]
    InUse {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: String,
        /// By what.
        holders: Holders,
    },
    /// The object is ended for good.
    #[error("{noun} \"{name}\" was revoked, and what is revoked does not change")]
    Ended {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
    },
    /// The client has expired.
    #[error("{noun} \"{name}\" expired at {}; a rotation would not bring it back", .at.to_rfc3339())]
    Expired {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
        /// When it did.
        at: Timestamp,
    },
    /// The client has no secret to rotate.
    #[error("consumer \"{name}\" is public: it has no secret")]
    Public {
        /// Its name.
        name: Name,
    },
    /// Two secrets are live and the newest is in use.
    #[error("{noun} \"{name}\" has two live secrets already, and the newest is in use")]
    TwoSecrets {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
        /// When the older one ends, if it does.
        older_ends: Option<Timestamp>,
    },
    /// The user is switched off.
    #[error("user \"{name}\" is disabled")]
    UserDisabled {
        /// Their name.
        name: Name,
    },
    /// The consumer does not act for users.
    #[error("consumer \"{name}\" does not use authorization_code, so no user can authorize it")]
    NotForUsers {
        /// Its name.
        name: Name,
    },
    /// The scopes go beyond what the consumer holds.
    #[error("consumer \"{name}\" does not hold {scopes}")]
    BeyondConsumer {
        /// Its name.
        name: Name,
        /// Which scopes.
        scopes: String,
    },
    /// A key would live longer than the base allows.
    #[error("a key may live {max} at most")]
    BeyondMaximum {
        /// The setting `key_max_lifetime`.
        max: Span,
    },
    /// The base wants a reason for this.
    #[error("this base wants a reason where something is ended or disabled")]
    ReasonRequired,
    /// The words contradict each other or the rules.
    #[error("{0}")]
    Invalid(String),
    /// The secret was minted, but another process ended it before it was delivered.
    #[error("{noun} \"{name}\" was changed by another process before its secret could be handed over")]
    Overtaken {
        /// Of which kind it is.
        noun: &'static str,
        /// Its name.
        name: Name,
    },
}
