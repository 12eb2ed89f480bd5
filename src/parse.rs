//! From words to a command line, and what is said where they make none.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use crate::cli::Cli;
use crate::commands::context::colour;
use crate::commands::global::ColorArg;
use crate::credentials::format::{holds_credential, redact};
use crate::domain::handle::HandleError;
use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{Format, Output};
use crate::system::Host;

/// Reads the words.
///
/// # Errors
/// Where they make no command line, says why on the host's streams and gives the exit code; for `--help` and `--version`
/// that is success.
pub(crate) fn parse(arguments: &[OsString], host: &mut Host) -> Result<Cli, Exit> {
    // Wherever it stands, it would end in the store, a file name or a message.
    let pasted = arguments.iter().any(|word| holds_credential(&word.to_string_lossy()));
    let parsed = if pasted { Err(None) } else { Cli::try_parse_from(arguments).map_err(Some) };
    let error = match parsed {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let mut out = Output {
        stdout: &mut *host.stdout,
        stderr: &mut *host.stderr,
        format: if wants_json(arguments) { Format::Json } else { Format::Table },
        fields: None,
        quiet: false,
        colour: colour(asked_colour(arguments), &host.environment, host.terminals.stderr),
        width: usize::MAX,
        deferred: None,
        redact,
        clock: &*host.clock,
    };
    let Some(error) = error else {
        let failure = Failure::from(HandleError::Credential("a secret or token"));
        out.failure(failure.code, &failure.message, &failure.hints, &[]);
        return Err(failure.exit);
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that went away has seen enough of the help.
            let _ = out.text(&error.render().to_string());
            Err(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if out.format != Format::Json => {
            out.help(&error.render().to_string());
            Err(Exit::Usage)
        }
        _ => {
            let (message, hints) = explain(&error, arguments);
            out.failure("usage", &message, &hints, &[]);
            Err(Exit::Usage)
        }
    }
}

/// What `--color` said, as far as it can be told from words that could not be read.
fn asked_colour(arguments: &[OsString]) -> ColorArg {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let asked = |choice: &str| {
        words.iter().any(|word| word.strip_prefix("--color=") == Some(choice))
            || words.windows(2).any(|pair| *pair == ["--color", choice])
    };
    match (asked("never"), asked("always")) {
        (true, _) => ColorArg::Never,
        (false, true) => ColorArg::Always,
        (false, false) => ColorArg::Auto,
    }
}

/// Whether an error should be JSON although the words could not be read.
fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    words.contains(&"--json")
        || words.iter().any(|word| {
            matches!(*word, "-ojson" | "-o=json" | "--output=json" | "-ojsonl" | "--output=jsonl")
        })
        || words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json" | "jsonl"]))
}

/// One sentence and its hints. Values that a person typed are cut and escaped; secrets among them are taken out later.
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
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let mut paragraphs = text.split("\n\n");
            let first = paragraphs.next().unwrap_or_default();
            let lines: Vec<String> =
                first.lines().map(|line| cut(line.trim())).filter(|line| !line.is_empty()).collect();
            for line in paragraphs.flat_map(str::lines).map(str::trim) {
                if let Some(tip) = line.strip_prefix("tip: ") {
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

/// The command that the words lead to, as far as they do, and its path.
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

/// Where to read how the command is used: what helps where nothing better is known.
pub(crate) fn help_hint(arguments: &[OsString]) -> String {
    let (command, path) = command_of(arguments);
    if command.has_subcommands() {
        format!("{path} --help lists the commands, and each command has --help with examples")
    } else {
        format!("{path} --help says what it takes, with examples")
    }
}

/// A command one slip of the finger away. clap's own measure misses swapped letters in short words.
fn near_command(wrong: &str, arguments: &[OsString]) -> Option<String> {
    let (command, _) = command_of(arguments);
    command
        .get_subcommands()
        .map(clap::Command::get_name)
        .find(|name| strsim::damerau_levenshtein(name, wrong) == 1)
        .map(str::to_owned)
}

/// A line of clap's, in which a value of ten thousand characters would bury the reason.
fn cut(line: &str) -> String {
    const LONGEST: usize = 300;
    if line.chars().count() > LONGEST { shorten(line) } else { line.to_owned() }
}
