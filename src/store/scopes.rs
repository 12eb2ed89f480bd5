//! Declared scopes and their descriptions.

use crate::domain::name::Text;
use crate::domain::scope::Scope;
use crate::domain::scope::ScopeEntry;

use crate::store::error::StoreError;
use crate::store::holders::Holders;

/// Reads of declared scopes.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ScopeReads {
    /// Returns all declared scopes, ordered by name.
    fn scopes(&self) -> Result<Vec<ScopeEntry>, StoreError>;
    /// Counts the objects that hold the scope directly.
    fn scope_holders(&self, scope: &Scope) -> Result<Holders, StoreError>;
}

/// Changes of declared scopes.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ScopeWrites {
    /// Declares a scope that is not declared yet.
    fn insert_scope(&mut self, entry: &ScopeEntry) -> Result<(), StoreError>;
    /// Replaces the description of a declared scope.
    fn set_scope_description(&mut self, scope: &Scope, description: &Text) -> Result<(), StoreError>;
    /// Removes the declaration of a scope.
    fn delete_scope(&mut self, scope: &Scope) -> Result<(), StoreError>;
}
