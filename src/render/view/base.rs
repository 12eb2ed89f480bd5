//! The view of a base.

use serde::Serialize;

use crate::domain::Base;
use crate::domain::settings::Settings;
use crate::render::view::{Field, Kind, View};

/// A base, as `init` reports it.
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
    /// Makes the view of a base. `store` is the location of its store.
    #[must_use]
    pub fn of(base: &Base, settings: &Settings, store: String, audit_head: String) -> Self {
        Self {
            base: base.name.to_string(),
            environment: base.environment.as_str(),
            store,
            issuer: settings.issuer.to_string(),
            created_at: base.created_at.to_rfc3339(),
            audit_head,
        }
    }
}
