//! Tokens.

use serde::Serialize;

use crate::domain::time::Timestamp;
use crate::domain::token::{TokenRecord, TokenRefusal};

use crate::render::view::grant::Reference;
use crate::render::view::{Field, Kind, View, optional_time, time};

/// A token: everything but the token.
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
        Field::column("scope", "SCOPE", Kind::Text),
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
    /// The view of a token at `now`.
    #[must_use]
    pub fn of(held: &TokenRecord, now: Timestamp) -> Self {
        let (grant, user) =
            held.authorization.as_ref().map_or((None, None), |(grant, user)| (Some(grant), Some(user)));
        Self {
            token_id: held.token.id.to_string(),
            kind: held.token.kind.as_str(),
            state: held.state(now).as_str(),
            client: Reference { id: held.client.id.to_string(), name: held.client.name.to_string() },
            user: user.map(|user| user.username.to_string()),
            scope: held.scopes().to_string(),
            issued_at: time(held.token.issued_at),
            expires_at: time(held.token.expires_at),
            grant_id: grant.map(|grant| grant.id.to_string()),
            secret_id: held.secret.as_ref().map(|(id, _)| id.to_string()),
            revoked_at: optional_time(held.token.revoked_at),
            refused_because: held.refusal(now).map(TokenRefusal::reason),
        }
    }
}
