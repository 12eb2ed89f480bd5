//! Keys, consumers and their secrets.

use serde::Serialize;

use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Confidentiality, ConsumerProfile};
use crate::domain::id::ClientKind;
use crate::domain::secret::Secret;
use crate::domain::span::Span;
use crate::domain::time::Timestamp;

use crate::render::view::{Field, Kind, View, optional_time, time};

/// A secret: everything but the secret.
#[derive(Clone, Debug, Serialize)]
pub struct SecretView {
    secret_id: String,
    hint: String,
    state: &'static str,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    uses: i64,
}

const SECRET_FIELDS: &[Field] = &[
    Field::column("secret_id", "SECRET ID", Kind::Text),
    Field::column("hint", "ENDS IN", Kind::Text),
    Field::column("state", "STATE", Kind::Text),
    Field::column("created_at", "CREATED", Kind::Event),
    Field::column("expires_at", "EXPIRES", Kind::Time),
    Field::column("last_used_at", "LAST USED", Kind::Time),
    Field::column("uses", "USES", Kind::Text),
];

fn secret_views(secrets: Option<&[Secret]>, now: Timestamp) -> Option<Vec<SecretView>> {
    let view = |secret: &Secret| SecretView {
        secret_id: secret.id.to_string(),
        hint: secret.hint.clone(),
        state: secret.state_word(now),
        created_at: time(secret.created_at),
        expires_at: optional_time(secret.expires_at),
        last_used_at: optional_time(secret.last_used_at),
        uses: secret.uses,
    };
    secrets.map(|secrets| secrets.iter().map(view).collect())
}

/// A view of a client, for what keys and consumers share.
pub trait ClientView: View + Sized {
    /// Which clients it shows.
    const KIND: ClientKind;
    /// The view of a client, with its secrets where they were read.
    fn of(client: &Client, secrets: Option<&[Secret]>, now: Timestamp) -> Self;
}

fn revocation(client: &Client) -> (Option<String>, Option<String>) {
    match &client.stored_state {
        StoredState::Revoked { at, reason } => (Some(time(*at)), reason.as_ref().map(ToString::to_string)),
        StoredState::Active | StoredState::Disabled { .. } => (None, None),
    }
}

/// An API key.
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
        Field::column("scope", "SCOPE", Kind::Text),
        Field::column("owner", "OWNER", Kind::Text),
        Field::column("group", "GROUP", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
        Field::detail("direct_scope", "DIRECT SCOPE", Kind::Text),
        Field::detail("description", "DESCRIPTION", Kind::Text),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("revoke_reason", "REASON", Kind::Text),
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
            expires_at: optional_time(client.expires_at),
            last_used_at: optional_time(client.last_used_at),
            owner: client.owner.as_ref().map(ToString::to_string),
            group: client.group.as_ref().map(|group| group.name.to_string()),
            created_at: time(client.created_at),
            direct_scope: client.direct_scopes.to_string(),
            description: client.description.as_ref().map(ToString::to_string),
            revoked_at,
            revoke_reason,
            revision: client.revision,
            secrets: secret_views(secrets, now),
        }
    }
}

/// A consumer.
#[derive(Clone, Debug, Serialize)]
pub struct ConsumerView {
    client_id: String,
    name: String,
    state: &'static str,
    grant_types: Vec<&'static str>,
    scope: String,
    redirect_uris: Vec<String>,
    last_used_at: Option<String>,
    owner: Option<String>,
    group: Option<String>,
    created_at: String,
    expires_at: Option<String>,
    token_endpoint_auth_method: &'static str,
    title: Option<String>,
    direct_scope: String,
    description: Option<String>,
    access_token_lifetime: Option<i64>,
    refresh_token_lifetime: Option<i64>,
    revoked_at: Option<String>,
    revoke_reason: Option<String>,
    revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<SecretView>>,
}

