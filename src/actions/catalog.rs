//! Declaring scopes, keeping permission groups.

use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::catalog::{Group, ScopeEntry};
use crate::domain::client::HeldGroup;
use crate::domain::name::{Name, Text};
use crate::domain::scope::{OWN_PREFIX, Scope, ScopeSet};
use crate::store::ReadTx;

use crate::actions::clients::Patch;
use crate::actions::{ActionError, Change, Named};
use crate::domain::suggest::near;

/// Refuses scopes that are not declared, once any is. The program's own are always known.
///
/// # Errors
/// Names the first unknown scope and those it may have meant.
pub fn check_known(read: &dyn ReadTx, scopes: &ScopeSet) -> Result<(), ActionError> {
    let declared = read.scopes()?;
    let unknown = scopes.iter().find(|scope| {
        let known = declared.is_empty() && !scope.is_reserved()
            || scope.is_built_in()
            || declared.iter().any(|entry| entry.scope == **scope);
        !known
    });
    let Some(scope) = unknown else { return Ok(()) };
    let names = declared.iter().map(|entry| entry.scope.to_string());
    let near = near(scope.as_str(), names.chain([crate::domain::scope::INTROSPECT.to_owned()]));
    Err(ActionError::UnknownScope { scope: scope.to_string(), near })
}

fn find_scope(read: &dyn ReadTx, scope: &Scope) -> Result<ScopeEntry, ActionError> {
    let declared = read.scopes()?;
    let names: Vec<String> = declared.iter().map(|entry| entry.scope.to_string()).collect();
    declared.into_iter().find(|entry| entry.scope == *scope).ok_or_else(|| ActionError::NotFound {
        noun: "scope",
        handle: scope.to_string(),
        near: near(scope.as_str(), names),
    })
}

/// Declares a scope. Declared with the same description already is no change.
///
/// # Errors
/// Refuses a scope that is declared with another description, and those kept for the program.
pub fn add_scope(
    change: &mut Change<'_>,
    scope: Scope,
    description: Text,
) -> Result<ScopeEntry, ActionError> {
    if scope.is_reserved() {
        return Err(ActionError::Invalid(format!(
            "scopes that begin with {OWN_PREFIX} are apiconn's own and need no declaration"
        )));
    }
    if let Some(entry) = change.read().scopes()?.into_iter().find(|entry| entry.scope == scope) {
        if entry.description == description {
            return Ok(entry);
        }
        return Err(ActionError::NameTaken {
            noun: Named::Scope,
            name: scope.to_string(),
            holder: format!("\"{}\"", entry.description),
        });
    }
    let entry = ScopeEntry { scope, description, created_at: change.now() };
    change.write().insert_scope(&entry)?;
    change.record(ObjectKind::Scope, Verb::Create, &entry.scope, &entry.scope, vec!["description"]);
    Ok(entry)
}

/// Gives a scope another description.
///
/// # Errors
/// Fails where the scope is not declared.
pub fn edit_scope(
    change: &mut Change<'_>,
    scope: &Scope,
    description: Text,
) -> Result<ScopeEntry, ActionError> {
    let mut entry = find_scope(change.read(), scope)?;
    if entry.description != description {
        change.write().set_scope_description(scope, &description)?;
        change.record(ObjectKind::Scope, Verb::Edit, scope, scope, vec!["description"]);
        entry.description = description;
    }
    Ok(entry)
}

/// Takes a scope out of the catalog.
///
/// # Errors
/// Refuses while anything holds it.
pub fn remove_scope(change: &mut Change<'_>, scope: &Scope) -> Result<ScopeEntry, ActionError> {
    let entry = find_scope(change.read(), scope)?;
    let holders = change.read().scope_holders(scope)?;
    if !holders.is_none() {
        return Err(ActionError::InUse { noun: "scope", name: scope.to_string(), holders });
    }
    change.write().delete_scope(scope)?;
    change.record(ObjectKind::Scope, Verb::Remove, scope, scope, vec![]);
    Ok(entry)
}

