//! The result of `key verify`.

use serde::Serialize;

use crate::domain::client::Client;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::render::view::{Field, Kind, View};

/// A valid secret with its client.
#[derive(Clone, Debug, Serialize)]
pub struct VerificationView {
    client_id: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    scope: String,
    secret_id: String,
    expires_at: Option<String>,
    owner: Option<String>,
}

impl View for VerificationView {
    const NOUN: &'static str = "verified";
    const FIELDS: &'static [Field] = &[
        Field::column("client_id", "CLIENT ID", Kind::Text),
        Field::column("name", "NAME", Kind::Text),
        Field::column("kind", "KIND", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("secret_id", "SECRET ID", Kind::Text),
        Field::column("expires_at", "EXPIRES", Kind::Time),
        Field::column("owner", "OWNER", Kind::Words),
    ];

    fn id(&self) -> &str {
        &self.client_id
    }
}

impl VerificationView {
    /// Makes the view of a valid secret and its valid client. `expires_at` is the earlier of their two expiry times.
    #[must_use]
    pub fn of(client: &Client, secret: &Secret, now: Timestamp) -> Self {
        Self {
            client_id: client.id.to_string(),
            name: client.name.to_string(),
            kind: client.kind().noun(),
            state: client.state(now).as_str(),
            scope: client.scopes().to_string(),
            secret_id: secret.id.to_string(),
            expires_at: [client.expires_at, secret.expires_at]
                .into_iter()
                .flatten()
                .min()
                .map(Timestamp::to_rfc3339),
            owner: client.owner.as_ref().map(ToString::to_string),
        }
    }
}
