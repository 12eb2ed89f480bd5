//! Candidates for arguments that name tokens.

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{LIMIT, candidate, from_store, join};
use crate::domain::token::TokenRecord;
use crate::render::relative_time::relative_time;

/// Returns the tokens whose id begins with `current`.
pub(crate) fn tokens(current: &str) -> Vec<CompletionCandidate> {
    let describe = |stored: &TokenRecord, now| {
        let owner = match &stored.authorization {
            Some((grant, _)) => format!("{} → {}", grant.username, grant.client_name),
            None => stored.client.name.to_string(),
        };
        let expiry = format!("expires {}", relative_time(stored.token.expires_at, now));
        join([owner.as_str(), &stored.scopes().to_string(), &expiry])
    };
    from_store(|read, now| {
        let tokens = read.tokens_starting(current, LIMIT, now)?;
        Ok(tokens.iter().map(|stored| candidate(stored.token.id.as_str(), &describe(stored, now))).collect())
    })
}
