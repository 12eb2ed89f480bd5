//! Permission groups of scopes.

use crate::domain::group::Group;
use crate::domain::group::GroupScopes;
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;

use crate::store::error::StoreError;
use crate::store::holders::Holders;

/// Reads of permission groups.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GroupReads {
    /// Returns name and scopes of all groups, ordered by name. Cheaper than [`GroupReads::groups`], which counts members.
    fn group_scopes(&self) -> Result<Vec<GroupScopes>, StoreError>;
    /// Returns all groups, ordered by name.
    fn groups(&self) -> Result<Vec<Group>, StoreError>;
    /// Returns the group with this name.
    fn group(&self, name: &Name) -> Result<Option<Group>, StoreError>;
    /// Counts the keys and consumers that hold the group and are not revoked.
    fn group_holders(&self, name: &Name) -> Result<Holders, StoreError>;
}

/// Changes of permission groups.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GroupWrites {
    /// Adds a group whose name is free.
    fn insert_group(&mut self, group: &Group) -> Result<(), StoreError>;
    /// Replaces description and scopes of a group.
    fn update_group(
        &mut self,
        name: &Name,
        description: Option<&Text>,
        scopes: &ScopeSet,
    ) -> Result<(), StoreError>;
    /// Deletes a group that only revoked clients hold, and takes it from them.
    fn delete_group(&mut self, name: &Name) -> Result<(), StoreError>;
}
