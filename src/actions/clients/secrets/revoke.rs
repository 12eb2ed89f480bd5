//! Revoking one secret.

use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::domain::audit::AuditVerb;
use crate::domain::secret::Phase;
use crate::domain::secret_text::SecretText;

/// Revokes the secret that a caller presents, and no other secret. Returns false if it is unknown or already revoked. The
/// caller needs no further authorization, because the finder of a leaked secret may not know its client.
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn revoke_presented(change: &mut Change<'_>, plain: &SecretText) -> Result<bool, ActionError> {
    let Some(record) = change.read().secret_by_digest(&Digest::of(plain))? else { return Ok(false) };
    if matches!(record.secret.phase, Phase::Revoked(_)) {
        return Ok(false);
    }
    change.require_reason()?;
    change.write().revoke_secret(&record.secret.id)?;
    let client = &record.client;
    change.record(client.kind(), AuditVerb::RevokeSecret, &client.id, &client.name, vec!["secrets"]);
    Ok(true)
}
