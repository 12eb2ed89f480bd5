//! The parts that several pages share.

use crate::domain::name::is_deceptive;
use crate::service::pages::language::Language;
use crate::service::pages::texts::{Words, words};
use crate::service::pages::theme::Theme;

/// The theme and the language of one page.
#[derive(Clone, Copy)]
pub(crate) struct PageContext<'a> {
    pub theme: &'a Theme,
    pub words: &'static Words,
}

impl<'a> PageContext<'a> {
    /// Returns the context of a page in this language.
    pub(crate) const fn new(theme: &'a Theme, language: Language) -> Self {
        Self { theme, words: words(language) }
    }

    /// Returns true if browsers reach the pages by TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.theme.is_secure
    }

    /// Returns the language tag for the header `Content-Language`.
    pub(crate) const fn language_tag(&self) -> &'static str {
        self.words.tag
    }
}

/// A hidden field of a form.
///
/// The value must not contain control characters or characters that change the text direction; percent-encode others.
#[derive(Clone, Copy)]
pub(crate) struct HiddenField<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// The signed-in user, as pages show it.
#[derive(Clone, Copy)]
pub(crate) struct PageUser<'a> {
    pub username: &'a str,
    pub display_name: Option<&'a str>,
}

/// A scope and its description, if it has one.
#[derive(Clone, Copy)]
pub(crate) struct ScopeWords<'a> {
    pub scope: &'a str,
    pub description: Option<&'a str>,
}

/// Renders a page and replaces characters that could change how the text around them is shown. Stored names contain none, but
/// other values may.
pub(crate) fn finish(page: &impl askama::Template) -> String {
    let html =
        page.render().expect("writing to memory does not fail, and neither does the display of a value");
    let deceives = |character: char| character != '\n' && is_deceptive(character);
    if html.contains(deceives) { html.replace(deceives, "\u{fffd}") } else { html }
}
