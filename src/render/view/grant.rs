//! The view of a grant.

use serde::Serialize;

use crate::domain::grant::{Grant, StoredGrantState};
use crate::domain::time::Timestamp;

use crate::render::view::reference::Reference;
use crate::render::view::{Field, Kind, View};

/// A grant, with its user and consumer.
#[derive(Clone, Debug, Serialize)]
pub struct GrantView {
    grant_id: String,
    user: Reference,
    consumer: Reference,
    scope: String,
    state: &'static str,
    created_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    revoke_reason: Option<String>,
}

impl View for GrantView {
    const NOUN: &'static str = "grant";
    const FIELDS: &'static [Field] = &[
        Field::column("grant_id", "GRANT ID", Kind::Text),
        Field::column("user.name", "USER", Kind::Text),
        Field::column("consumer.name", "CONSUMER", Kind::Text),
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("state", "STATE", Kind::Text),
        Field::column("created_at", "GRANTED", Kind::Event),
        Field::column("last_used_at", "LAST USED", Kind::Time),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("revoke_reason", "REASON", Kind::Words),
        Field::detail("user.id", "USER ID", Kind::Text),
        Field::detail("consumer.id", "CONSUMER ID", Kind::Text),
        Field::detail("user", "", Kind::Nested(&[])),
        Field::detail("consumer", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.grant_id
    }
}

impl GrantView {
    /// Makes the view of a grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        let (revoked_at, revoke_reason) = match &grant.stored_state {
            StoredGrantState::Active => (None, None),
            StoredGrantState::Revoked { at, reason } => {
                (Some(at.to_rfc3339()), reason.as_ref().map(ToString::to_string))
            }
        };
        Self {
            grant_id: grant.id.to_string(),
            user: Reference { id: grant.user.to_string(), name: grant.username.to_string() },
            consumer: Reference { id: grant.client.to_string(), name: grant.client_name.to_string() },
            scope: grant.scopes.to_string(),
            state: grant.state().as_str(),
            created_at: grant.created_at.to_rfc3339(),
            last_used_at: grant.last_used_at.map(Timestamp::to_rfc3339),
            revoked_at,
            revoke_reason,
        }
    }
}
