//! Parses the command line, and explains why it cannot be parsed.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use crate::cli::Cli;
use crate::commands::context::colour;
use crate::commands::global::ColorArg;
use crate::commands::shared::help_text::printable;
use crate::credentials::format::{holds_credential, redact};
use crate::domain::handle::HandleError;
use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{Format, Output};
use crate::system::System;

/// Parses the arguments of the process, the name of the program first.
///
/// # Errors
/// The [`Exit`] code of the run, after the help, the version or the error was printed: [`Exit::Done`] for `--help` and
/// `--version`, otherwise [`Exit::Usage`].
pub(crate) fn parse(arguments: &[OsString], system: &mut System) -> Result<Cli, Exit> {
    // A secret is refused in any argument, also in a name or description, which would be stored.
    let pasted = arguments.iter().any(|word| holds_credential(&word.to_string_lossy()));
    let parsed = if pasted { Err(None) } else { Cli::try_parse_from(arguments).map_err(Some) };
    let error = match parsed {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let mut out = Output {
        stdout: &mut *system.stdout,
        stderr: &mut *system.stderr,
        format: if wants_json(arguments) { Format::Json } else { Format::Table },
        fields: None,
        quiet: false,
        colour: colour(requested_colour(arguments), &system.environment, system.terminals.stderr),
        width: usize::MAX,
        deferred: None,
        redact,
        clock: &*system.clock,
    };
    let Some(error) = error else {
        let failure = Failure::from(HandleError::Credential("a secret or token"));
        out.failure(failure.code, &failure.message, &failure.hints, &[]);
        return Err(failure.exit);
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe is not a failure of the help.
            let _ = out.text(&printable(&error.render().to_string()));
            Err(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if out.format != Format::Json => {
            out.help(&printable(&error.render().to_string()));
            Err(Exit::Usage)
        }
        _ => {
            let (message, hints) = explain(&error, arguments);
            out.failure("usage", &message, &hints, &[]);
            Err(Exit::Usage)
        }
    }
}

/// Returns the value of `--color` in arguments that could not be parsed.
fn requested_colour(arguments: &[OsString]) -> ColorArg {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let requested = |choice: &str| {
        words.iter().any(|word| word.strip_prefix("--color=") == Some(choice))
            || words.windows(2).any(|pair| *pair == ["--color", choice])
    };
    match (requested("never"), requested("always")) {
        (true, _) => ColorArg::Never,
        (false, true) => ColorArg::Always,
        (false, false) => ColorArg::Auto,
    }
}

/// Returns true if arguments that could not be parsed ask for JSON.
fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    words.contains(&"--json")
        || words.iter().any(|word| {
            matches!(*word, "-ojson" | "-o=json" | "--output=json" | "-ojsonl" | "--output=jsonl")
        })
        || words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json" | "jsonl"]))
}

/// Returns the message and the hints for an error of clap. Long values are shortened; [`Output`] escapes them.
fn explain(error: &clap::Error, arguments: &[OsString]) -> (String, Vec<String>) {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let mut hints = Vec::new();
    let message = match error.kind() {
        ErrorKind::ValueValidation => {
            let argument = context(ContextKind::InvalidArg).unwrap_or_default();
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{argument}: {why}")
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing".to_owned(),
        _ => {
            let (wrong, near) = (context(ContextKind::InvalidArg), context(ContextKind::SuggestedArg));
            let negates_another = near.is_some_and(|near| negates_another(&wrong.unwrap_or_default(), &near));
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let mut paragraphs = text.split("\n\n");
            let first = paragraphs.next().unwrap_or_default();
            let lines: Vec<String> =
                first.lines().map(|line| cut(line.trim())).filter(|line| !line.is_empty()).collect();
            for line in paragraphs.flat_map(str::lines).map(str::trim) {
                if let Some(tip) = line.strip_prefix("tip: ")
                    && !negates_another
                {
                    hints.push(cut(tip));
                }
            }
            lines.join(" ")
        }
    };
    if hints.is_empty()
        && let Some(wrong) = context(ContextKind::InvalidSubcommand)
        && let Some(near) = near_command(&wrong, arguments)
    {
        hints.push(format!("a similar subcommand exists: '{near}'"));
    }
    if let Some(usage) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let line = usage.lines().map(str::trim).find(|line| line.contains("apiconn")).unwrap_or_default();
        let line = line.strip_prefix("Usage: ").unwrap_or(line);
        if !line.is_empty() {
            hints.push(format!("usage: {line}"));
        }
    }
    if hints.is_empty() {
        hints.push(help_hint(arguments));
    }
    (message, hints)
}

/// Returns the deepest command that the arguments name, and its path, such as `apiconn key create`.
fn command_of(arguments: &[OsString]) -> (clap::Command, String) {
    let mut command = Cli::command();
    let mut path = "apiconn".to_owned();
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(child) = command.find_subcommand(word).cloned() {
            path = format!("{path} {}", child.get_name());
            command = child;
        }
    }
    (command, path)
}

/// Returns the hint for a wrong command line that has no other.
pub(crate) fn help_hint(arguments: &[OsString]) -> String {
    let (command, path) = command_of(arguments);
    if command.has_subcommands() {
        format!("to list the commands: {path} --help")
    } else {
        format!("for its arguments and examples: {path} --help")
    }
}

/// Returns a command that differs by one typing error. clap's own measure misses swapped letters in short words.
fn near_command(wrong: &str, arguments: &[OsString]) -> Option<String> {
    let (command, _) = command_of(arguments);
    command
        .get_subcommands()
        .map(clap::Command::get_name)
        .find(|name| strsim::damerau_levenshtein(name, wrong) == 1)
        .map(str::to_owned)
}

/// Returns true if the suggested flag removes a property, and differs from the wrong one by more than a typing error.
fn negates_another(wrong: &str, suggested: &str) -> bool {
    suggested.starts_with("--no-") && strsim::damerau_levenshtein(wrong, suggested) > 1
}

/// Shortens a line of clap's message, which repeats the value as typed, however long.
fn cut(line: &str) -> String {
    const LONGEST: usize = 300;
    if line.chars().count() > LONGEST { shorten(line) } else { line.to_owned() }
}
