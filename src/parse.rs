//! From words to a command line, and what is said where they make none.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;
use crate::commands::ctx::colour;
use crate::commands::global::ColorArg;
use crate::domain::name::shorten;
use crate::exit::Exit;
use crate::host::Host;
use crate::render::{Format, Output};

/// Reads the words.
///
/// # Errors
/// Where they make no command line, says why on the host's streams and gives the exit code; for `--help` and `--version`
/// that is success.
pub(crate) fn parse(arguments: &[OsString], host: &mut Host) -> Result<Cli, Exit> {
    let error = match Cli::try_parse_from(arguments) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let mut out = Output {
        stdout: &mut *host.stdout,
        stderr: &mut *host.stderr,
        format: if wants_json(arguments) { Format::Json } else { Format::Table },
        fields: None,
        quiet: false,
        colour: colour(ColorArg::Auto, &host.environment, host.terminals.stderr),
        width: usize::MAX,
        now: host.clock.now(),
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
            let (message, hints) = explain(&error);
            out.failure("usage", &message, &hints, &[]);
            Err(Exit::Usage)
        }
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
fn explain(error: &clap::Error) -> (String, Vec<String>) {
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
    if let Some(usage) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let line = usage.lines().map(str::trim).find(|line| line.contains("apiconn")).unwrap_or_default();
        let line = line.strip_prefix("Usage: ").unwrap_or(line);
        if !line.is_empty() {
            hints.push(format!("usage: {line}"));
        }
    }
    if hints.is_empty() || error.kind() == ErrorKind::ValueValidation {
        hints.push("apiconn --help lists the commands, and each command has --help with examples".to_owned());
    }
    (message, hints)
}

/// A line of clap's, in which a value of ten thousand characters would bury the reason.
fn cut(line: &str) -> String {
    const LONGEST: usize = 300;
    if line.chars().count() > LONGEST { shorten(line) } else { line.to_owned() }
}
