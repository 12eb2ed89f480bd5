//! Grants: recording and ending a user's authorization of a consumer.

use crate::credentials::mint;
use crate::domain::State;
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::client::{Client, GrantType, StoredState};
use crate::domain::grant::{Grant, StoredGrantState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientKind, GrantId};
use crate::domain::page::GrantFilter;
use crate::domain::scope::ScopeSet;
use crate::domain::user::User;
use crate::store::ReadTx;

use crate::actions::{ActionError, Change, catalog, resolve};

/// Records that a user authorizes a consumer, or widens the one grant in force between them.
///
/// # Errors
/// Refuses disabled users, consumers that do not act for users or are revoked, and scopes that the consumer lacks.
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

/// The same, for a user and a consumer that are at hand.
///
/// # Errors
/// As [`add`].
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
        return Err(ActionError::Invalid(
            "a grant without scopes would allow nothing; give it --scope".to_owned(),
        ));
    }
    catalog::check_known(change.read(), scopes)?;
    let beyond = scopes.without(&client.scopes());
    if !beyond.is_empty() {
        return Err(ActionError::BeyondConsumer { name: client.name, scopes: beyond.to_string() });
    }
    if let Some(mut grant) = change.read().active_grant(&user.id, &client.id)? {
        let wider = grant.scopes.union(scopes);
        if wider != grant.scopes {
            change.write().set_grant_scopes(&grant.id, &wider)?;
            change.record(ObjectKind::Grant, Verb::Edit, &grant.id, &label(&grant), vec!["scope"]);
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
    change.record(ObjectKind::Grant, Verb::Create, &grant.id, &label(&grant), vec!["scope"]);
    Ok(grant)
}

/// `USER/CONSUMER`, as the audit calls a grant.
pub(crate) fn label(grant: &Grant) -> String {
    format!("{}/{}", grant.username, grant.client_name)
}

/// Ends a grant; true if it was in force. One row, however many tokens rest on it.
///
/// # Errors
/// Asks for a reason where the base wants one.
pub fn revoke(change: &mut Change<'_>, grant: &mut Grant) -> Result<bool, ActionError> {
    if grant.state() == State::Revoked {
        return Ok(false);
    }
    change.require_reason()?;
    let (at, reason) = (change.now(), change.reason());
    change.write().revoke_grant(&grant.id, reason)?;
    change.record(ObjectKind::Grant, Verb::Revoke, &grant.id, &label(grant), vec!["state"]);
    grant.stored_state = StoredGrantState::Revoked { at, reason: reason.cloned() };
    Ok(true)
}

/// Every grant that a filter finds.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn all_matching(read: &dyn ReadTx, filter: &GrantFilter) -> Result<Vec<Grant>, ActionError> {
    resolve::all_pages(|request| read.list_grants(filter, request))
}
