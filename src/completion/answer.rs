//! What fits at the cursor: clap's engine, made to feel right.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use clap_complete::engine::{CompletionCandidate, complete};

/// A value to insert, with its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub value: String,
    pub help: Option<String>,
}

/// What fits at word number `index`.
pub(crate) fn offers(
    command: &mut Command,
    mut words: Vec<OsString>,
    index: usize,
    folder: Option<&Path>,
) -> std::io::Result<Vec<Offer>> {
    // zsh leaves an empty last word out.
    if words.len() == index {
        words.push(OsString::new());
    }
    let current = words.get(index).cloned().unwrap_or_default().into_string().unwrap_or_default();
    let given = given(command, &words, index);
    let mut found = complete(command, words, index, folder)?;
    // Twenty flags behind one value would keep the shell from filling that value in.
    if current.is_empty() && !found.iter().all(is_flag) {
        found.retain(|candidate| !is_flag(candidate));
    }
    let written = current.find('=').filter(|_| current.starts_with("--")).map_or("", |at| &current[..=at]);
    Ok(found
        .iter()
        .filter(|candidate| {
            let value = candidate.get_value().to_str().and_then(|value| value.strip_prefix(written));
            !given.iter().any(|(argument, values)| {
                candidate.get_tag().is_some_and(|tag| tag.to_string() == *argument)
                    && values.iter().any(|given| Some(given.as_os_str()) == value.map(OsStr::new))
            })
        })
        .filter_map(|candidate| offer(candidate, &current))
        .collect())
}

fn is_flag(candidate: &CompletionCandidate) -> bool {
    candidate.get_id().is_some_and(|id| id.starts_with("arg::"))
}

/// What the other words of the line give to each argument of its command. Only there is a value no longer needed: a
/// consumer may have the name of a user, or of a verb.
fn given(command: &mut Command, words: &[OsString], index: usize) -> Vec<(String, Vec<OsString>)> {
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

fn offer(candidate: &CompletionCandidate, current: &str) -> Option<Offer> {
    let value = candidate.get_value().to_str()?;
    // The engine offers one of a command's names, the first of the alphabet: an alias comes only to who began it.
    let name = candidate.get_id().and_then(|id| id.strip_prefix("command::"));
    let value = name.filter(|name| name.starts_with(current)).unwrap_or(value).to_owned();
    // Such a file name would be two candidates, or an escape sequence at the prompt.
    if value.chars().any(char::is_control) {
        return None;
    }
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.and_then(|help| help.lines().next().map(|line| line.trim().to_owned()));
    Some(Offer { value, help: help.filter(|help| !help.is_empty()) })
}
