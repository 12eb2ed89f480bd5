//! Secrets of keys and consumers.

use crate::credentials::digest::Digest;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::secret::Secret;
use crate::domain::secret::SecretRecord;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// Reads of secrets.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SecretReads {
    /// Returns the secrets of a client, newest first.
    fn secrets_of(&self, id: &ClientId) -> Result<Vec<Secret>, StoreError>;
    /// Returns the secret with this id, and its client.
    fn secret(&self, id: &SecretId) -> Result<Option<SecretRecord>, StoreError>;
    /// Returns the secret with this digest, and its client.
    fn secret_by_digest(&self, digest: &Digest) -> Result<Option<SecretRecord>, StoreError>;
}

/// Changes of secrets.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SecretWrites {
    /// Adds a secret to a client.
    fn insert_secret(
        &mut self,
        client: &ClientId,
        secret: &Secret,
        digest: &Digest,
    ) -> Result<(), StoreError>;
    /// Activates a pending secret. Returns false if it was not pending.
    fn deliver_secret(&mut self, id: &SecretId) -> Result<bool, StoreError>;
    /// Sets the expiry of a secret.
    fn expire_secret(&mut self, id: &SecretId, expires_at: Timestamp) -> Result<(), StoreError>;
    /// Revokes a secret that is not revoked.
    fn revoke_secret(&mut self, id: &SecretId) -> Result<(), StoreError>;
    /// Records that a secret has obtained its first token. Later calls change nothing.
    fn record_first_use(&mut self, id: &SecretId) -> Result<(), StoreError>;
}
