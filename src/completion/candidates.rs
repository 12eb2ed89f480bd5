//! Candidates from the store: read only, at most a hundred, silent.

use std::time::Duration;

use clap::builder::StyledStr;
use clap_complete::engine::CompletionCandidate;

use crate::domain::State;
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::id::{ClientKind, GrantId};
use crate::domain::page::StateFilter;
use crate::domain::time::{Clock as _, SystemClock, Timestamp};
use crate::host::Environment;
use crate::render::cells::relative;
use crate::render::escape;
use crate::store::sqlite::{Access, SqliteStore};
use crate::store::{ReadTx, Store as _, StoreError};

use super::line::Line;

/// More than fit a screen help nobody.
const LIMIT: usize = 100;
/// A person waits at the prompt.
const WAIT: Duration = Duration::from_millis(50);

/// A value with its description.
pub(super) fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(StyledStr::from(escape::line(help))))
}

/// What `find` gives for the store that the line means, without what the line says already.
fn from_store(
    find: impl FnOnce(&dyn ReadTx, Timestamp) -> Result<Vec<CompletionCandidate>, StoreError>,
) -> Vec<CompletionCandidate> {
    let environment = Environment::of_process();
    let line = Line::of_process(&environment);
    let path =
        line.store.clone().or_else(|| environment.store.clone()).or_else(|| environment.default_store());
    let Some(path) = path else { return Vec::new() };
    let read = || {
        let store = SqliteStore::open(&path, Access::Read, WAIT)?;
        let snapshot = store.read()?;
        find(snapshot.as_ref(), SystemClock.now())
    };
    let mut found = read().unwrap_or_default();
    // The word being completed may itself be a whole candidate; only what stands elsewhere is taken out.
    found.retain(|candidate| {
        let value = candidate.get_value().to_str().unwrap_or_default();
        line.words.iter().filter(|word| *word == value).count() == 0
            || line.words.last().is_some_and(|word| word == value)
    });
    found
}

pub(super) fn clients(kind: ClientKind, state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let by_id = !current.is_empty()
            && (current.starts_with(kind.id_prefix()) || kind.id_prefix().starts_with(current));
        let mut found: Vec<_> = read
            .clients_starting(kind, current, state, LIMIT, now)?
            .iter()
            .map(|client| client_candidate(client, current.starts_with(kind.id_prefix()), now))
            .collect();
        if by_id && found.is_empty() {
            let prefix = kind.id_prefix();
            found = read
                .clients_starting(kind, prefix, state, LIMIT, now)?
                .iter()
                .map(|client| client_candidate(client, true, now))
                .collect();
        }
        Ok(found)
    })
}

fn client_candidate(client: &Client, by_id: bool, now: Timestamp) -> CompletionCandidate {
    let (value, other) = if by_id {
        (client.id.as_str(), client.name.as_str())
    } else {
        (client.name.as_str(), client.id.as_str())
    };
    let used = client
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("used {}", relative(at, now)));
    let state = match client.state(now) {
        State::Active => String::new(),
        state => format!("{}, ", state.as_str()),
    };
    candidate(value, &format!("{other}, {state}{}, {used}", client.scopes()))
}

pub(super) fn users(state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let by_id = current.starts_with(crate::domain::id::UserId::PREFIX);
        let found = read.users_starting(current, state, LIMIT)?;
        Ok(found
            .iter()
            .map(|user| {
                let name = user.display_name.as_ref().map_or("", |name| name.as_str());
                if by_id {
                    candidate(user.id.as_str(), &format!("{} {name}", user.username))
                } else {
                    candidate(user.username.as_str(), &format!("{} {name}", user.id))
                }
            })
            .collect())
    })
}

pub(super) fn grants(live_only: bool, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        if let Some((user, consumer)) = current.split_once('/') {
            let found = read.grants_of_pair(user, Some(consumer), live_only, LIMIT)?;
            return Ok(found.iter().map(|grant| pair_candidate(grant, now)).collect());
        }
        let mut found: Vec<_> = Vec::new();
        if GrantId::PREFIX.starts_with(current) || current.starts_with(GrantId::PREFIX) {
            found.extend(
                read.grants_starting(current, live_only, LIMIT)?.iter().map(|grant| id_candidate(grant, now)),
            );
        }
        if !current.is_empty() && !current.starts_with(GrantId::PREFIX) {
            found.extend(
                read.grants_of_pair(current, None, live_only, LIMIT)?
                    .iter()
                    .map(|grant| pair_candidate(grant, now)),
            );
        }
        Ok(found)
    })
}

fn id_candidate(grant: &Grant, now: Timestamp) -> CompletionCandidate {
    let help = format!(
        "{} → {}, {}, {}",
        grant.username,
        grant.client_name,
        grant.scopes,
        relative(grant.created_at, now)
    );
    candidate(grant.id.as_str(), &help)
}

fn pair_candidate(grant: &Grant, now: Timestamp) -> CompletionCandidate {
    let help = format!("{}, {}, {}", grant.id, grant.scopes, relative(grant.created_at, now));
    candidate(&format!("{}/{}", grant.username, grant.client_name), &help)
}

pub(super) fn tokens(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let found = read.tokens_starting(current, LIMIT, now)?;
        Ok(found
            .iter()
            .map(|held| {
                candidate(
                    held.token.id.as_str(),
                    &format!(
                        "{}, {}, expires {}",
                        held.client.name,
                        held.scopes(),
                        relative(held.token.expires_at, now)
                    ),
                )
            })
            .collect())
    })
}

pub(super) fn scopes(current: &str) -> Vec<CompletionCandidate> {
    let mut found = from_store(|read, _| {
        let found =
            read.scopes()?.into_iter().filter(|entry| entry.scope.as_str().starts_with(current)).take(LIMIT);
        Ok(found.map(|entry| candidate(entry.scope.as_str(), entry.description.as_str())).collect())
    });
    let own = crate::domain::scope::INTROSPECT;
    if own.starts_with(current) {
        found.push(candidate(own, "ask the service what a token is"));
    }
    found
}

pub(super) fn groups(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let found =
            read.groups()?.into_iter().filter(|group| group.name.as_str().starts_with(current)).take(LIMIT);
        Ok(found.map(|group| candidate(group.name.as_str(), &group.scopes.to_string())).collect())
    })
}
