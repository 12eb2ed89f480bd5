//! Candidates from the store: read only, at most a hundred, silent.

use std::collections::HashSet;
use std::time::Duration;

use clap::builder::StyledStr;
use clap_complete::engine::CompletionCandidate;

use crate::domain::State;
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::id::{ClientKind, GrantId, UserId};
use crate::domain::name::Name;
use crate::domain::page::StateFilter;
use crate::domain::refusal::StoredRefusal;
use crate::domain::scope::INTROSPECT;
use crate::domain::time::{Clock as _, SystemClock, Timestamp};
use crate::domain::token::TokenRecord;
use crate::domain::user::User;
use crate::render::cells::relative;
use crate::render::escape;
use crate::store;
use crate::store::{Access, ReadTx, StoreError};
use crate::system::ProcessEnvironment;

use crate::completion::line;

/// More than fit a screen help nobody.
const LIMIT: usize = 100;
/// A person waits at the prompt.
const WAIT: Duration = Duration::from_millis(50);

/// A value with its description.
pub(crate) fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(StyledStr::from(escape::line(help))))
}

/// What `find` gives for the store that the line means.
fn from_store(
    find: impl FnOnce(&dyn ReadTx, Timestamp) -> Result<Vec<CompletionCandidate>, StoreError>,
) -> Vec<CompletionCandidate> {
    let Some(path) = line::store(&ProcessEnvironment::of_process()) else { return Vec::new() };
    let read = || {
        let opened = store::open(&path, Access::Read, WAIT)?;
        let snapshot = opened.read()?;
        find(snapshot.as_ref(), SystemClock.now())
    };
    read().unwrap_or_default()
}

/// Names that begin with the word; ids where it begins like one, also if it is only the beginning of their prefix and
/// no name has it.
fn by_name_or_id(
    current: &str,
    id_prefix: &str,
    named: impl FnOnce() -> Result<Vec<CompletionCandidate>, StoreError>,
    identified: impl FnOnce(&str) -> Result<Vec<CompletionCandidate>, StoreError>,
) -> Result<Vec<CompletionCandidate>, StoreError> {
    if current.starts_with(id_prefix) {
        return identified(current);
    }
    let found = named()?;
    let begun = !current.is_empty() && id_prefix.starts_with(current);
    if found.is_empty() && begun { identified(id_prefix) } else { Ok(found) }
}

/// The parts that there are, with commas between.
fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The state, where it is not the usual one.
fn remarkable(state: State) -> &'static str {
    if state == State::Active { "" } else { state.as_str() }
}

pub(crate) fn clients(kind: ClientKind, state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let find = |word: &str| read.clients_starting(kind, word, state, LIMIT, now);
        let named =
            |client: &Client| candidate(client.name.as_str(), &about_client(client, client.id.as_str(), now));
        let identified =
            |client: &Client| candidate(client.id.as_str(), &about_client(client, client.name.as_str(), now));
        by_name_or_id(
            current,
            kind.id_prefix(),
            || Ok(latest_of_each_name(find(current)?, current.is_empty()).iter().map(named).collect()),
            |word| Ok(find(word)?.iter().map(identified).collect()),
        )
    })
}

/// A name that was freed and given again leads to who has it now.
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

fn about_client(client: &Client, other_handle: &str, now: Timestamp) -> String {
    let used = client
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("used {}", relative(at, now)));
    joined([other_handle, remarkable(client.state(now)), &client.scopes().to_string(), &used])
}

pub(crate) fn users(state: StateFilter, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let find = |word: &str| read.users_starting(word, state, LIMIT);
        let named = |user: &User| candidate(user.username.as_str(), &about_user(user, user.id.as_str()));
        let identified = |user: &User| candidate(user.id.as_str(), &about_user(user, user.username.as_str()));
        by_name_or_id(
            current,
            UserId::PREFIX,
            || Ok(find(current)?.iter().map(named).collect()),
            |word| Ok(find(word)?.iter().map(identified).collect()),
        )
    })
}

