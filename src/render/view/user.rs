//! The view of a user.

use serde::Serialize;

use crate::domain::time::Timestamp;
use crate::domain::user::User;

use crate::render::view::{Field, Kind, View};

/// A user of the base.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    user_id: String,
    username: String,
    state: &'static str,
    name: Option<String>,
    email: Option<String>,
    created_at: String,
    disabled_at: Option<String>,
}

impl View for UserView {
    const NOUN: &'static str = "user";
    const FIELDS: &'static [Field] = &[
        Field::column("user_id", "USER ID", Kind::Text),
        Field::column("username", "USERNAME", Kind::Text),
        Field::column("state", "STATE", Kind::Text),
        Field::column("name", "NAME", Kind::Words),
        Field::column("email", "EMAIL", Kind::Text),
        Field::column("created_at", "ADDED", Kind::Event),
        Field::detail("disabled_at", "DISABLED", Kind::Event),
    ];

    fn id(&self) -> &str {
        &self.user_id
    }
}

impl UserView {
    /// Makes the view of a user.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self {
            user_id: user.id.to_string(),
            username: user.username.to_string(),
            state: user.state().as_str(),
            name: user.display_name.as_ref().map(ToString::to_string),
            email: user.email.as_ref().map(ToString::to_string),
            created_at: user.created_at.to_rfc3339(),
            disabled_at: user.disabled_at.map(Timestamp::to_rfc3339),
        }
    }
}
