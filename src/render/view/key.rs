//! The view of an API key.

use serde::Serialize;

use crate::domain::client::Client;
use crate::domain::id::ClientKind;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::render::view::client::{ClientView, revocation};
use crate::render::view::secret::{SECRET_FIELDS, SecretView};
use crate::render::view::{Field, Kind, View};

/// An API key, with its secrets if they were read.
#[derive(Clone, Debug, Serialize)]
pub struct KeyView {
    client_id: String,
    name: String,
    state: &'static str,
    scope: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    owner: Option<String>,
    group: Option<String>,
    created_at: String,
    direct_scope: String,
    description: Option<String>,
    revoked_at: Option<String>,
    revoke_reason: Option<String>,
    revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<SecretView>>,
}

impl View for KeyView {
    const NOUN: &'static str = "key";
    const FIELDS: &'static [Field] = &[
        Field::column("client_id", "CLIENT ID", Kind::Text),
        Field::column("name", "NAME", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("expires_at", "EXPIRES", Kind::Time),
        Field::column("last_used_at", "LAST USED", Kind::Time),
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("owner", "OWNER", Kind::Words),
        Field::column("group", "GROUP", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
        Field::detail("direct_scope", "DIRECT SCOPE", Kind::Words),
        Field::detail("description", "DESCRIPTION", Kind::Words),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("revoke_reason", "REASON", Kind::Words),
        Field::detail("revision", "REVISION", Kind::Text),
        Field::detail("secrets", "SECRETS", Kind::Nested(SECRET_FIELDS)),
    ];

    fn id(&self) -> &str {
        &self.client_id
    }
}

impl ClientView for KeyView {
    const KIND: ClientKind = ClientKind::Key;

    fn of(client: &Client, secrets: Option<&[Secret]>, now: Timestamp) -> Self {
        let (revoked_at, revoke_reason) = revocation(client);
        Self {
            client_id: client.id.to_string(),
            name: client.name.to_string(),
            state: client.state(now).as_str(),
            scope: client.scopes().to_string(),
            expires_at: client.expires_at.map(Timestamp::to_rfc3339),
            last_used_at: client.last_used_at.map(Timestamp::to_rfc3339),
            owner: client.owner.as_ref().map(ToString::to_string),
            group: client.group.as_ref().map(|group| group.name.to_string()),
            created_at: client.created_at.to_rfc3339(),
            direct_scope: client.direct_scopes.to_string(),
            description: client.description.as_ref().map(ToString::to_string),
            revoked_at,
            revoke_reason,
            revision: client.revision,
            secrets: SecretView::all(secrets, now),
        }
    }
}
