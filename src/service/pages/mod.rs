//! The pages that users see: plain HTML forms, without scripts, whole without their style.
//!
//! A page is a struct that a route fills and renders to HTML; status, headers and cookies are the route's. Paths that a
//! route gives begin with a slash; what the issuer has behind its host is put in front of them here.

mod accent;
mod account;
mod consent;
mod icon;
mod language;
mod logo;
mod notice;
pub(crate) mod response;
mod sign_in;
mod texts;
mod when;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::domain::Base;
use crate::domain::id::Environment;
use crate::domain::issuer::Issuer;
use crate::domain::name::is_deceptive;
use crate::domain::settings::Settings;

pub(crate) use crate::service::pages::account::{Applications, AuthorizedApplication, Notice};
pub(crate) use crate::service::pages::consent::{AskedScope, Asking, Consent};
pub(crate) use crate::service::pages::language::Language;
pub(crate) use crate::service::pages::logo::Logo;
pub(crate) use crate::service::pages::notice::{Confirm, ErrorPage, Message};
pub(crate) use crate::service::pages::sign_in::{SignIn, SignInProblem};
pub(crate) use crate::service::pages::texts::Trouble;
use crate::service::pages::texts::Words;

/// The style of all pages, without what the accent colour adds.
const STYLE: &str = include_str!("apiconn.css");
static STYLE_DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| Sha256::digest(STYLE).into());

/// What all pages of a base have in common: who speaks there, and how it looks.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    base: String,
    is_test: bool,
    is_secure: bool,
    /// The issuer's path, in front of every path.
    root: String,
    accent: String,
    stylesheet: String,
    icon: String,
    icon_name: String,
    logo: Option<String>,
}

impl Look {
    /// The look that the settings give a base now.
    pub(crate) fn new(base: &Base, settings: &Settings, issuer: &Issuer, logo: Option<&Logo>) -> Self {
        let accent = accent::properties(settings.accent_color);
        let digest: [u8; 32] =
            Sha256::new().chain_update(*STYLE_DIGEST).chain_update(accent.as_bytes()).finalize().into();
        let icon = icon::svg(base.name.as_str(), settings.accent_color);
        Self {
            base: base.name.to_string(),
            is_test: base.environment == Environment::Test,
            is_secure: issuer.as_str().starts_with("https://"),
            root: issuer.path().to_owned(),
            stylesheet: format!("apiconn-{}.css", hex(&digest)),
            accent,
            icon_name: format!("icon-{}.svg", short_digest(icon.as_bytes())),
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

/// What is common to one page: the look, and the language of whoever reads it.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    look: &'a Look,
    words: &'static Words,
}

impl<'a> Frame<'a> {
    /// For a reader with this language.
    pub(crate) const fn new(look: &'a Look, language: Language) -> Self {
        Self { look, words: Words::of(language) }
    }

    /// Whether browsers reach the pages by TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.look.is_secure
    }

    /// The language's tag, for the header Content-Language.
    pub(crate) const fn language_tag(&self) -> &'static str {
        self.words.tag
    }
}

/// A field that a form sends along unseen.
///
/// The value must be text without control and direction-changing characters; percent-encode what may hold them.
#[derive(Clone, Copy)]
pub(crate) struct Hidden<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// Who is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    pub username: &'a str,
    pub display_name: Option<&'a str>,
}

/// A scope, and what it allows in words where that was said.
#[derive(Clone, Copy)]
pub(crate) struct ScopeWords<'a> {
    pub scope: &'a str,
    pub description: Option<&'a str>,
}

/// Renders a page, with the characters replaced that could change how the text around them is shown. Stored names hold
/// none; this is for whatever else comes in.
fn finish(page: &impl askama::Template) -> String {
    let html = page.render().expect("text is written into memory, and values cannot fail to be shown");
    let deceives = |character: char| character != '\n' && is_deceptive(character);
    if html.contains(deceives) { html.replace(deceives, "\u{fffd}") } else { html }
}

/// Enough of a digest to tell contents apart in a file name.
fn short_digest(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    hex(&digest)
}

fn hex(digest: &[u8; 32]) -> String {
    digest[..6].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
