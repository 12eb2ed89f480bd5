//! Permission groups: named sets of scopes.

use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

/// A permission group: a named set of scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The handle.
    pub name: Name,
    /// What it is for.
    pub description: Option<Text>,
    /// What it contains.
    pub scopes: ScopeSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many keys and consumers that are not revoked hold it.
    pub members: i64,
}

/// A permission group as a client holds it: its name and what it contains now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupScopes {
    /// The group's name.
    pub name: Name,
    /// What the group contains at this moment.
    pub scopes: ScopeSet,
}
