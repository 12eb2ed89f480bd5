//! Secrets that are minted but not delivered.

use crate::actions::clients::secrets::rotation::Rotation;
use crate::actions::{ActionError, Change};
use crate::credentials::mint;
use crate::domain::client::Client;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::secret::{Phase, Secret};
use crate::domain::secret_text::SecretText;

/// A secret that is stored but not delivered.
pub struct PendingSecret {
    pub id: SecretId,
    pub client: ClientId,
    /// The secret itself, which is delivered once.
    pub plain: SecretText,
    /// The rotation for which it was minted; `None` for the first secret of a client.
    pub(crate) rotation: Option<Rotation>,
}

/// Mints a secret that is refused until it is delivered.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub(crate) fn mint_pending(
    change: &mut Change<'_>,
    client: &Client,
    rotation: Option<Rotation>,
) -> Result<PendingSecret, ActionError> {
    let environment = change.read().base()?.environment;
    let minted = mint::client_secret(change.random(), client.kind(), environment, &client.id);
    let secret = Secret {
        id: SecretId::from_random(&mint::id(change.random())),
        hint: minted.hint,
        created_at: change.now(),
        expires_at: None,
        phase: Phase::Pending,
        first_used_at: None,
        last_used_at: None,
        uses: 0,
    };
    change.write().insert_secret(&client.id, &secret, &minted.digest)?;
    Ok(PendingSecret { id: secret.id, client: client.id.clone(), plain: minted.plain, rotation })
}
