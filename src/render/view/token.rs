//! The view of a token.

use serde::Serialize;

use crate::domain::time::Timestamp;
use crate::domain::token::{TokenRecord, TokenRefusal};

use crate::render::view::reference::Reference;
use crate::render::view::{Field, Kind, View};

/// An access or refresh token, without the token itself.
#[derive(Clone, Debug, Serialize)]
pub struct TokenView {
    token_id: String,
    kind: &'static str,
    state: &'static str,
    client: Reference,
    user: Option<String>,
    scope: String,
    issued_at: String,
    expires_at: String,
    grant_id: Option<String>,
    secret_id: Option<String>,
    revoked_at: Option<String>,
    refused_because: Option<&'static str>,
}

impl View for TokenView {
    const NOUN: &'static str = "token";
    const FIELDS: &'static [Field] = &[
        Field::column("token_id", "TOKEN ID", Kind::Text),
        Field::column("kind", "KIND", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("client.name", "CLIENT", Kind::Text),
        Field::column("user", "USER", Kind::Text),
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("issued_at", "ISSUED", Kind::Event),
        Field::column("expires_at", "EXPIRES", Kind::Time),
        Field::detail("client.id", "CLIENT ID", Kind::Text),
        Field::detail("grant_id", "GRANT ID", Kind::Text),
        Field::detail("secret_id", "SECRET ID", Kind::Text),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("refused_because", "REFUSED BECAUSE", Kind::Text),
        Field::detail("client", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.token_id
    }
}

impl TokenView {
    /// Makes the view of a token in its state at `now`.
    #[must_use]
    pub fn of(stored: &TokenRecord, now: Timestamp) -> Self {
        let (grant, user) =
            stored.authorization.as_ref().map_or((None, None), |(grant, user)| (Some(grant), Some(user)));
        Self {
            token_id: stored.token.id.to_string(),
            kind: stored.token.kind.as_str(),
            state: stored.state(now).as_str(),
            client: Reference { id: stored.client.id.to_string(), name: stored.client.name.to_string() },
            user: user.map(|user| user.username.to_string()),
            scope: stored.scopes().to_string(),
            issued_at: stored.token.issued_at.to_rfc3339(),
            expires_at: stored.expires_at().to_rfc3339(),
            grant_id: grant.map(|grant| grant.id.to_string()),
            secret_id: stored.secret.as_ref().map(|(id, _)| id.to_string()),
            revoked_at: stored.token.revoked_at.map(Timestamp::to_rfc3339),
            refused_because: stored.refusal(now).map(TokenRefusal::reason),
        }
    }
}
