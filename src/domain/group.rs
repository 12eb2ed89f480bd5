//! Permission groups: named sets of scopes.

use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

/// A named set of scopes that keys and consumers can share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: Name,
    /// The purpose of the group, for people.
    pub description: Option<Text>,
    pub scopes: ScopeSet,
    pub created_at: Timestamp,
    /// The number of keys and consumers in the group that are not revoked.
    pub members: i64,
}

/// The name and the scopes of a group, without the number of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupScopes {
    pub name: Name,
    pub scopes: ScopeSet,
}
