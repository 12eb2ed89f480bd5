//! Explains refused requests to the administrator: why a request was refused, and the command that fixes it.

pub mod finding;
mod fix;
mod reason;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::refusal::{Explanation, Refusal};
use crate::explain::fix::Fix;

/// Returns the reason of a refusal as a sentence, and the command that fixes it.
#[must_use]
pub fn explain(refusal: &Refusal) -> Explanation {
    let why = reason::reason(refusal);
    match fix::fix(refusal) {
        Some(Fix::GivesAccess { change, .. }) if refusal.client_authenticated => {
            Explanation { why, suggested_command: Some(change) }
        }
        Some(Fix::GivesAccess { look, .. }) => {
            Explanation { why: unproven(&why, refusal), suggested_command: look }
        }
        Some(Fix::Weakens(command)) if !refusal.client_authenticated => {
            Explanation { why: unproven(&why, refusal), suggested_command: Some(command) }
        }
        Some(Fix::Harmless(command) | Fix::Weakens(command)) => {
            Explanation { why, suggested_command: Some(command) }
        }
        None => Explanation { why, suggested_command: None },
    }
}

/// Returns the reason with the clause that any program could have sent the request.
fn unproven(why: &str, refusal: &Refusal) -> String {
    format!("{why}; the request did not prove to come from {}", words::client_of(refusal))
}