impl View for ConsumerView {
    const NOUN: &'static str = "consumer";
    const FIELDS: &'static [Field] = &[
        Field::column("client_id", "CLIENT ID", Kind::Text),
        Field::column("name", "NAME", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("grant_types", "GRANT TYPES", Kind::Text),
        Field::column("last_used_at", "LAST USED", Kind::Time),
        Field::column("scope", "SCOPE", Kind::Text),
        Field::column("redirect_uris", "REDIRECT URIS", Kind::Text),
        Field::column("owner", "OWNER", Kind::Text),
        Field::column("group", "GROUP", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
        Field::detail("expires_at", "EXPIRES", Kind::Time),
        Field::detail("token_endpoint_auth_method", "AUTHENTICATION", Kind::Text),
        Field::detail("title", "TITLE", Kind::Text),
        Field::detail("direct_scope", "DIRECT SCOPE", Kind::Text),
        Field::detail("description", "DESCRIPTION", Kind::Text),
        Field::detail("access_token_lifetime", "ACCESS TOKEN SECONDS", Kind::Text),
        Field::detail("refresh_token_lifetime", "REFRESH TOKEN SECONDS", Kind::Text),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("revoke_reason", "REASON", Kind::Text),
        Field::detail("revision", "REVISION", Kind::Text),
        Field::detail("secrets", "SECRETS", Kind::Nested(SECRET_FIELDS)),
    ];

    fn id(&self) -> &str {
        &self.client_id
    }
}

impl ClientView for ConsumerView {
    const KIND: ClientKind = ClientKind::Consumer;

    fn of(client: &Client, secrets: Option<&[Secret]>, now: Timestamp) -> Self {
        let (revoked_at, revoke_reason) = revocation(client);
        let profile: Option<&ConsumerProfile> = match &client.profile {
            Profile::Consumer(profile) => Some(profile),
            Profile::Key => None,
        };
        let is_public = profile.is_some_and(|profile| profile.confidentiality == Confidentiality::Public);
        Self {
            client_id: client.id.to_string(),
            name: client.name.to_string(),
            state: client.state(now).as_str(),
            grant_types: profile.map_or_else(Vec::new, |profile| {
                profile.grant_types.iter().map(crate::domain::consumer::GrantType::as_str).collect()
            }),
            scope: client.scopes().to_string(),
            redirect_uris: profile.map_or_else(Vec::new, |profile| {
                profile.redirect_uris.iter().map(ToString::to_string).collect()
            }),
            last_used_at: optional_time(client.last_used_at),
            owner: client.owner.as_ref().map(ToString::to_string),
            group: client.group.as_ref().map(|group| group.name.to_string()),
            created_at: time(client.created_at),
            expires_at: optional_time(client.expires_at),
            // The words of RFC 7591 section 2.
            token_endpoint_auth_method: if is_public { "none" } else { "client_secret_basic" },
            title: profile.and_then(|profile| profile.title.as_ref()).map(ToString::to_string),
            direct_scope: client.direct_scopes.to_string(),
            description: client.description.as_ref().map(ToString::to_string),
            access_token_lifetime: profile
                .and_then(|profile| profile.access_token_lifetime)
                .map(Span::whole_seconds),
            refresh_token_lifetime: profile
                .and_then(|profile| profile.refresh_token_lifetime)
                .map(Span::whole_seconds),
            revoked_at,
            revoke_reason,
            revision: client.revision,
            secrets: secret_views(secrets, now),
        }
    }
}

/// What `key verify` says of a secret that is accepted.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedView {
    client_id: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    scope: String,
    secret_id: String,
    expires_at: Option<String>,
    owner: Option<String>,
}

impl View for VerifiedView {
    const NOUN: &'static str = "verified";
    const FIELDS: &'static [Field] = &[
        Field::column("client_id", "CLIENT ID", Kind::Text),
        Field::column("name", "NAME", Kind::Text),
        Field::column("kind", "KIND", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("scope", "SCOPE", Kind::Text),
        Field::column("secret_id", "SECRET ID", Kind::Text),
        Field::column("expires_at", "EXPIRES", Kind::Time),
        Field::column("owner", "OWNER", Kind::Text),
    ];

    fn id(&self) -> &str {
        &self.client_id
    }
}

impl VerifiedView {
    /// The view of a secret and its client, both accepted. The end shown is that of whichever ends first.
    #[must_use]
    pub fn of(client: &Client, secret: &Secret, now: Timestamp) -> Self {
        Self {
            client_id: client.id.to_string(),
            name: client.name.to_string(),
            kind: client.kind().noun(),
            state: client.state(now).as_str(),
            scope: client.scopes().to_string(),
            secret_id: secret.id.to_string(),
            expires_at: optional_time([client.expires_at, secret.expires_at].into_iter().flatten().min()),
            owner: client.owner.as_ref().map(ToString::to_string),
        }
    }
}
