//! The view of a service that is ready.

use serde::Serialize;

use crate::render::view::{Field, Kind, View};

/// A service that has answered a request for its readiness.
#[derive(Clone, Debug, Serialize)]
pub struct HealthView {
    url: String,
    status: u16,
}

impl View for HealthView {
    const NOUN: &'static str = "health";
    const FIELDS: &'static [Field] =
        &[Field::column("url", "URL", Kind::Text), Field::column("status", "STATUS", Kind::Text)];

    fn id(&self) -> &str {
        &self.url
    }
}

impl HealthView {
    /// Makes the view of a service that has answered with an HTTP status.
    #[must_use]
    pub const fn of(url: String, status: u16) -> Self {
        Self { url, status }
    }
}
