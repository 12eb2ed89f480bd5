//! The view of an OAuth consumer.

use serde::Serialize;

use crate::domain::client::{Client, Profile};
use crate::domain::consumer::{ConsumerProfile, GrantType};
use crate::domain::id::ClientKind;
use crate::domain::secret::Secret;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::render::view::client::{ClientView, revocation};
use crate::render::view::secret::{SECRET_FIELDS, SecretView};
use crate::render::view::{Field, Kind, View};

/// An OAuth consumer, with its secrets if they were read.
#[derive(Clone, Debug, Serialize)]
pub struct ConsumerView {
    client_id: String,
    name: String,
    state: &'static str,
    grant_types: Vec<&'static str>,
    scope: String,
    redirect_uris: Vec<String>,
    web_origins: Vec<String>,
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
    refresh_token_grace: Option<i64>,
    refresh_family_lifetime: Option<String>,
    pkce: Option<&'static str>,
    refresh_rotation: Option<&'static str>,
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
        Field::column("grant_types", "GRANT TYPES", Kind::Words),
        Field::column("last_used_at", "LAST USED", Kind::Time),
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("redirect_uris", "REDIRECT URIS", Kind::Words),
        Field::column("owner", "OWNER", Kind::Words),
        Field::column("group", "GROUP", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
        Field::detail("expires_at", "EXPIRES", Kind::Time),
        Field::detail("web_origins", "WEB ORIGINS", Kind::Words),
        Field::detail("token_endpoint_auth_method", "AUTHENTICATION", Kind::Text),
        Field::detail("title", "TITLE", Kind::Words),
        Field::detail("direct_scope", "DIRECT SCOPE", Kind::Words),
        Field::detail("description", "DESCRIPTION", Kind::Words),
        Field::detail("access_token_lifetime", "ACCESS TOKEN SECONDS", Kind::Text),
        Field::detail("refresh_token_lifetime", "REFRESH TOKEN SECONDS", Kind::Text),
        Field::detail("refresh_token_grace", "REFRESH GRACE SECONDS", Kind::Text),
        Field::detail("refresh_family_lifetime", "FAMILY LIFETIME", Kind::Text),
        Field::detail("pkce", "PKCE", Kind::Text),
        Field::detail("refresh_rotation", "REFRESH ROTATION", Kind::Text),
        Field::detail("revoked_at", "REVOKED", Kind::Event),
        Field::detail("revoke_reason", "REASON", Kind::Words),
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
        let is_public = !client.is_confidential();
        // A consumer without authorization_code has neither codes nor refresh tokens to protect.
        let safeguards = profile
            .filter(|profile| profile.grant_types.contains(GrantType::AuthorizationCode))
            .map(|profile| profile.confidentiality.safeguards());
        Self {
            client_id: client.id.to_string(),
            name: client.name.to_string(),
            state: client.state(now).as_str(),
            grant_types: profile
                .map_or_else(Vec::new, |profile| profile.grant_types.iter().map(GrantType::as_str).collect()),
            scope: client.scopes().to_string(),
            redirect_uris: profile.map_or_else(Vec::new, |profile| {
                profile.redirect_uris.iter().map(ToString::to_string).collect()
            }),
            web_origins: profile.map_or_else(Vec::new, |profile| {
                profile.web_origins.iter().map(ToString::to_string).collect()
            }),
            last_used_at: client.last_used_at.map(Timestamp::to_rfc3339),
            owner: client.owner.as_ref().map(ToString::to_string),
            group: client.group.as_ref().map(|group| group.name.to_string()),
            created_at: client.created_at.to_rfc3339(),
            expires_at: client.expires_at.map(Timestamp::to_rfc3339),
            // RFC 7591 section 2.
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
            refresh_token_grace: profile
                .and_then(|profile| profile.refresh_token_grace)
                .map(|grace| grace.span().whole_seconds()),
            refresh_family_lifetime: profile
                .and_then(|profile| profile.refresh_family_lifetime)
                .map(|lifetime| lifetime.to_string()),
            pkce: safeguards.map(|safeguards| safeguards.pkce.as_str()),
            refresh_rotation: safeguards.map(|safeguards| safeguards.refresh_rotation.as_str()),
            revoked_at,
            revoke_reason,
            revision: client.revision,
            secrets: SecretView::all(secrets, now),
        }
    }
}
