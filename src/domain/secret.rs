//! Client secrets as they are stored: their history, without the secret itself.

use crate::domain::client::Client;
use crate::domain::id::SecretId;
use crate::domain::time::Timestamp;

/// The maximum number of valid secrets of one client. Two are needed for the overlap of a rotation.
pub const LIVE_SECRETS: usize = 2;

/// The phase in the life of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The secret is minted, but its delivery is not confirmed. It is refused.
    Pending,
    /// The secret was delivered at this moment and is accepted until it expires.
    Delivered(Timestamp),
    /// The secret was revoked at this moment.
    Revoked(Timestamp),
}

/// A secret of a client, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub id: SecretId,
    /// The last four characters of the secret, which are part of its checksum.
    pub hint: String,
    pub created_at: Timestamp,
    /// The secret is refused from this moment on. A rotation sets it.
    pub expires_at: Option<Timestamp>,
    pub phase: Phase,
    /// The moment at which the secret obtained its first token. It is written together with that token.
    pub first_used_at: Option<Timestamp>,
    /// The moment at which the service last accepted the secret, about one minute late.
    pub last_used_at: Option<Timestamp>,
    /// The number of times that the service accepted the secret.
    pub uses: i64,
}

/// The reason why a secret is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretRefusal {
    /// The delivery of the secret was never confirmed.
    Undelivered,
    /// The overlap of a rotation ended at this moment.
    Retired(Timestamp),
    /// The secret was revoked at this moment, by itself or by a rotation without overlap.
    Revoked(Timestamp),
}

impl Secret {
    /// Returns the reason why the secret is refused at `now`, or `None` if it is accepted.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> Option<SecretRefusal> {
        match (self.phase, self.expires_at) {
            (Phase::Revoked(at), _) => Some(SecretRefusal::Revoked(at)),
            (Phase::Pending, _) => Some(SecretRefusal::Undelivered),
            (Phase::Delivered(_), Some(end)) if end <= now => Some(SecretRefusal::Retired(end)),
            (Phase::Delivered(_), _) => None,
        }
    }

    /// Returns true if the secret was used. The first token counts at once, other uses about one minute late.
    #[must_use]
    pub const fn was_used(&self) -> bool {
        self.first_used_at.is_some() || self.uses > 0
    }

    /// Returns true if the secret is accepted at `now`. The state of its client is not considered.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.refusal(now).is_none()
    }

    /// Returns the word for its state in outputs.
    #[must_use]
    pub fn state_word(&self, now: Timestamp) -> &'static str {
        match self.refusal(now) {
            None => "active",
            Some(SecretRefusal::Undelivered) => "undelivered",
            Some(SecretRefusal::Retired(_)) => "expired",
            Some(SecretRefusal::Revoked(_)) => "revoked",
        }
    }
}

/// A secret and its client, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRecord {
    pub secret: Secret,
    pub client: Client,
}
