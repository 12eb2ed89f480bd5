//! Grants: a user's authorization of a consumer, limited to scopes.

use crate::domain::State;
use crate::domain::id::{ClientId, GrantId, UserId};
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::{Span, Timestamp};

/// The number of changes of grants that a user may make within [`CHANGE_WINDOW`]. Each is a record of the audit, which is never
/// shortened.
pub const CHANGES_OF_USER: u32 = 20;
/// The period in which the changes of a user are counted.
pub const CHANGE_WINDOW: Span = Span::hours(1);

/// The number of authorization codes that are issued for one grant within [`CODE_WINDOW`]. A client can cause up to two audit
/// records with each, without the user.
pub const CODES_OF_GRANT: u32 = 60;
/// The period in which the authorization codes of a grant are counted.
pub const CODE_WINDOW: Span = Span::hours(1);

/// The state of a grant as it is stored. A grant cannot be disabled, only revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredGrantState {
    Active,
    Revoked { at: Timestamp, reason: Option<Text> },
}

/// A user's authorization of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub user: UserId,
    pub username: Name,
    pub client: ClientId,
    pub client_name: Name,
    /// The scopes that the user allowed.
    pub scopes: ScopeSet,
    /// Revoked if the grant or its consumer was revoked.
    pub stored_state: StoredGrantState,
    pub created_at: Timestamp,
    /// The moment at which the service last accepted one of its tokens, about one minute late.
    pub last_used_at: Option<Timestamp>,
}

impl Grant {
    /// Returns the effective state: active or revoked.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.stored_state {
            StoredGrantState::Active => State::Active,
            StoredGrantState::Revoked { .. } => State::Revoked,
        }
    }
}
