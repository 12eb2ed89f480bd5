//! Declared scopes and permission groups.

use serde::Serialize;

use crate::domain::group::Group;
use crate::domain::scope::ScopeEntry;

use crate::render::view::{Field, Kind, View, time};

/// A declared scope.
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
        Field::column("description", "DESCRIPTION", Kind::Text),
        Field::column("created_at", "DECLARED", Kind::Event),
    ];

    fn id(&self) -> &str {
        &self.scope
    }
}

impl ScopeView {
    /// The view of a scope.
    #[must_use]
    pub fn of(entry: &ScopeEntry) -> Self {
        Self {
            scope: entry.scope.to_string(),
            description: entry.description.to_string(),
            created_at: time(entry.created_at),
        }
    }
}

/// A permission group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupView {
    name: String,
    scope: String,
    members: i64,
    description: Option<String>,
    created_at: String,
}

impl View for GroupView {
    const NOUN: &'static str = "group";
    const FIELDS: &'static [Field] = &[
        Field::column("name", "NAME", Kind::Text),
        Field::column("scope", "SCOPE", Kind::Text),
        Field::column("members", "MEMBERS", Kind::Text),
        Field::column("description", "DESCRIPTION", Kind::Text),
        Field::column("created_at", "CREATED", Kind::Event),
    ];

    fn id(&self) -> &str {
        &self.name
    }
}

impl GroupView {
    /// The view of a group.
    #[must_use]
    pub fn of(group: &Group) -> Self {
        Self {
            name: group.name.to_string(),
            scope: group.scopes.to_string(),
            members: group.members,
            description: group.description.as_ref().map(ToString::to_string),
            created_at: time(group.created_at),
        }
    }
}
