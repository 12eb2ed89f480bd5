//! The view of a store.

use serde::Serialize;

use crate::render::view::{Field, Kind, View};

/// A store, with facts about its file.
#[derive(Clone, Debug, Serialize)]
pub struct StoreView {
    pub store: String,
    pub store_id: String,
    pub base: String,
    pub environment: &'static str,
    /// Name and version of the engine.
    pub engine: String,
    pub schema: i64,
    /// Size of the main file.
    pub bytes: u64,
    /// Mode of the file, in octal.
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
