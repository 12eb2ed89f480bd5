//! One manual page: the sections that clap knows, and those that it does not.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::commands::shared::help_text::{EXAMPLES, EXIT_CODES, printable};
use crate::commands::topics;
use crate::exit::Exit;

/// The examples of apiconn(1).
pub(crate) const GENERAL_EXAMPLES: [(&str, &str); 5] = [
    ("Create a key in the default store:", "apiconn key create erp-sync --scope assets.read --expires 90d"),
    (
        "List the keys that expire within two weeks, and fail if there is one:",
        "apiconn key list --expiring-in 14d --fail-if-any",
    ),
    ("Replace a secret; the old one works for three more days:", "apiconn key rotate erp-sync --overlap 72h"),
    ("Run the token service:", "apiconn serve --listen 127.0.0.1:8080"),
    ("Show why the service refused requests:", "apiconn refusal list --limit 20"),
];

/// Returns a page as roff. `command` has the name of the page, such as `apiconn-key-create`.
///
/// # Errors
/// [`std::io::Error`] if the page cannot be written. It is written into memory, so this is not expected.
pub(crate) fn page(command: &Command) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let is_general = command.get_display_name().unwrap_or(command.get_name()) == "apiconn";
    let end = command.get_after_long_help().map(|text| printable(&text.to_string())).unwrap_or_default();
    let command = command.clone().subcommand_help_heading("COMMANDS");
    let has_commands = command.get_subcommands().any(|child| !child.is_hide_set());
    let man = Man::new(command);
    man.render_title(&mut bytes)?;
    man.render_name_section(&mut bytes)?;
    man.render_synopsis_section(&mut bytes)?;
    man.render_description_section(&mut bytes)?;
    if has_commands {
        man.render_subcommands_section(&mut bytes)?;
    }
    man.render_options_section(&mut bytes)?;
    let mut roff = Roff::default();
    if is_general {
        general_sections(&mut roff);
    } else {
        own_sections(&mut roff, &end);
    }
    roff.to_writer(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds the sections of apiconn(1).
fn general_sections(roff: &mut Roff) {
    roff.control("SH", ["EXAMPLES"]);
    for (purpose, example) in GENERAL_EXAMPLES {
        roff.control("PP", []);
        roff.text([roman(purpose)]);
        verbatim(roff, [example]);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in Exit::TABLE {
        entry(roff, &exit.code().to_string(), meaning);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in topics::VARIABLES {
        entry(roff, name, meaning);
    }
    roff.control("PP", []);
    roff.text([roman(topics::AUDITED_VARIABLES)]);
    roff.control("SH", ["FILES"]);
    entry(
        roff,
        "$XDG_DATA_HOME/apiconn/store.db",
        "The default store; ~/.local/share/apiconn/store.db if XDG_DATA_HOME is not set. It has mode 0600.",
    );
    entry(
        roff,
        "STORE-wal, STORE-shm",
        "Files of SQLite beside an open store. They belong to the store: do not remove them.",
    );
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("apiconn-key"),
        roman("(1), "),
        bold("apiconn-consumer"),
        roman("(1), "),
        bold("apiconn-grant"),
        roman("(1), "),
        bold("apiconn-serve"),
        roman("(1), and "),
        bold("apiconn help"),
        roman(format!(" with one of the topics {}.", topics::Topic::NAMES.join(", "))),
    ]);
}

/// Adds the sections of the page of one command, from the end of its help.
fn own_sections(roff: &mut Roff, end: &str) {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    for block in end.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut lines = block.lines();
        blocks.push((lines.next().unwrap_or_default(), lines.collect()));
    }
    for (title, lines) in &blocks {
        match *title {
            EXAMPLES => roff.control("SH", ["EXAMPLES"]),
            EXIT_CODES => continue,
            title => roff.control("SH", [title.trim_end_matches(':').to_uppercase().as_str()]),
        };
        verbatim(roff, lines.iter().copied());
    }
    roff.control("SH", ["EXIT STATUS"]);
    let special = blocks.iter().filter(|(title, _)| *title == EXIT_CODES).flat_map(|(_, lines)| lines);
    for (code, meaning) in special.filter_map(|line| line.trim().split_once("  ")) {
        entry(roff, code, meaning);
    }
    roff.control("PP", []);
    roff.text([bold("apiconn"), roman("(1) lists all exit codes, environment variables and files.")]);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("apiconn"), roman("(1)")]);
}

/// Adds lines that are not filled.
fn verbatim<'a>(roff: &mut Roff, lines: impl IntoIterator<Item = &'a str>) {
    roff.control("PP", []);
    roff.control("nf", []);
    roff.control("RS", ["4"]);
    for line in lines {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("RE", []);
    roff.control("fi", []);
}

/// Adds a term with its explanation.
fn entry(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(meaning)]);
}
