//! The base and its store.

use serde::Serialize;

use crate::domain::Base;
use crate::domain::client::Client;
use crate::domain::settings::Settings;
use crate::domain::state_counts::StateCounts;

use crate::render::view::{Field, Kind, View, optional_time, time};

/// Number of objects in each state.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Counts {
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
pub struct Expiring {
    client_id: String,
    name: String,
    expires_at: Option<String>,
}

const EXPIRING: &[Field] = &[
    Field::column("client_id", "CLIENT ID", Kind::Text),
    Field::column("name", "NAME", Kind::Text),
    Field::column("expires_at", "EXPIRES", Kind::Time),
];

/// One screen about the base.
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
    expiring: Vec<Expiring>,
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
        Field::detail("expiring", "KEYS THAT EXPIRE WITHIN 14 DAYS", Kind::Nested(EXPIRING)),
        Field::detail("keys", "", Kind::Nested(&[])),
        Field::detail("consumers", "", Kind::Nested(&[])),
        Field::detail("users", "", Kind::Nested(&[])),
        Field::detail("grants", "", Kind::Nested(&[])),
    ];

    fn id(&self) -> &str {
        &self.store
    }
}

/// What [`StatusView`] is made of.
pub struct StatusParts<'a> {
    /// The base.
    pub base: &'a Base,
    /// Its settings.
    pub settings: &'a Settings,
    /// Where the store lies.
    pub store: String,
    pub keys: StateCounts,
    pub consumers: StateCounts,
    pub users: StateCounts,
    pub grants: StateCounts,
    /// The audit's head.
    pub audit_head: String,
    /// Keys that expire soon.
    pub expiring: &'a [Client],
}

impl StatusView {
    /// The view of a base.
    #[must_use]
    pub fn of(parts: &StatusParts<'_>) -> Self {
        Self {
            base: parts.base.name.to_string(),
            environment: parts.base.environment.as_str(),
            store: parts.store.clone(),
            issuer: parts.settings.issuer.to_string(),
            keys: parts.keys.into(),
            consumers: parts.consumers.into(),
            users: parts.users.into(),
            grants: parts.grants.into(),
            audit_head: parts.audit_head.clone(),
            expiring: parts
                .expiring
                .iter()
                .map(|client| Expiring {
                    client_id: client.id.to_string(),
                    name: client.name.to_string(),
                    expires_at: optional_time(client.expires_at),
                })
                .collect(),
        }
    }
}

/// A base that was just founded, or was there.
#[derive(Clone, Debug, Serialize)]
pub struct BaseView {
    base: String,
    environment: &'static str,
    store: String,
    issuer: String,
    created_at: String,
    audit_head: String,
}

impl View for BaseView {
    const NOUN: &'static str = "base";
    const FIELDS: &'static [Field] = &[
        Field::column("base", "BASE", Kind::Text),
        Field::column("environment", "ENVIRONMENT", Kind::Text),
        Field::column("store", "STORE", Kind::Text),
        Field::column("issuer", "ISSUER", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
        Field::column("audit_head", "AUDIT HEAD", Kind::Text),
    ];

    fn id(&self) -> &str {
        &self.store
    }
}

impl BaseView {
    /// The view of a base and the store it lies in.
    #[must_use]
    pub fn of(base: &Base, settings: &Settings, store: String, audit_head: String) -> Self {
        Self {
            base: base.name.to_string(),
            environment: base.environment.as_str(),
            store,
            issuer: settings.issuer.to_string(),
            created_at: time(base.created_at),
            audit_head,
        }
    }
}

/// Facts about the store's file.
#[derive(Clone, Debug, Serialize)]
pub struct StoreView {
    /// Where it lies.
    pub store: String,
    /// Its random identity.
    pub store_id: String,
    /// Which base it belongs to.
    pub base: String,
    /// `live` or `test`.
    pub environment: &'static str,
    /// The engine and its version.
    pub engine: String,
    /// The schema's number.
    pub schema: i64,
    /// Bytes of the main file.
    pub bytes: u64,
    /// The file's mode in octal.
    pub mode: String,
}

impl View for StoreView {
    const NOUN: &'static str = "store";
    const FIELDS: &'static [Field] = &[
        Field::column("store", "STORE", Kind::Text),
        Field::column("store_id", "STORE ID", Kind::Text),
        Field::column("base", "BASE", Kind::Text),
        Field::column("environment", "ENVIRONMENT", Kind::Text),
        Field::column("engine", "ENGINE", Kind::Text),
        Field::column("schema", "SCHEMA", Kind::Text),
        Field::column("bytes", "BYTES", Kind::Text),
        Field::column("mode", "MODE", Kind::Text),
    ];

    fn id(&self) -> &str {
        &self.store_id
    }
}
