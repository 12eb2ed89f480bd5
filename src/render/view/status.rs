//! The view of a base on one screen.

use serde::Serialize;

use crate::domain::Base;
use crate::domain::StateCounts;
use crate::domain::client::Client;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;

use crate::render::view::{Field, Kind, View};

/// Number of objects in each state.
#[derive(Clone, Copy, Debug, Serialize)]
struct Counts {
    active: i64,
    disabled: i64,
    expired: i64,
    revoked: i64,
}

impl From<StateCounts> for Counts {
    fn from(counts: StateCounts) -> Self {
        let StateCounts { active, disabled, expired, revoked } = counts;
        Self { active, disabled, expired, revoked }
    }
}

/// A key that will expire soon.
#[derive(Clone, Debug, Serialize)]
struct ExpiringKey {
    client_id: String,
    name: String,
    expires_at: Option<String>,
}

const EXPIRING_FIELDS: &[Field] = &[
    Field::column("client_id", "CLIENT ID", Kind::Text),
    Field::column("name", "NAME", Kind::Text),
    Field::column("expires_at", "EXPIRES", Kind::Time),
];

/// A base with its numbers of objects and the keys that expire soon.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    base: String,
    environment: &'static str,
    store: String,
    issuer: String,
    keys: Counts,
    consumers: Counts,
    users: Counts,
    grants: Counts,
    audit_head: String,
    expiring: Vec<ExpiringKey>,
}

impl View for StatusView {
    const NOUN: &'static str = "status";
    const FIELDS: &'static [Field] = &[
        Field::column("base", "BASE", Kind::Text),
        Field::column("environment", "ENVIRONMENT", Kind::Text),
        Field::column("store", "STORE", Kind::Text),
        Field::column("issuer", "ISSUER", Kind::Text),
        Field::column("keys.active", "KEYS", Kind::Text),
        Field::column("consumers.active", "CONSUMERS", Kind::Text),
        Field::column("users.active", "USERS", Kind::Text),
        Field::column("grants.active", "GRANTS", Kind::Text),
        Field::detail("keys.disabled", "KEYS DISABLED", Kind::Text),
        Field::detail("keys.expired", "KEYS EXPIRED", Kind::Text),
        Field::detail("keys.revoked", "KEYS REVOKED", Kind::Text),
        Field::detail("consumers.disabled", "CONSUMERS DISABLED", Kind::Text),
        Field::detail("consumers.expired", "CONSUMERS EXPIRED", Kind::Text),
        Field::detail("consumers.revoked", "CONSUMERS REVOKED", Kind::Text),
        Field::detail("users.disabled", "USERS DISABLED", Kind::Text),
        Field::detail("grants.revoked", "GRANTS REVOKED", Kind::Text),
        Field::detail("audit_head", "AUDIT HEAD", Kind::Text),
        Field::detail("expiring", "KEYS THAT EXPIRE WITHIN 14 DAYS", Kind::Nested(EXPIRING_FIELDS)),
        Field::detail("keys", "", Kind::Nested(&[])),
        Field::detail("consumers", "", Kind::Nested(&[])),
        Field::detail("users", "", Kind::Nested(&[])),
        Field::detail("grants", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.store
    }
}

/// The input of [`StatusView::of`].
pub struct StatusFacts<'a> {
    pub base: &'a Base,
    pub settings: &'a Settings,
    /// Location of the store.
    pub store: String,
    pub keys: StateCounts,
    pub consumers: StateCounts,
    pub users: StateCounts,
    pub grants: StateCounts,
    pub audit_head: String,
    /// Keys that expire within 14 days.
    pub expiring: &'a [Client],
}

impl StatusView {
    /// Makes the view of a base.
    #[must_use]
    pub fn of(facts: &StatusFacts<'_>) -> Self {
        Self {
            base: facts.base.name.to_string(),
            environment: facts.base.environment.as_str(),
            store: facts.store.clone(),
            issuer: facts.settings.issuer.to_string(),
            keys: facts.keys.into(),
            consumers: facts.consumers.into(),
            users: facts.users.into(),
            grants: facts.grants.into(),
            audit_head: facts.audit_head.clone(),
            expiring: facts
                .expiring
                .iter()
                .map(|client| ExpiringKey {
                    client_id: client.id.to_string(),
                    name: client.name.to_string(),
                    expires_at: client.expires_at.map(Timestamp::to_rfc3339),
                })
                .collect(),
        }
    }
}
