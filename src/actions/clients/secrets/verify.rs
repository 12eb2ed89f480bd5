//! Verifying a presented secret.

use crate::credentials::digest::Digest;
use crate::credentials::format::{CredentialKind, FormatError, recognise};
use crate::domain::client::ClientRefusal;
use crate::domain::secret::{SecretRecord, SecretRefusal};
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

/// The reason why a presented secret is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyRefusal {
    /// The text is not a credential. The store was not read.
    Form(FormatError),
    /// The text is a token or an authorization code.
    NotASecret,
    /// No client has this secret.
    Unknown,
    /// The secret was revoked, retired or never delivered.
    Secret(Box<SecretRecord>, SecretRefusal),
    /// The client of the secret is disabled, expired or revoked.
    Client(Box<SecretRecord>, ClientRefusal),
}

/// Checks that a text has the form of a client secret. The store is not read.
///
/// # Errors
/// [`VerifyRefusal::Form`] or [`VerifyRefusal::NotASecret`] if the text is not a client secret.
pub fn recognise_secret(plain: &SecretText) -> Result<(), VerifyRefusal> {
    match recognise(plain) {
        Ok(CredentialKind::ClientSecret) => Ok(()),
        Ok(
            CredentialKind::AccessToken | CredentialKind::RefreshToken | CredentialKind::AuthorizationCode,
        ) => Err(VerifyRefusal::NotASecret),
        Err(error) => Err(VerifyRefusal::Form(error)),
    }
}

/// Returns the secret and its client if the secret is accepted at `now`, otherwise the reason why it is refused.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn verify(
    read: &dyn ReadTx,
    plain: &SecretText,
    now: Timestamp,
) -> Result<Result<SecretRecord, VerifyRefusal>, StoreError> {
    if let Err(refusal) = recognise_secret(plain) {
        return Ok(Err(refusal));
    }
    let Some(record) = read.secret_by_digest(&Digest::of(plain))? else {
        return Ok(Err(VerifyRefusal::Unknown));
    };
    if let Some(refusal) = record.client.refusal(now) {
        return Ok(Err(VerifyRefusal::Client(Box::new(record), refusal)));
    }
    if let Some(refusal) = record.secret.refusal(now) {
        return Ok(Err(VerifyRefusal::Secret(Box::new(record), refusal)));
    }
    Ok(Ok(record))
}
