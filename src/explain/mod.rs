//! Explains refused requests to the administrator: why a request was refused, and the command that fixes it.

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
            let client = words::client_of(refusal);
            let why = format!("{why}; the request did not prove to come from {client}");
            Explanation { why, suggested_command: look }
        }
        Some(Fix::Harmless(command)) => Explanation { why, suggested_command: Some(command) },
        None => Explanation { why, suggested_command: None },
    }
}
