//! What all pages of a base share: its name, its accent colour, its icon and its logo.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::credentials::digest::content_digest;
use crate::domain::Base;
use crate::domain::id::Environment;
use crate::domain::redirect::Issuer;
use crate::domain::settings::Settings;
use crate::service::pages::logo::Logo;
use crate::service::pages::{accent, icon};
use crate::service::state::AppState;
use crate::store::{ReadTx, StoreError};

/// The style of all pages, without what the accent colour adds.
const STYLE: &str = include_str!("apiconn.css");
static STYLE_DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| Sha256::digest(STYLE).into());

/// What all pages of a base have in common: who speaks there, and how it looks.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    pub base: String,
    pub is_test: bool,
    pub is_secure: bool,
    /// The issuer's path, in front of every path.
    pub root: String,
    pub accent: String,
    pub stylesheet: String,
    pub icon: String,
    pub icon_name: String,
    pub logo: Option<String>,
}

impl Theme {
    /// Returns the theme according to the settings in a snapshot.
    ///
    /// # Errors
    /// Any [`StoreError`] if the settings cannot be read.
    pub(crate) fn read(state: &AppState, read: &dyn ReadTx) -> Result<Self, StoreError> {
        let settings = read.settings()?;
        let issuer = state.fixed_issuer.as_ref().unwrap_or(&settings.issuer);
        Ok(Self::new(&state.base, &settings, issuer, state.logo.as_ref()))
    }

    /// The look that the settings give a base now.
    pub(crate) fn new(base: &Base, settings: &Settings, issuer: &Issuer, logo: Option<&Logo>) -> Self {
        let accent = accent::properties(settings.accent_color);
        let icon = icon::svg(base.name.as_str(), settings.accent_color);
        Self {
            base: base.name.to_string(),
            is_test: base.environment == Environment::Test,
            is_secure: issuer.as_str().starts_with("https://"),
            root: issuer.path().to_owned(),
            stylesheet: format!("apiconn-{}.css", content_digest(&[&*STYLE_DIGEST, accent.as_bytes()])),
            accent,
            icon_name: format!("icon-{}.svg", content_digest(&[icon.as_bytes()])),
            icon,
            logo: logo.map(|logo| logo.name().to_owned()),
        }
    }

    /// The stylesheet's name under `/assets/`. It changes with the content.
    pub(crate) fn stylesheet_name(&self) -> &str {
        &self.stylesheet
    }

    /// The icon's name under `/assets/`. It changes with the content.
    pub(crate) fn icon_name(&self) -> &str {
        &self.icon_name
    }

    /// The icon, as SVG.
    pub(crate) fn icon(&self) -> &str {
        &self.icon
    }

    /// The stylesheet.
    pub(crate) fn stylesheet(&self) -> String {
        format!("{}{STYLE}", self.accent)
    }
}
