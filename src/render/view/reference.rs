//! References to other objects.

use serde::Serialize;

/// An object nested in the view of another one: its id and its name.
#[derive(Clone, Debug, Serialize)]
pub struct Reference {
    pub id: String,
    pub name: String,
}
