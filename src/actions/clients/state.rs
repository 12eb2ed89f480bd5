//! Enabling, disabling and revoking keys and consumers.

use crate::actions::{ActionError, Change};
use crate::domain::audit::AuditVerb;
use crate::domain::client::{Client, StoredState};
use crate::domain::name::Text;

/// A change of a client's stored state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// Refuse the client until it is enabled.
    Disable,
    /// Accept the client again.
    Enable,
    /// Refuse the client permanently.
    Revoke,
}

/// Changes the state of a client, effective from the next request on. Returns false if the client already has the state.
///
/// # Errors
/// [`ActionError::Ended`] if a revoked client is to be enabled or disabled; [`ActionError::ReasonRequired`] if the base
/// requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn change_state(
    change: &mut Change<'_>,
    client: &mut Client,
    state_change: StateChange,
) -> Result<bool, ActionError> {
    let now = change.now();
    let (stored_state, verb) = match (state_change, &client.stored_state) {
        (StateChange::Revoke, StoredState::Revoked { .. })
        | (StateChange::Disable, StoredState::Disabled { .. })
        | (StateChange::Enable, StoredState::Active) => return Ok(false),
        (StateChange::Disable | StateChange::Enable, StoredState::Revoked { .. }) => {
            return Err(ActionError::Ended { noun: client.kind().noun(), name: client.name.clone() });
        }
        (StateChange::Revoke, _) => {
            change.require_reason()?;
            revoke(change, client, change.reason().cloned())?;
            client.stored_state = StoredState::Revoked { at: now, reason: change.reason().cloned() };
            client.revision += 1;
            return Ok(true);
        }
        (StateChange::Disable, _) => {
            change.require_reason()?;
            (StoredState::Disabled { since: now }, AuditVerb::Disable)
        }
        (StateChange::Enable, _) => (StoredState::Active, AuditVerb::Enable),
    };
    change.write().set_client_state(&client.id, &stored_state)?;
    change.record(client.kind(), verb, &client.id, &client.name, vec!["state"]);
    client.stored_state = stored_state;
    client.revision += 1;
    Ok(true)
}

/// Revokes a client that is not revoked, whether or not the base requires a reason.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub(crate) fn revoke(
    change: &mut Change<'_>,
    client: &Client,
    reason: Option<Text>,
) -> Result<(), ActionError> {
    let now = change.now();
    let stored_state = StoredState::Revoked { at: now, reason };
    change.write().set_client_state(&client.id, &stored_state)?;
    change.record(client.kind(), AuditVerb::Revoke, &client.id, &client.name, vec!["state"]);
    Ok(())
}