fn about_user(user: &User, other_handle: &str) -> String {
    let name = user.display_name.as_ref().map_or("", |name| name.as_str());
    joined([other_handle, name, remarkable(user.state())])
}

pub(crate) fn grants(live_only: bool, current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let identified = |word: &str| -> Result<Vec<CompletionCandidate>, StoreError> {
            Ok(read
                .grants_starting(word, live_only, LIMIT)?
                .iter()
                .map(|grant| {
                    let pair = format!("{} → {}", grant.username, grant.client_name);
                    candidate(grant.id.as_str(), &about_grant(grant, &pair, now))
                })
                .collect())
        };
        // A hundred users may stand before the one that is meant: the newest grants help more.
        if current.is_empty() {
            return identified(current);
        }
        let named = || {
            let (user, consumer) = match current.split_once('/') {
                Some((user, consumer)) => (user, Some(consumer)),
                None => (current, None),
            };
            let mut found = read.grants_of_pair(user, consumer, live_only, LIMIT)?;
            // The pair means the grant in force, else the last one, which come first.
            let mut seen = HashSet::new();
            found.retain(|grant| seen.insert((grant.username.clone(), grant.client_name.clone())));
            Ok(found
                .iter()
                .map(|grant| {
                    let pair = format!("{}/{}", grant.username, grant.client_name);
                    candidate(&pair, &about_grant(grant, grant.id.as_str(), now))
                })
                .collect())
        };
        by_name_or_id(current, GrantId::PREFIX, named, identified)
    })
}

fn about_grant(grant: &Grant, other_handle: &str, now: Timestamp) -> String {
    let scopes = grant.scopes.to_string();
    joined([other_handle, remarkable(grant.state()), &scopes, &relative(grant.created_at, now)])
}

pub(crate) fn tokens(current: &str) -> Vec<CompletionCandidate> {
    let about = |held: &TokenRecord, now| {
        let holder = match &held.authorization {
            Some((grant, _)) => format!("{} → {}", grant.username, grant.client_name),
            None => held.client.name.to_string(),
        };
        let expires = format!("expires {}", relative(held.token.expires_at, now));
        joined([holder.as_str(), &held.scopes().to_string(), &expires])
    };
    from_store(|read, now| {
        let found = read.tokens_starting(current, LIMIT, now)?;
        Ok(found.iter().map(|held| candidate(held.token.id.as_str(), &about(held, now))).collect())
    })
}

pub(crate) fn refusals(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, now| {
        let about = |stored: &StoredRefusal| {
            let client =
                stored.client.as_ref().and_then(|client| client.name.as_ref()).map_or("", Name::as_str);
            joined([relative(stored.at, now).as_str(), client, &stored.code])
        };
        let found = read.refusals_starting(current, LIMIT)?;
        // What begins like no id is offered none: the ids of others do not begin with it.
        let found = found.iter().filter(|stored| stored.request.as_str().starts_with(current));
        Ok(found.map(|stored| candidate(stored.request.as_str(), &about(stored))).collect())
    })
}

pub(crate) fn scopes(current: &str) -> Vec<CompletionCandidate> {
    let mut found = declared_scopes(current);
    if INTROSPECT.starts_with(current) {
        found.push(candidate(INTROSPECT, "ask the service what a token is"));
    }
    found
}

pub(crate) fn declared_scopes(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let found =
            read.scopes()?.into_iter().filter(|entry| entry.scope.as_str().starts_with(current)).take(LIMIT);
        Ok(found.map(|entry| candidate(entry.scope.as_str(), entry.description.as_str())).collect())
    })
}

pub(crate) fn groups(current: &str) -> Vec<CompletionCandidate> {
    from_store(|read, _| {
        let found = read
            .group_scopes()?
            .into_iter()
            .filter(|group| group.name.as_str().starts_with(current))
            .take(LIMIT);
        Ok(found.map(|group| candidate(group.name.as_str(), &group.scopes.to_string())).collect())
    })
}
