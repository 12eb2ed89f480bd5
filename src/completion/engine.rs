//! Candidates for the word at the cursor: those of clap's engine, filtered.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use clap_complete::engine::{CompletionCandidate, complete};

/// A value to insert into the line, with its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub value: String,
    pub help: Option<String>,
}

/// Returns the candidates for word number `index`.
///
/// # Errors
/// [`std::io::Error`] of clap's engine, if the command line cannot be completed.
pub(crate) fn candidates(
    command: &mut Command,
    mut words: Vec<OsString>,
    index: usize,
    folder: Option<&Path>,
) -> std::io::Result<Vec<Candidate>> {
    // zsh does not pass an empty last word.
    if words.len() == index {
        words.push(OsString::new());
    }
    let current = words.get(index).cloned().unwrap_or_default().into_string().unwrap_or_default();
    let others = values_of_other_words(command, &words, index);
    let mut candidates = complete(command, words, index, folder)?;
    // With flags beside it, a single value would not be inserted by the shell.
    if current.is_empty() && !candidates.iter().all(is_flag) {
        candidates.retain(|candidate| !is_flag(candidate));
    }
    let flag = current.find('=').filter(|_| current.starts_with("--")).map_or("", |at| &current[..=at]);
    Ok(candidates
        .iter()
        .filter(|candidate| {
            let value = candidate.get_value().to_str().and_then(|value| value.strip_prefix(flag));
            !others.iter().any(|(argument, values)| {
                candidate.get_tag().is_some_and(|tag| tag.to_string() == *argument)
                    && values.iter().any(|other| Some(other.as_os_str()) == value.map(OsStr::new))
            })
        })
        .filter_map(|candidate| convert(candidate, &current))
        .collect())
}

fn is_flag(candidate: &CompletionCandidate) -> bool {
    candidate.get_id().is_some_and(|id| id.starts_with("arg::"))
}

/// Returns the arguments that the other words of the line have, each with its values.
///
/// A value is not offered twice for the same argument. For another argument it is: a consumer may have the name of a user.
fn values_of_other_words(
    command: &mut Command,
    words: &[OsString],
    index: usize,
) -> Vec<(String, Vec<OsString>)> {
    let others = words.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, word)| word);
    let Ok(matches) = command.try_get_matches_from_mut(others) else { return Vec::new() };
    let (mut command, mut matches): (&Command, &ArgMatches) = (command, &matches);
    while let Some((name, inner)) = matches.subcommand() {
        let Some(subcommand) = command.find_subcommand(name) else { break };
        (command, matches) = (subcommand, inner);
    }
    command
        .get_arguments()
        .filter(|argument| {
            matches.try_contains_id(argument.get_id().as_str()).unwrap_or(false)
                && matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
        .filter_map(|argument| {
            let values = matches.try_get_raw(argument.get_id().as_str()).ok()??;
            Some((argument.to_string(), values.map(OsStr::to_owned).collect()))
        })
        .collect()
}

fn convert(candidate: &CompletionCandidate, current: &str) -> Option<Candidate> {
    let value = candidate.get_value().to_str()?;
    // The engine gives the alphabetically first name of a command, which may be an alias. Its id has the main name.
    let name = candidate.get_id().and_then(|id| id.strip_prefix("command::"));
    let value = name.filter(|name| name.starts_with(current)).unwrap_or(value).to_owned();
    // A file name with a line feed would become two candidates, and one with an escape sequence would be run.
    if value.chars().any(char::is_control) {
        return None;
    }
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.and_then(|help| help.lines().next().map(|line| line.trim().to_owned()));
    Some(Candidate { value, help: help.filter(|help| !help.is_empty()) })
}
