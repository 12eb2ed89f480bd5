//! The parts that several pages share.

use crate::domain::name::is_deceptive;
use crate::service::pages::language::Language;
use crate::service::pages::texts::{Words, words};
use crate::service::pages::theme::Theme;

/// What is common to one page: the look, and the language of whoever reads it.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub theme: &'a Theme,
    pub words: &'static Words,
}

impl<'a> Frame<'a> {
    /// For a reader with this language.
    pub(crate) const fn new(theme: &'a Theme, language: Language) -> Self {
        Self { theme, words: words(language) }
    }

    /// Whether browsers reach the pages by TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.theme.is_secure
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
pub(crate) struct HiddenField<'a> {
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
pub(crate) fn finish(page: &impl askama::Template) -> String {
    let html = page.render().expect("text is written into memory, and values cannot fail to be shown");
    let deceives = |character: char| character != '\n' && is_deceptive(character);
    if html.contains(deceives) { html.replace(deceives, "\u{fffd}") } else { html }
}
