//! Users: adding, disabling and offboarding them, and setting passwords.

use crate::credentials::mint;
use crate::domain::State;
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::name::{Name, Text};
use crate::domain::page::{GrantFilter, StateFilter};
use crate::domain::user::User;
use crate::store::Match;

use crate::actions::{ActionError, Change, Namespace, grants};

/// The properties of a new user. The caller hashes the password, because hashing takes longer than a write transaction
/// may last.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The name for commands and for signing in.
    pub username: Name,
    pub display_name: Option<Text>,
    pub email: Option<Text>,
    /// The PHC string of the password.
    pub password_hash: String,
}

/// Adds a user.
///
/// # Errors
/// [`ActionError::NameTaken`] if another user has the name; otherwise [`ActionError::Store`].
pub fn add(change: &mut Change<'_>, new: NewUser) -> Result<User, ActionError> {
    if let Match::One(holder) = change.read().find_user(&Handle::Name(new.username.clone()))? {
        return Err(ActionError::NameTaken {
            noun: Namespace::User,
            name: new.username.to_string(),
            holder: holder.id.to_string(),
        });
    }
    let user = User {
        id: UserId::from_random(&mint::id(change.random())),
        username: new.username,
        display_name: new.display_name,
        email: new.email,
        disabled_at: None,
        created_at: change.now(),
    };
    change.write().insert_user(&user, &new.password_hash)?;
    change.record(
        ObjectKind::User,
        AuditVerb::Create,
        &user.id,
        &user.username,
        vec!["name", "email", "password"],
    );
    Ok(user)
}

/// Sets the password of a user, given as a PHC string.
///
/// # Errors
/// [`ActionError::NotFound`] or [`ActionError::Ambiguous`] if the handle does not identify one user; otherwise
/// [`ActionError::Store`].
pub fn set_password(
    change: &mut Change<'_>,
    handle: &Handle,
    password_hash: &str,
) -> Result<User, ActionError> {
    let user = crate::actions::resolve::user(change.read(), handle)?;
    change.write().set_password_hash(&user.id, password_hash)?;
    change.record(ObjectKind::User, AuditVerb::SetPassword, &user.id, &user.username, vec!["password"]);
    Ok(user)
}

/// Enables or disables a user. Returns false if the user already has that state. The grants of a disabled user are not
/// accepted.
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn set_enabled(change: &mut Change<'_>, user: &mut User, enabled: bool) -> Result<bool, ActionError> {
    if (user.state() == State::Active) == enabled {
        return Ok(false);
    }
    let (since, verb) =
        if enabled { (None, AuditVerb::Enable) } else { (Some(change.now()), AuditVerb::Disable) };
    if !enabled {
        change.require_reason()?;
    }
    change.write().set_user_disabled(&user.id, since.is_some())?;
    change.record(ObjectKind::User, verb, &user.id, &user.username, vec!["state"]);
    user.disabled_at = since;
    Ok(true)
}

/// Disables a user and revokes every grant of the user. Returns false if nothing had to be changed.
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn offboard(change: &mut Change<'_>, user: &mut User) -> Result<bool, ActionError> {
    let mut changed = set_enabled(change, user, false)?;
    let filter = GrantFilter {
        state: StateFilter::Only(State::Active),
        user: Some(user.id.clone()),
        client: None,
        scope: None,
        unused_since: None,
        name_glob: None,
    };
    for mut grant in grants::all_matching(change.read(), &filter)? {
        changed |= grants::revoke(change, &mut grant)?;
    }
    Ok(changed)
}
