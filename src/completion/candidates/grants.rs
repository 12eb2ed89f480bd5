//! Candidates for arguments that name grants.

use std::collections::HashSet;

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{
    LIMIT, by_name_or_id, candidate, from_store, join, unusual_state,
};
use crate::domain::grant::Grant;
use crate::domain::id::GrantId;
use crate::domain::time::Timestamp;
use crate::render::relative_time::relative_time;
use crate::store::StoreError;

/// Returns the grants whose id, or whose `USER/CONSUMER`, begins with `current`.
pub(crate) fn grants(active_only: bool, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let by_id = |word: &str| -> Result<Vec<CompletionCandidate>, StoreError> {
            Ok(read
                .grants_starting(word, active_only, LIMIT)?
                .iter()
                .map(|grant| {
                    let pair = format!("{} → {}", grant.username, grant.client_name);
                    candidate(grant.id.as_str(), &describe_grant(grant, &pair, now))
                })
                .collect())
        };
        // In alphabetical order the limit would show only the first users; the newest grants are more useful.
        if current.is_empty() {
            return by_id(current);
        }
        let by_name = || {
            let (user, consumer) = match current.split_once('/') {
                Some((user, consumer)) => (user, Some(consumer)),
                None => (current, None),
            };
            let mut grants = read.grants_of_pair(user, consumer, active_only, LIMIT)?;
            // A pair names the active grant, otherwise the newest one. The store returns those first.
            let mut seen = HashSet::new();
            grants.retain(|grant| seen.insert((grant.username.clone(), grant.client_name.clone())));
            Ok(grants
                .iter()
                .map(|grant| {
                    let pair = format!("{}/{}", grant.username, grant.client_name);
                    candidate(&pair, &describe_grant(grant, grant.id.as_str(), now))
                })
                .collect())
        };
        by_name_or_id(current, GrantId::PREFIX, by_name, by_id)
    })
}

fn describe_grant(grant: &Grant, other_handle: &str, now: Timestamp) -> String {
    let scopes = grant.scopes.to_string();
    join([other_handle, unusual_state(grant.state()), &scopes, &relative_time(grant.created_at, now)])
}
