//! The view of a permission group.

use serde::Serialize;

use crate::domain::group::Group;
use crate::render::view::{Field, Kind, View};

/// A permission group with the number of its members.
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
        Field::column("scope", "SCOPE", Kind::Words),
        Field::column("members", "MEMBERS", Kind::Text),
        Field::column("description", "DESCRIPTION", Kind::Words),
        Field::column("created_at", "CREATED", Kind::Event),
    ];

    fn id(&self) -> &str {
        &self.name
    }
}

impl GroupView {
    /// Makes the view of a group.
    #[must_use]
    pub fn of(group: &Group) -> Self {
        Self {
            name: group.name.to_string(),
            scope: group.scopes.to_string(),
            members: group.members,
            description: group.description.as_ref().map(ToString::to_string),
            created_at: group.created_at.to_rfc3339(),
        }
    }
}
