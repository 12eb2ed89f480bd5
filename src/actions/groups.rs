//! Permission groups: adding, changing and removing them.

use crate::actions::scopes::ensure_declared;
use crate::actions::{ActionError, Change, Namespace, Patch};
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::group::{Group, GroupScopes};
use crate::domain::id::ClientKind;
use crate::domain::introspection::may_have;
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::suggest::near;
use crate::store::ReadTx;
use crate::store::holders::Holders;

/// Returns the group with this name.
///
/// # Errors
/// [`ActionError::NotFound`] with similar names if there is no such group; otherwise [`ActionError::Store`].
pub fn find(read: &dyn ReadTx, name: &Name) -> Result<Group, ActionError> {
    if let Some(group) = read.group(name)? {
        return Ok(group);
    }
    Err(unknown_group(name, read.group_scopes()?.into_iter().map(|group| group.name)))
}

/// Returns the scopes of the group with this name. Its members are not counted.
///
/// # Errors
/// [`ActionError::NotFound`] with similar names if there is no such group; otherwise [`ActionError::Store`].
pub fn scopes_of(read: &dyn ReadTx, name: &Name) -> Result<GroupScopes, ActionError> {
    let mut groups = read.group_scopes()?;
    match groups.iter().position(|group| group.name == *name) {
        Some(at) => Ok(groups.swap_remove(at)),
        None => Err(unknown_group(name, groups.into_iter().map(|group| group.name))),
    }
}

fn unknown_group(name: &Name, others: impl Iterator<Item = Name>) -> ActionError {
    let names = others.map(|other| other.to_string());
    ActionError::NotFound { noun: "group", handle: name.to_string(), near: near(name.as_str(), names) }
}

/// Adds a group. A group with the same properties is returned unchanged.
///
/// # Errors
/// [`ActionError::NameTaken`] if another group has the name; [`ActionError::UnknownScope`]; otherwise
/// [`ActionError::Store`].
pub fn add(
    change: &mut Change<'_>,
    name: Name,
    description: Option<Text>,
    scopes: ScopeSet,
) -> Result<Group, ActionError> {
    ensure_declared(change.read(), &scopes, ClientKind::Key)?;
    if let Some(group) = change.read().group(&name)? {
        if group.scopes == scopes && group.description == description {
            return Ok(group);
        }
        return Err(ActionError::NameTaken {
            noun: Namespace::Group,
            name: name.to_string(),
            holder: format!("with {}", shown(&group.scopes)),
        });
    }
    let group = Group { name, description, scopes, created_at: change.now(), members: 0 };
    change.write().insert_group(&group)?;
    change.record(
        ObjectKind::Group,
        AuditVerb::Create,
        &group.name,
        &group.name,
        vec!["scope", "description"],
    );
    Ok(group)
}

fn shown(scopes: &ScopeSet) -> String {
    if scopes.is_empty() { "no scopes".to_owned() } else { scopes.to_string() }
}

/// The changes to a group.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    pub add: ScopeSet,
    pub remove: ScopeSet,
    pub description: Patch<Text>,
}

/// Changes a group. The new scopes apply to its members from the next request on.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no such group; [`ActionError::UnknownScope`]; [`ActionError::GroupIntrospects`] if
/// a consumer in the group would get the scope for introspection; otherwise [`ActionError::Store`].
pub fn edit(change: &mut Change<'_>, name: &Name, edit: &GroupEdit) -> Result<Group, ActionError> {
    ensure_declared(change.read(), &edit.add, ClientKind::Key)?;
    let before = find(change.read(), name)?;
    ensure_declared(change.read(), &edit.remove.without(&before.scopes), ClientKind::Key)?;
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
    if !may_have(ClientKind::Consumer, &after.scopes) && may_have(ClientKind::Consumer, &before.scopes) {
        let consumers = change.read().group_holders(name)?.consumers;
        if consumers > 0 {
            let holders = Holders { consumers, ..Holders::default() };
            return Err(ActionError::GroupIntrospects { name: name.clone(), holders });
        }
    }
    if !fields.is_empty() {
        change.write().update_group(name, after.description.as_ref(), &after.scopes)?;
        change.record(ObjectKind::Group, AuditVerb::Edit, name, name, fields);
    }
    Ok(after)
}

/// Removes a group.
///
/// # Errors
/// [`ActionError::InUse`] if a key or consumer is in the group; [`ActionError::NotFound`] if there is no such group;
/// otherwise [`ActionError::Store`].
pub fn remove(change: &mut Change<'_>, name: &Name) -> Result<Group, ActionError> {
    let group = find(change.read(), name)?;
    if group.members > 0 {
        let holders = change.read().group_holders(name)?;
        return Err(ActionError::InUse { noun: "group", name: name.to_string(), holders });
    }
    change.write().delete_group(name)?;
    change.record(ObjectKind::Group, AuditVerb::Remove, name, name, vec![]);
    Ok(group)
}
