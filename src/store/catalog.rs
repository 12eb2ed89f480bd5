//! Declared scopes and permission groups in the store.

use crate::domain::group::Group;
use crate::domain::group::GroupScopes;
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeEntry;
use crate::domain::scope::{Scope, ScopeSet};

use crate::store::StoreError;

/// What still holds a scope or a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Keys that are not revoked.
    pub keys: i64,
    /// Consumers that are not revoked.
    pub consumers: i64,
    /// Permission groups.
    pub groups: i64,
    /// Grants in force.
    pub grants: i64,
}

impl Holders {
    /// Whether nothing holds it.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.keys == 0 && self.consumers == 0 && self.groups == 0 && self.grants == 0
    }
}

impl std::fmt::Display for Holders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = [
            (self.keys, "key"),
            (self.consumers, "consumer"),
            (self.groups, "group"),
            (self.grants, "grant"),
        ];
        let mut separator = "";
        for (count, noun) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {noun}{}", if count == 1 { "" } else { "s" })?;
            separator = ", ";
        }
        Ok(())
    }
}

/// Reads of the catalog. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CatalogReads {
    /// All declared scopes, by name.
    fn scopes(&self) -> Result<Vec<ScopeEntry>, StoreError>;
    /// What still holds this scope directly.
    fn scope_holders(&self, scope: &Scope) -> Result<Holders, StoreError>;
    /// All groups by name, as clients hold them: nothing is counted.
    fn group_scopes(&self) -> Result<Vec<GroupScopes>, StoreError>;
    /// All groups, by name.
    fn groups(&self) -> Result<Vec<Group>, StoreError>;
    /// Which keys and consumers that are not revoked hold this group.
    fn group_holders(&self, name: &Name) -> Result<Holders, StoreError>;
    /// The group of that name.
    fn group(&self, name: &Name) -> Result<Option<Group>, StoreError>;
}

/// Changes of the catalog. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CatalogWrites {
    /// Declares a scope that is not declared yet.
    fn insert_scope(&mut self, entry: &ScopeEntry) -> Result<(), StoreError>;
    /// Gives a declared scope another description.
    fn set_scope_description(&mut self, scope: &Scope, description: &Text) -> Result<(), StoreError>;
    /// Takes a scope out of the catalog.
    fn delete_scope(&mut self, scope: &Scope) -> Result<(), StoreError>;
    /// Adds a group whose name is free.
    fn insert_group(&mut self, group: &Group) -> Result<(), StoreError>;
    /// Gives a group another description and other scopes.
    fn update_group(
        &mut self,
        name: &Name,
        description: Option<&Text>,
        scopes: &ScopeSet,
    ) -> Result<(), StoreError>;
    /// Takes a group out that nobody holds.
    fn delete_group(&mut self, name: &Name) -> Result<(), StoreError>;
}
