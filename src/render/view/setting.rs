//! The view of a setting.

use serde::Serialize;

use crate::domain::settings::{SettingName, Settings};

use crate::render::view::{Field, Kind, View};

/// A setting with its value and meaning.
#[derive(Clone, Debug, Serialize)]
pub struct SettingView {
    name: &'static str,
    value: String,
    meaning: &'static str,
}

impl View for SettingView {
    const NOUN: &'static str = "setting";
    const FIELDS: &'static [Field] = &[
        Field::column("name", "NAME", Kind::Text),
        Field::column("value", "VALUE", Kind::Text),
        Field::column("meaning", "MEANING", Kind::Words),
    ];

    fn id(&self) -> &str {
        self.name
    }
}

impl SettingView {
    /// Makes the view of one setting.
    #[must_use]
    pub fn of(settings: &Settings, name: SettingName) -> Self {
        Self { name: name.as_str(), value: settings.get(name), meaning: name.meaning() }
    }
}
