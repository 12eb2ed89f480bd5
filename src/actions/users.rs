//! Users: adding them, their passwords, switching them off.

use crate::credentials::mint;
use crate::domain::State;
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::name::{Name, Text};
use crate::domain::page::{GrantFilter, StateFilter};
use crate::domain::user::User;
use crate::store::Match;

use crate::actions::{ActionError, Change, Named, grants};

/// What a new user is. The password comes hashed, since hashing takes longer than the write lock may be held.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The handle and sign-in name.
    pub username: Name,
    /// What people call them.
    pub display_name: Option<Text>,
    /// Where to reach them.
    pub email: Option<Text>,
    /// The PHC string of their password.
    pub password_hash: String,
}

/// Adds a user.
///
/// # Errors
/// Refuses a taken name.
pub fn add(change: &mut Change<'_>, new: NewUser) -> Result<User, ActionError> {
    if let Match::One(holder) = change.read().find_user(&Handle::Name(new.username.clone()))? {
        return Err(ActionError::NameTaken {
            noun: Named::User,
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
        Verb::Create,
        &user.id,
        &user.username,
        vec!["name", "email", "password"],
    );
    Ok(user)
}

/// Gives a user another password, which comes hashed.
///
/// # Errors
/// Fails where there is no such user.
pub fn set_password(
    change: &mut Change<'_>,
    handle: &Handle,
    password_hash: &str,
) -> Result<User, ActionError> {
    let user = crate::actions::resolve::user(change.read(), handle)?;
    change.write().set_password_hash(&user.id, password_hash)?;
    change.record(ObjectKind::User, Verb::SetPassword, &user.id, &user.username, vec!["password"]);
    Ok(user)
}

/// Switches a user off or on; true if they were not so already. While off, none of their grants is honoured.
///
/// # Errors
/// Asks for a reason where the base wants one.
pub fn switch(change: &mut Change<'_>, user: &mut User, on: bool) -> Result<bool, ActionError> {
    if (user.state() == State::Active) == on {
        return Ok(false);
    }
    let (since, verb) = if on { (None, Verb::Enable) } else { (Some(change.now()), Verb::Disable) };
    if !on {
        change.require_reason()?;
    }
    change.write().set_user_disabled(&user.id, since.is_some())?;
    change.record(ObjectKind::User, verb, &user.id, &user.username, vec!["state"]);
    user.disabled_at = since;
    Ok(true)
}

/// Switches a user off and ends every grant of theirs; true if anything of that was still to be done.
///
/// # Errors
/// As [`switch`].
pub fn offboard(change: &mut Change<'_>, user: &mut User) -> Result<bool, ActionError> {
    let mut changed = switch(change, user, false)?;
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
