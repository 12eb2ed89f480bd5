//! The end of a delivery: activating a secret, or withdrawing it.

use crate::actions::clients::secrets::pending::PendingSecret;
use crate::actions::clients::secrets::rotation::{Rotation, retirement};
use crate::actions::clients::state::revoke;
use crate::actions::{ActionError, Change};
use crate::domain::audit::AuditVerb;
use crate::domain::client::{Client, ClientRefusal, StoredState};
use crate::domain::secret::{LIVE_SECRETS, Secret};
use crate::domain::time::Span;
use crate::store::ReadTx;

/// Activates a secret that reached its reader, and sets the expiry of the older ones.
///
/// # Errors
/// [`ActionError::Overtaken`] if another process ended the secret or its client; otherwise [`ActionError::Store`].
pub fn deliver(change: &mut Change<'_>, pending: &PendingSecret) -> Result<(), ActionError> {
    let now = change.now();
    let client = owner(change.read(), pending)?;
    if client.refusal(now) == Some(ClientRefusal::Revoked) || !change.write().deliver_secret(&pending.id)? {
        return Err(overtaken(&client));
    }
    match pending.rotation {
        None => {}
        Some(Rotation::Overlap(overlap)) => retire_older(change, &client, pending, overlap)?,
        Some(Rotation::Now) => {
            // This includes secrets that an earlier rotation retired, because tokens obtained with them may still be valid.
            let secrets = change.read().secrets_of(&client.id)?;
            for secret in secrets.iter().filter(|secret| secret.id != pending.id) {
                change.write().revoke_secret(&secret.id)?;
            }
        }
    }
    change.record(client.kind(), AuditVerb::Deliver, &client.id, &client.name, vec!["secrets"]);
    Ok(())
}

/// Sets the expiry of the older secrets. If there are two, the newest was never used and is revoked.
fn retire_older(
    change: &mut Change<'_>,
    client: &Client,
    pending: &PendingSecret,
    overlap: Span,
) -> Result<(), ActionError> {
    let now = change.now();
    let secrets = change.read().secrets_of(&client.id)?;
    let mut older: Vec<&Secret> =
        secrets.iter().filter(|secret| secret.id != pending.id && secret.is_live(now)).collect();
    if older.len() >= LIVE_SECRETS {
        let newest = older.remove(0);
        // A client may have used it after `rotate` read it.
        if newest.was_used() {
            return Err(overtaken(client));
        }
        change.write().revoke_secret(&newest.id)?;
    }
    for secret in older {
        change.write().expire_secret(&secret.id, retirement(client, secret, overlap, now))?;
    }
    Ok(())
}

/// Revokes a secret that did not reach its reader. A client that was created with it is revoked too.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub fn withdraw(change: &mut Change<'_>, pending: &PendingSecret) -> Result<(), ActionError> {
    let client = owner(change.read(), pending)?;
    change.write().revoke_secret(&pending.id)?;
    change.record(client.kind(), AuditVerb::Withdraw, &client.id, &client.name, vec!["secrets"]);
    if pending.rotation.is_none() && !matches!(client.stored_state, StoredState::Revoked { .. }) {
        revoke(change, &client, None)?;
    }
    Ok(())
}

fn owner(read: &dyn ReadTx, pending: &PendingSecret) -> Result<Client, ActionError> {
    Ok(read.client(&pending.client)?.ok_or_else(|| read.damaged("the row of a client is missing"))?)
}

fn overtaken(client: &Client) -> ActionError {
    ActionError::Overtaken { noun: client.kind().noun(), name: client.name.clone() }
}
