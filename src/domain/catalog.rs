//! Declared scopes and permission groups.

use crate::domain::name::{Name, Text};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::time::Timestamp;

/// A declared scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// The scope-token.
    pub scope: Scope,
    /// What it allows, in words that a consent page can show.
    pub description: Text,
    /// When it was declared.
    pub created_at: Timestamp,
}

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
