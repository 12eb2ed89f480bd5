//! What the store knows of a client's secret: everything but the secret.

use crate::domain::id::SecretId;
use crate::domain::time::Timestamp;

/// How many secrets of one client may be live at once, so that a rotation can overlap.
pub const LIVE_SECRETS: usize = 2;

/// How far a secret's life has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Minted, but not known to have reached anybody: refused.
    Pending,
    /// Handed over at this moment: accepted until it expires.
    Delivered(Timestamp),
    /// Ended at this moment.
    Revoked(Timestamp),
}

/// One secret of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Its public id.
    pub id: SecretId,
    /// Its last four characters, which are digits of the checksum.
    pub hint: String,
    /// When it was minted.
    pub created_at: Timestamp,
    /// From when on it is refused, if a rotation has set an end to it.
    pub expires_at: Option<Timestamp>,
    /// How far it has come.
    pub phase: Phase,
    /// When it obtained its first token; written with that token.
    pub first_used_at: Option<Timestamp>,
    /// When the service last accepted it, within a minute or so.
    pub last_used_at: Option<Timestamp>,
    /// How often the service has accepted it.
    pub uses: i64,
}

/// Why a secret is refused now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretRefusal {
    /// It was never handed over.
    Undelivered,
    /// A rotation has ended it: its overlap is over.
    Retired(Timestamp),
    /// It was ended by name, or by `rotate --now`.
    Revoked(Timestamp),
}

impl Secret {
    /// Why it is refused at `now`, if it is.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> Option<SecretRefusal> {
        match (self.phase, self.expires_at) {
            (Phase::Revoked(at), _) => Some(SecretRefusal::Revoked(at)),
            (Phase::Pending, _) => Some(SecretRefusal::Undelivered),
            (Phase::Delivered(_), Some(end)) if end <= now => Some(SecretRefusal::Retired(end)),
            (Phase::Delivered(_), _) => None,
        }
    }

    /// Whether anybody has used it. Its first token tells at once, other uses within a minute or so.
    #[must_use]
    pub const fn was_used(&self) -> bool {
        self.first_used_at.is_some() || self.uses > 0
    }

    /// Whether it is accepted at `now`, as far as it goes by itself.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.refusal(now).is_none()
    }

    /// The word for it in outputs.
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
