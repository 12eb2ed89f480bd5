//! Revocation by whoever holds the credential (RFC 7009).

use crate::credentials::format::{Recognised, recognise};
use crate::domain::id::ClientId;
use crate::domain::secret_text::SecretText;

use crate::actions::clients::secrets;
use crate::actions::oauth::{by_plain, revoke};
use crate::actions::{ActionError, Change};

/// A credential that shall be ended.
pub struct Presented {
    /// The credential.
    pub credential: SecretText,
    /// Who asks for it; nobody has to say so to end a client secret, which proves itself.
    pub client: Option<ClientId>,
}

/// Ends a credential; true if that changed anything. What is unknown, ended, or another client's stays as it is, and is
/// answered alike (RFC 7009 section 2.2).
///
/// # Errors
/// Fails where the store cannot be written.
pub fn revoke_presented(change: &mut Change<'_>, presented: &Presented) -> Result<bool, ActionError> {
    match recognise(&presented.credential) {
        Ok(Recognised::ClientSecret(_)) => secrets::revoke_presented(change, &presented.credential),
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => {
            match by_plain(change.read(), &presented.credential)? {
                Some(mut held) if Some(&held.client.id) == presented.client.as_ref() => {
                    revoke(change, &mut held)
                }
                _ => Ok(false),
            }
        }
        Ok(Recognised::AuthorizationCode) | Err(_) => Ok(false),
    }
}
