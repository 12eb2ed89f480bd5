//! Explains refused requests to the administrator: why a request was refused, and the command that fixes it.

pub mod finding;
mod fix;
mod reason;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::refusal::{Explanation, Refusal};

/// Returns the reason of a refusal as a sentence, and the command that fixes it.
#[must_use]
pub fn explain(refusal: &Refusal) -> Explanation {
    Explanation { why: reason::reason(refusal), suggested_command: fix::suggested_command(refusal) }
}
