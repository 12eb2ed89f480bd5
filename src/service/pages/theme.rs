//! The theme of all pages of a base: name, accent colour, icon and logo.

use std::sync::LazyLock;

use crate::credentials::digest::{hex, sha256};
use crate::domain::Base;
use crate::domain::id::Environment;
use crate::domain::issuer::Issuer;
use crate::domain::settings::Settings;
use crate::service::pages::logo::Logo;
use crate::service::pages::{accent, icon};
use crate::service::state::AppState;
use crate::store::{ReadTx, StoreError};

/// The stylesheet without the properties of the accent colour.
const STYLE: &str = include_str!("apiconn.css");
static STYLE_DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| sha256(STYLE.as_bytes()));

/// The theme of all pages of a base.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    pub base: String,
    pub is_test: bool,
    pub is_secure: bool,
    /// The issuer's path, which precedes every path.
    pub root: String,
    pub accent: String,
    pub stylesheet_name: String,
    pub icon: String,
    pub icon_name: String,
    pub logo: Option<String>,
}

impl Theme {
    /// Reads the theme from the settings in a snapshot of the store.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn read(state: &AppState, read: &dyn ReadTx) -> Result<Self, StoreError> {
        let settings = read.settings()?;
        let issuer = state.fixed_issuer.as_ref().unwrap_or(&settings.issuer);
        Ok(Self::new(&state.base, &settings, issuer, state.logo().as_deref()))
    }

    /// Returns the theme of a base with these settings.
    pub(crate) fn new(base: &Base, settings: &Settings, issuer: &Issuer, logo: Option<&Logo>) -> Self {
        let accent = accent::properties(settings.accent_color);
        let icon = icon::svg(base.name.as_str(), settings.accent_color);
        Self {
            base: base.name.to_string(),
            is_test: base.environment == Environment::Test,
            is_secure: issuer.has_tls(),
            root: issuer.path().to_owned(),
            stylesheet_name: format!(
                "apiconn-{}.css",
                short_digest(&[&*STYLE_DIGEST, accent.as_bytes()].concat())
            ),
            accent,
            icon_name: format!("icon-{}.svg", short_digest(icon.as_bytes())),
            icon,
            logo: logo.map(|logo| logo.name().to_owned()),
        }
    }

    /// Returns the stylesheet's name under `/assets/`. It changes with the content.
    pub(crate) fn stylesheet_name(&self) -> &str {
        &self.stylesheet_name
    }

    /// Returns the icon's name under `/assets/`. It changes with the content.
    pub(crate) fn icon_name(&self) -> &str {
        &self.icon_name
    }

    /// Returns the icon as SVG.
    pub(crate) fn icon(&self) -> &str {
        &self.icon
    }

    /// Returns the stylesheet with the properties of the accent colour.
    pub(crate) fn stylesheet(&self) -> String {
        format!("{}{STYLE}", self.accent)
    }
}

/// Returns twelve hexadecimal digits of the SHA-256 of the content, for a name that changes with it.
fn short_digest(content: &[u8]) -> String {
    hex(&sha256(content)[..6])
}
