//! Scopes: declaring, describing and removing them.

use crate::actions::{ActionError, Change, Namespace};
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::id::ClientKind;
use crate::domain::name::Text;
use crate::domain::scope::{INTROSPECT, OWN_PREFIX, Scope, ScopeEntry, ScopeSet};
use crate::domain::suggest::near;
use crate::store::ReadTx;

/// Refuses undeclared scopes. If no scope is declared, every scope is accepted except unknown ones with the reserved
/// prefix. The scopes of the program need no declaration. `kind` is the kind of the client that would get the scopes.
///
/// # Errors
/// [`ActionError::UnknownScope`] for the first undeclared scope, or [`ActionError::ScopesJoined`] if it contains declared
/// ones; otherwise [`ActionError::Store`].
pub fn ensure_declared(read: &dyn ReadTx, scopes: &ScopeSet, kind: ClientKind) -> Result<(), ActionError> {
    let declared = read.scopes()?;
    let unknown = scopes.iter().find(|scope| {
        let known = declared.is_empty() && !scope.is_reserved()
            || scope.is_built_in()
            || declared.iter().any(|entry| entry.scope == **scope);
        !known
    });
    let Some(scope) = unknown else { return Ok(()) };
    let names = || declared.iter().map(|entry| entry.scope.to_string());
    let parts: Vec<String> = names().filter(|name| scope.parts().any(|part| part == name)).collect();
    if !parts.is_empty() {
        return Err(ActionError::ScopesJoined { scope: scope.clone(), parts });
    }
    // Only keys can have it.
    let introspect = (kind == ClientKind::Key).then(|| INTROSPECT.to_owned());
    let near = near(scope.as_str(), names().chain(introspect));
    Err(ActionError::UnknownScope { scope: scope.clone(), near })
}

fn find(read: &dyn ReadTx, scope: &Scope) -> Result<ScopeEntry, ActionError> {
    let declared = read.scopes()?;
    let names: Vec<String> = declared.iter().map(|entry| entry.scope.to_string()).collect();
    declared.into_iter().find(|entry| entry.scope == *scope).ok_or_else(|| ActionError::NotFound {
        noun: "scope",
        handle: scope.to_string(),
        near: near(scope.as_str(), names),
    })
}

/// Declares a scope. A scope that is declared with the same description is returned unchanged.
///
/// # Errors
/// [`ActionError::NameTaken`] if the scope is declared with another description; [`ActionError::Invalid`] if its prefix is
/// reserved; otherwise [`ActionError::Store`].
pub fn add(change: &mut Change<'_>, scope: Scope, description: Text) -> Result<ScopeEntry, ActionError> {
    if scope.is_reserved() {
        return Err(ActionError::Invalid(format!(
            "scopes that begin with {OWN_PREFIX} belong to the program and need no declaration"
        )));
    }
    if let Some(entry) = change.read().scopes()?.into_iter().find(|entry| entry.scope == scope) {
        if entry.description == description {
            return Ok(entry);
        }
        return Err(ActionError::NameTaken {
            noun: Namespace::Scope,
            name: scope.to_string(),
            holder: format!("\"{}\"", entry.description),
        });
    }
    let entry = ScopeEntry { scope, description, created_at: change.now() };
    change.write().insert_scope(&entry)?;
    change.record(ObjectKind::Scope, AuditVerb::Create, &entry.scope, &entry.scope, vec!["description"]);
    Ok(entry)
}

/// Changes the description of a scope.
///
/// # Errors
/// [`ActionError::NotFound`] if the scope is not declared; otherwise [`ActionError::Store`].
pub fn edit(change: &mut Change<'_>, scope: &Scope, description: Text) -> Result<ScopeEntry, ActionError> {
    let mut entry = find(change.read(), scope)?;
    if entry.description != description {
        change.write().set_scope_description(scope, &description)?;
        change.record(ObjectKind::Scope, AuditVerb::Edit, scope, scope, vec!["description"]);
        entry.description = description;
    }
    Ok(entry)
}

/// Removes the declaration of a scope.
///
/// # Errors
/// [`ActionError::InUse`] if a client, group or grant has the scope; [`ActionError::NotFound`] if it is not declared;
/// otherwise [`ActionError::Store`].
pub fn remove(change: &mut Change<'_>, scope: &Scope) -> Result<ScopeEntry, ActionError> {
    let entry = find(change.read(), scope)?;
    let holders = change.read().scope_holders(scope)?;
    if !holders.is_none() {
        return Err(ActionError::InUse { noun: "scope", name: scope.to_string(), holders });
    }
    change.write().delete_scope(scope)?;
    change.record(ObjectKind::Scope, AuditVerb::Remove, scope, scope, vec![]);
    Ok(entry)
}
