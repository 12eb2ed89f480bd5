//! Grants: one user let one consumer act for them, within scopes.

use crate::domain::State;
use crate::domain::id::{ClientId, GrantId, UserId};
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

/// Whether a grant still stands. It cannot be switched, only ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredGrantState {
    /// In force.
    Active,
    /// Ended for good.
    Revoked {
        /// When it was ended.
        at: Timestamp,
        /// What `--reason` said.
        reason: Option<Text>,
    },
}

/// A user's authorization of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The public id.
    pub id: GrantId,
    /// Who authorized.
    pub user: UserId,
    /// Their sign-in name.
    pub username: Name,
    /// Who was authorized.
    pub client: ClientId,
    /// The consumer's name.
    pub client_name: Name,
    /// What was allowed.
    pub scopes: ScopeSet,
    /// In force or ended, by itself or with its consumer.
    pub stored_state: StoredGrantState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the service last accepted one of its tokens, within a minute or so.
    pub last_used_at: Option<Timestamp>,
}

impl Grant {
    /// Active or revoked.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.stored_state {
            StoredGrantState::Active => State::Active,
            StoredGrantState::Revoked { .. } => State::Revoked,
        }
    }
}
