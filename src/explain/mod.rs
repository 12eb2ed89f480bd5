//! Explains refused requests to the administrator: why a request was refused, and the command that fixes it.

mod fix;
mod reason;

use crate::domain::refusal::{Explanation, Refusal};

/// Explains a refusal: the reason in words, and the command that fixes it.
#[must_use]
pub fn explain(refusal: &Refusal) -> Explanation {
    Explanation { why: reason::reason(refusal), suggested_command: fix::suggested_command(refusal) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::refusal::every_check;

    #[test]
    fn every_check_is_explained_in_one_clause() {
        for check in every_check() {
            let refusal = Refusal::from(check);
            let Explanation { why, suggested_command } = explain(&refusal);
            assert!(why.starts_with(|first: char| first.is_lowercase()) && !why.ends_with('.'), "{why}");
            // Without a client and a user, only the store and the list of scopes can be fixed.
            let fixable = ["scope_unknown", "store_unavailable"].contains(&refusal.check.code());
            assert_eq!(suggested_command.is_some(), fixable, "{why}");
        }
    }
}
