//! Rotating the secret of a client.

use crate::actions::clients::secrets::pending::{PendingSecret, mint_pending};
use crate::actions::clients::secrets::rotation::{Rotation, RotationImpact, rotation_impact};
use crate::actions::{ActionError, Change, resolve};
use crate::domain::audit::AuditVerb;
use crate::domain::client::{Client, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::secret::{LIVE_SECRETS, Phase, Secret};
use crate::domain::time::Span;

/// The minimum overlap. A shorter one would revoke the old secret without the confirmation that [`Rotation::Now`] needs.
const SHORTEST_OVERLAP: Span = Span::seconds(1);

/// Mints a second secret. The older secrets do not change until the new one is delivered. Without a `rotation`, the overlap
/// is that of the settings.
///
/// # Errors
/// [`ActionError::Public`], [`ActionError::Ended`] or [`ActionError::Expired`] if the client cannot use a new secret;
/// [`ActionError::TwoSecrets`] if it has two valid secrets and the newest is in use; [`ActionError::OverlapTooShort`];
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; [`ActionError::NotFound`] or
/// [`ActionError::Ambiguous`] if the handle does not identify one client; otherwise [`ActionError::Store`].
pub fn rotate(
    change: &mut Change<'_>,
    kind: ClientKind,
    handle: &Handle,
    rotation: Option<Rotation>,
) -> Result<(Client, PendingSecret, RotationImpact), ActionError> {
    let client = resolve::client(change.read(), kind, handle)?;
    let (noun, name, now) = (kind.noun(), client.name.clone(), change.now());
    if !client.is_confidential() {
        return Err(ActionError::Public { name });
    }
    match (&client.stored_state, client.expires_at) {
        (StoredState::Revoked { .. }, _) => return Err(ActionError::Ended { noun, name }),
        (_, Some(at)) if at <= now => return Err(ActionError::Expired { noun, name, at }),
        _ => {}
    }
    let rotation = match rotation {
        Some(rotation) => rotation,
        None => Rotation::Overlap(change.read().settings()?.rotation_overlap),
    };
    match rotation {
        Rotation::Now => change.require_reason()?,
        Rotation::Overlap(overlap) if overlap < SHORTEST_OVERLAP => {
            return Err(ActionError::OverlapTooShort { min: SHORTEST_OVERLAP });
        }
        Rotation::Overlap(_) => {}
    }
    let secrets = change.read().secrets_of(&client.id)?;
    let valid: Vec<&Secret> = secrets.iter().filter(|secret| secret.is_live(now)).collect();
    if valid.len() >= LIVE_SECRETS && rotation != Rotation::Now && valid[0].was_used() {
        return Err(ActionError::TwoSecrets { noun, name, older_ends: valid[1].expires_at });
    }
    let impact = rotation_impact(&client, &valid, rotation, now);
    for pending in secrets.iter().filter(|secret| secret.phase == Phase::Pending) {
        change.write().revoke_secret(&pending.id)?;
    }
    let secret = mint_pending(change, &client, Some(rotation))?;
    change.record(kind, AuditVerb::Rotate, &client.id, &client.name, vec!["secrets"]);
    Ok((client, secret, impact))
}
