//! What the shell offers at TAB: commands and flags, and ids and names from the store.
//!
//! A completer reads only, waits for nobody, and is silent whatever happens: a prompt is no place for an error.

mod answer;
mod candidates;
mod line;
mod shells;

use std::ffi::OsStr;

use clap::ValueEnum;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};

use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::domain::page::StateFilter;
use crate::domain::settings::SettingName;

/// Set by the scripts while they ask. A name of our own: `COMPLETE` is shared by every program built on clap.
const VARIABLE: &str = "APICONN_COMPLETE";
const PROGRAM: &str = "apiconn";
const SHELLS: &[&dyn EnvCompleter] = &[&shells::Bash, &shells::Zsh, &shells::Fish];

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// In ~/.bashrc: source <(apiconn completions bash)
    Bash,
    /// In ~/.zshrc, after compinit: source <(apiconn completions zsh)
    Zsh,
    /// In config.fish: apiconn completions fish | source
    Fish,
}

/// Answers the shell, if it is the shell that asks; true if so, and then nothing else is to be done.
#[must_use]
pub fn hook(command_line: fn() -> clap::Command) -> bool {
    // The scripts ask with -- and the line behind it, and are asked for with no words at all. Anything else is a command,
    // which a variable left behind in the environment must not swallow.
    if std::env::args_os().nth(1).is_some_and(|word| word != "--") {
        return false;
    }
    // Half a line is read as well, for what it holds already.
    CompleteEnv::with_factory(|| command_line().ignore_errors(true))
        .var(VARIABLE)
        .bin(PROGRAM)
        .completer(PROGRAM)
        .shells(Shells(SHELLS))
        .try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref())
        // A failure is an empty answer.
        .unwrap_or(true)
}

/// The script that makes a shell ask this program.
///
/// # Errors
/// Cannot fail in practice: it writes into memory.
pub fn registration(shell: Shell) -> std::io::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &shells::Bash,
        Shell::Zsh => &shells::Zsh,
        Shell::Fish => &shells::Fish,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Which objects a verb can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum States {
    /// All.
    All,
    /// All that is not revoked.
    NotRevoked,
    /// What is in force.
    Active,
    /// What is switched off.
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

/// API keys by name, or by id where the word begins like one and like no name.
#[must_use]
pub fn keys(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::clients(ClientKind::Key, states.filter(), current))
}

/// Consumers by name, or by id where the word begins like one and like no name.
#[must_use]
pub fn consumers(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::clients(ClientKind::Consumer, states.filter(), current))
}

/// Users by name, or by id where the word begins like one and like no name.
#[must_use]
pub fn users(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::users(states.filter(), current))
}

/// Grants by id, or as `USER/CONSUMER` where the word begins like a user.
#[must_use]
pub fn grants(states: States) -> ArgValueCompleter {
    completer(move |current| candidates::grants(states != States::All, current))
}

/// Live tokens by id.
#[must_use]
pub fn tokens() -> ArgValueCompleter {
    completer(candidates::tokens)
}

/// Refusals by the id of their request.
#[must_use]
pub fn refusals() -> ArgValueCompleter {
    completer(candidates::refusals)
}

/// Scopes that may be given: the declared ones, and this program's own.
#[must_use]
pub fn scopes() -> ArgValueCompleter {
    completer(candidates::scopes)
}

/// Declared scopes.
#[must_use]
pub fn declared_scopes() -> ArgValueCompleter {
    completer(candidates::declared_scopes)
}

/// Permission groups.
#[must_use]
pub fn groups() -> ArgValueCompleter {
    completer(candidates::groups)
}

/// Settings.
#[must_use]
pub fn settings() -> ArgValueCompleter {
    completer(|current| {
        let found = SettingName::ALL.into_iter().filter(|name| name.as_str().starts_with(current));
        found.map(|name| candidates::candidate(name.as_str(), name.meaning())).collect()
    })
}

/// Fixed words.
#[must_use]
pub fn words(words: &'static [&'static str]) -> ArgValueCompleter {
    completer(move |current| {
        words.iter().filter(|word| word.starts_with(current)).map(CompletionCandidate::new).collect()
    })
}
