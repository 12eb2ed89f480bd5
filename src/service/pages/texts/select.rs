//! Selecting the words of a language.

use crate::service::pages::language::Language;
use crate::service::pages::texts::words::Words;
use crate::service::pages::texts::{english, spanish};

/// Returns the words of a language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &english::WORDS,
        Language::Spanish => &spanish::WORDS,
    }
}
