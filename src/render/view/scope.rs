//! The view of a declared scope.

use serde::Serialize;

use crate::domain::scope::ScopeEntry;
use crate::render::view::{Field, Kind, View};

/// A declared scope with its description.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeView {
    scope: String,
    description: String,
    created_at: String,
}

impl View for ScopeView {
    const NOUN: &'static str = "scope";
    const FIELDS: &'static [Field] = &[
        Field::column("scope", "SCOPE", Kind::Text),
        Field::column("description", "DESCRIPTION", Kind::Words),
        Field::column("created_at", "DECLARED", Kind::Event),
    ];

    fn id(&self) -> &str {
        &self.scope
    }
}

impl ScopeView {
    /// Makes the view of a scope.
    #[must_use]
    pub fn of(entry: &ScopeEntry) -> Self {
        Self {
            scope: entry.scope.to_string(),
            description: entry.description.to_string(),
            created_at: entry.created_at.to_rfc3339(),
        }
    }
}
