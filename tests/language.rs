//! Enforces `docs/style.md`. Reads the sources as text and uses nothing of the crate. Every rule lists all its
//! violations in one run as `path:line: rule: excerpt`.

#![expect(unreachable_pub, reason = "a test binary exports nothing")]

use std::path::PathBuf;

#[path = "language/banned.rs"]
mod banned;
#[path = "language/docs.rs"]
mod docs;
#[path = "language/errors.rs"]
mod errors;
#[path = "language/items.rs"]
mod items;
#[path = "language/names.rs"]
mod names;
#[path = "language/outcome.rs"]
pub(crate) mod outcome;
#[path = "language/rates.rs"]
mod rates;
#[path = "language/style_page.rs"]
mod style_page;
#[path = "language/tree.rs"]
pub(crate) mod tree;
#[path = "language/words.rs"]
mod words;

use outcome::Outcome;
use tree::Tree;

/// A rule, and how many things it has to examine at least in a whole checkout.
pub(crate) struct Rule {
    pub(crate) check: fn(&Tree) -> Outcome,
    pub(crate) at_least: usize,
}

pub(crate) const BANNED: Rule = Rule { check: banned::check, at_least: 200 };
pub(crate) const MISSING: Rule = Rule { check: docs::missing, at_least: 500 };
pub(crate) const SHORT: Rule = Rule { check: docs::short, at_least: 500 };
pub(crate) const ERRORS: Rule = Rule { check: errors::check, at_least: 50 };
pub(crate) const RATES: Rule = Rule { check: rates::check, at_least: 1000 };
pub(crate) const NAMES: Rule = Rule { check: names::check, at_least: 300 };
pub(crate) const STYLE_PAGE: Rule = Rule { check: style_page::check, at_least: 1 };

/// Returns the root of the checkout: `APICONN_LANGUAGE_ROOT` if it is set, otherwise that of this package.
#[expect(clippy::disallowed_methods, reason = "a test has no injected environment")]
pub(crate) fn root() -> PathBuf {
    std::env::var_os("APICONN_LANGUAGE_ROOT").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a rule on the checkout, prints its measured values, and panics with the list of its violations.
    fn enforce(rule: &Rule) {
        let tree = Tree::read(&root(), &[]);
        let outcome = (rule.check)(&tree);
        for line in &outcome.measured {
            println!("{line}");
        }
        let failure = outcome.failure(&tree, rule.at_least);
        assert!(failure.is_none(), "\n{}", failure.unwrap_or_default());
    }

    #[test]
    fn no_file_contains_a_banned_word() {
        enforce(&BANNED);
    }

    #[test]
    fn public_items_are_documented() {
        enforce(&MISSING);
    }

    #[test]
    fn doc_comments_and_help_texts_are_not_short() {
        enforce(&SHORT);
    }

    #[test]
    fn errors_sections_name_a_type() {
        enforce(&ERRORS);
    }

    #[test]
    fn habits_stay_below_their_rates() {
        enforce(&RATES);
    }

    #[test]
    fn test_names_are_short_and_without_list_numbers() {
        enforce(&NAMES);
    }

    #[test]
    fn the_style_page_refers_to_its_rules() {
        enforce(&STYLE_PAGE);
    }
}
