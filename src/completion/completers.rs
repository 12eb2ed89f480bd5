//! The completers of command arguments.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::completion::candidates;
use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::domain::page::StateFilter;
use crate::domain::settings::SettingName;

/// The states of the objects that a verb can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum States {
    All,
    NotRevoked,
    Active,
    Disabled,
}

impl States {
    const fn filter(self) -> StateFilter {
        match self {
            Self::All => StateFilter::All,
            Self::NotRevoked => StateFilter::NotRevoked,
            Self::Active => StateFilter::Only(State::Active),
            Self::Disabled => StateFilter::Only(State::Disabled),
        }
    }
}

fn completer(find: impl Fn(&str) -> Vec<CompletionCandidate> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| current.to_str().map_or_else(Vec::new, &find))
}

/// Completes API keys by name, or by id if the word begins like an id and like no name.
#[must_use]
pub fn keys(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::clients::clients(ClientKind::Key, states.filter(), current))
}

/// Completes consumers by name, or by id if the word begins like an id and like no name.
#[must_use]
pub fn consumers(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::clients::clients(ClientKind::Consumer, states.filter(), current))
}

/// Completes users by name, or by id if the word begins like an id and like no name.
#[must_use]
pub fn users(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::users::users(states.filter(), current))
}

/// Completes grants by id, or as `USER/CONSUMER` if the word begins like the name of a user.
#[must_use]
pub fn grants(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::grants::grants(states != States::All, current))
}

/// Completes tokens that are not expired, by id.
#[must_use]
pub fn tokens() -> ArgValueCompleter {
    completer(candidates::tokens::tokens)
}

/// Completes refusals by the id of their request.
#[must_use]
pub fn refusals() -> ArgValueCompleter {
    completer(candidates::refusals::refusals)
}

/// Completes scopes that a client can have: the declared ones and the scope for introspection.
#[must_use]
pub fn scopes() -> ArgValueCompleter {
    completer(candidates::catalog::scopes)
}

/// Completes the declared scopes of the base.
#[must_use]
pub fn declared_scopes() -> ArgValueCompleter {
    completer(candidates::catalog::declared_scopes)
}

/// Completes permission groups by name.
#[must_use]
pub fn groups() -> ArgValueCompleter {
    completer(candidates::catalog::groups)
}

/// Completes the names of settings.
#[must_use]
pub fn settings() -> ArgValueCompleter {
    completer(|current| {
        let names = SettingName::ALL.into_iter().filter(|name| name.as_str().starts_with(current));
        names.map(|name| candidates::lookup::candidate(name.as_str(), name.meaning())).collect()
    })
}

/// Completes the words of a fixed list.
#[must_use]
pub fn words(words: &'static [&'static str]) -> ArgValueCompleter {
    completer(move |current| {
        words.iter().filter(|word| word.starts_with(current)).map(CompletionCandidate::new).collect()
    })
}
