//! Candidates for arguments that name API keys and consumers.

use std::collections::HashSet;

use clap_complete::engine::CompletionCandidate;

use crate::completion::candidates::lookup::{
    LIMIT, by_name_or_id, candidate, from_store, join, unusual_state,
};
use crate::domain::client::Client;
use crate::domain::id::ClientKind;
use crate::domain::page::StateFilter;
use crate::domain::time::Timestamp;
use crate::render::relative_time::relative_time;
use crate::store::clients::HandlePrefix;

/// Returns the clients of a kind whose name or id begins with `current`.
pub(crate) fn clients(kind: ClientKind, state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let find = |prefix: HandlePrefix<'_>| read.clients_starting(kind, prefix, state, LIMIT, now);
        let by_name = |client: &Client| {
            candidate(client.name.as_str(), &describe_client(client, client.id.as_str(), now))
        };
        let by_id = |client: &Client| {
            candidate(client.id.as_str(), &describe_client(client, client.name.as_str(), now))
        };
        let with_id = |word: &str| Ok(find(HandlePrefix::Id(word))?.iter().map(by_id).collect());
        let candidates = by_name_or_id(
            current,
            kind.id_prefix(),
            || {
                let named = find(HandlePrefix::Name(current))?;
                Ok(latest_of_each_name(named, current.is_empty()).iter().map(by_name).collect())
            },
            with_id,
        )?;
        // The id of a client may have another form than new ids.
        if candidates.is_empty() && !current.is_empty() { with_id(current) } else { Ok(candidates) }
    })
}

/// Keeps the newest client of each name: a name can be used again once its client is revoked.
fn latest_of_each_name(mut clients: Vec<Client>, newest_first: bool) -> Vec<Client> {
    let mut seen = HashSet::new();
    if newest_first {
        clients.retain(|client| seen.insert(client.name.clone()));
    } else {
        clients.reverse();
        clients.retain(|client| seen.insert(client.name.clone()));
        clients.reverse();
    }
    clients
}

fn describe_client(client: &Client, other_handle: &str, now: Timestamp) -> String {
    let used = client
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("used {}", relative_time(at, now)));
    join([other_handle, unusual_state(client.state(now)), &client.scopes().to_string(), &used])
}