/// The group of that name.
///
/// # Errors
/// Says what may have been meant where there is none.
pub fn find_group(read: &dyn ReadTx, name: &Name) -> Result<Group, ActionError> {
    if let Some(group) = read.group(name)? {
        return Ok(group);
    }
    Err(unknown_group(name, read.held_groups()?.into_iter().map(|group| group.name)))
}

/// What a key or consumer holds of the group of that name, without counting who else holds it.
///
/// # Errors
/// As [`find_group`].
pub fn held_group(read: &dyn ReadTx, name: &Name) -> Result<HeldGroup, ActionError> {
    let mut groups = read.held_groups()?;
    match groups.iter().position(|group| group.name == *name) {
        Some(at) => Ok(groups.swap_remove(at)),
        None => Err(unknown_group(name, groups.into_iter().map(|group| group.name))),
    }
}

fn unknown_group(name: &Name, others: impl Iterator<Item = Name>) -> ActionError {
    let names = others.map(|other| other.to_string());
    ActionError::NotFound { noun: "group", handle: name.to_string(), near: near(name.as_str(), names) }
}

/// Adds a group. The same group already is no change.
///
/// # Errors
/// Refuses a taken name and unknown scopes.
pub fn add_group(
    change: &mut Change<'_>,
    name: Name,
    description: Option<Text>,
    scopes: ScopeSet,
) -> Result<Group, ActionError> {
    check_known(change.read(), &scopes)?;
    if let Some(group) = change.read().group(&name)? {
        if group.scopes == scopes && group.description == description {
            return Ok(group);
        }
        return Err(ActionError::NameTaken {
            noun: Named::Group,
            name: name.to_string(),
            holder: format!("with {}", shown(&group.scopes)),
        });
    }
    let group = Group { name, description, scopes, created_at: change.now(), members: 0 };
    change.write().insert_group(&group)?;
    change.record(ObjectKind::Group, Verb::Create, &group.name, &group.name, vec!["scope", "description"]);
    Ok(group)
}

fn shown(scopes: &ScopeSet) -> String {
    if scopes.is_empty() { "no scopes".to_owned() } else { scopes.to_string() }
}

/// What to change in a group.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    /// Scopes to add.
    pub add: ScopeSet,
    /// Scopes to take out.
    pub remove: ScopeSet,
    /// Another description, or none.
    pub description: Patch<Text>,
}

/// Changes a group. Everyone in it holds the new set from the next request on.
///
/// # Errors
/// Fails where there is no such group; refuses unknown scopes.
pub fn edit_group(change: &mut Change<'_>, name: &Name, edit: &GroupEdit) -> Result<Group, ActionError> {
    check_known(change.read(), &edit.add)?;
    let before = find_group(change.read(), name)?;
    check_known(change.read(), &edit.remove.without(&before.scopes))?;
    let mut after = before.clone();
    after.scopes = before.scopes.union(&edit.add).without(&edit.remove);
    edit.description.apply(&mut after.description);
    let mut fields = Vec::new();
    if after.scopes != before.scopes {
        fields.push("scope");
    }
    if after.description != before.description {
        fields.push("description");
    }
    if !fields.is_empty() {
        change.write().update_group(name, after.description.as_ref(), &after.scopes)?;
        change.record(ObjectKind::Group, Verb::Edit, name, name, fields);
    }
    Ok(after)
}

/// Takes a group out.
///
/// # Errors
/// Refuses while a key or consumer holds it.
pub fn remove_group(change: &mut Change<'_>, name: &Name) -> Result<Group, ActionError> {
    let group = find_group(change.read(), name)?;
    if group.members > 0 {
        let holders = change.read().group_holders(name)?;
        return Err(ActionError::InUse { noun: "group", name: name.to_string(), holders });
    }
    change.write().delete_group(name)?;
    change.record(ObjectKind::Group, Verb::Remove, name, name, vec![]);
    Ok(group)
}
