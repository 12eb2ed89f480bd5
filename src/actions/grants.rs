//! Grants: recording and revoking a user's authorization of a consumer.

use crate::credentials::mint;
use crate::domain::State;
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::client::{Client, StoredState};
use crate::domain::consumer::GrantType;
use crate::domain::grant::{CHANGE_WINDOW, CHANGES_OF_USER, Grant, StoredGrantState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientKind, GrantId, UserId};
use crate::domain::page::GrantFilter;
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{ReadTx, StoreError};

use crate::actions::{ActionError, Change, resolve, scopes};

/// Records that a user authorizes a consumer. If a grant is in force between them, the scopes are added to it.
///
/// # Errors
/// [`ActionError::NotFound`] or [`ActionError::Ambiguous`] if a handle does not identify one object; otherwise the errors
/// of [`authorize`].
pub fn add(
    change: &mut Change<'_>,
    user: &Handle,
    consumer: &Handle,
    scopes: &ScopeSet,
) -> Result<Grant, ActionError> {
    let user = resolve::user(change.read(), user)?;
    let client = resolve::client(change.read(), ClientKind::Consumer, consumer)?;
    authorize(change, user, client, scopes)
}

/// Records that a user authorizes a consumer, like [`add`], for objects that the caller has read.
///
/// # Errors
/// [`ActionError::UserDisabled`]; [`ActionError::Ended`] if the consumer is revoked; [`ActionError::NotForUsers`] if it
/// does not use `authorization_code`; [`ActionError::GrantScopesRequired`], [`ActionError::UnknownScope`] or
/// [`ActionError::BeyondConsumer`] if the scopes are not acceptable; otherwise [`ActionError::Store`].
pub fn authorize(
    change: &mut Change<'_>,
    user: User,
    client: Client,
    scopes: &ScopeSet,
) -> Result<Grant, ActionError> {
    if user.state() != State::Active {
        return Err(ActionError::UserDisabled { name: user.username });
    }
    if matches!(client.stored_state, StoredState::Revoked { .. }) {
        return Err(ActionError::Ended { noun: "consumer", name: client.name });
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(ActionError::NotForUsers { name: client.name });
    }
    if scopes.is_empty() {
        return Err(ActionError::GrantScopesRequired);
    }
    scopes::ensure_declared(change.read(), scopes, ClientKind::Consumer)?;
    let beyond = scopes.without(&client.scopes());
    if !beyond.is_empty() {
        return Err(ActionError::BeyondConsumer { name: client.name, scopes: beyond });
    }
    if let Some(mut grant) = change.read().active_grant(&user.id, &client.id)? {
        let wider = grant.scopes.union(scopes);
        if wider != grant.scopes {
            change.write().set_grant_scopes(&grant.id, &wider)?;
            change.record(ObjectKind::Grant, AuditVerb::Edit, &grant.id, &label(&grant), vec!["scope"]);
            grant.scopes = wider;
        }
        return Ok(grant);
    }
    let grant = Grant {
        id: GrantId::from_random(&mint::id(change.random())),
        user: user.id,
        username: user.username,
        client: client.id,
        client_name: client.name,
        scopes: scopes.clone(),
        stored_state: StoredGrantState::Active,
        created_at: change.now(),
        last_used_at: None,
    };
    change.write().insert_grant(&grant)?;
    change.record(ObjectKind::Grant, AuditVerb::Create, &grant.id, &label(&grant), vec!["scope"]);
    Ok(grant)
}

/// Returns the moment from which on a user may create or widen grants again, or `None` if the user may do it now.
///
/// Creating, widening and revoking count, so the audit has at most [`CHANGES_OF_USER`] records an hour, and one for each grant
/// that was in force before. A user may always revoke: that is urgent, and each revocation needs a grant that counted.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) fn wait_of_user(
    read: &dyn ReadTx,
    user: &UserId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    // A change after `now` was made before the clock was set back, and would make the user wait for longer than the period.
    let change = read.nth_latest_grant_change(user, now.minus(CHANGE_WINDOW), now, CHANGES_OF_USER)?;
    Ok(change.map(|at| at.plus(CHANGE_WINDOW)))
}

/// Returns `USER/CONSUMER`, the name of a grant in audit records.
pub(crate) fn label(grant: &Grant) -> String {
    format!("{}/{}", grant.username, grant.client_name)
}

/// Revokes a grant. Returns false if it is already revoked. One row changes, regardless of the number of tokens.
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn revoke(change: &mut Change<'_>, grant: &mut Grant) -> Result<bool, ActionError> {
    if grant.state() == State::Revoked {
        return Ok(false);
    }
    change.require_reason()?;
    let (at, reason) = (change.now(), change.reason());
    change.write().revoke_grant(&grant.id, reason)?;
    change.record(ObjectKind::Grant, AuditVerb::Revoke, &grant.id, &label(grant), vec!["state"]);
    grant.stored_state = StoredGrantState::Revoked { at, reason: reason.cloned() };
    Ok(true)
}

/// Returns every grant that matches a filter.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read.
pub fn all_matching(read: &dyn ReadTx, filter: &GrantFilter) -> Result<Vec<Grant>, ActionError> {
    resolve::all_pages(|request| read.list_grants(filter, request))
}
