//! bash, with a script of our own.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use crate::completion::engine::{Candidate, candidates};
use crate::completion::shells::variables::{index, separator, variable};
use crate::domain::ellipsis::ellipsis;

/// The adapter of bash, which shows descriptions only in a listing of several candidates.
pub(crate) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        // The script of `clap_complete` splits words at = : and @, and expands * in descriptions to file names.
        buf.write_all(include_bytes!("bash.sh"))
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        let candidates = candidates(command, words, index(), folder)?;
        // COMP_TYPE is `?`, `!` or `@` if candidates are listed (bash(1)). Otherwise bash may insert the whole text.
        let lists =
            matches!(variable("_CLAP_COMPLETE_COMP_TYPE"), Some(63 | 33 | 64)) && candidates.len() > 1;
        let texts: Vec<String> = if lists {
            listing(&candidates)
        } else {
            candidates.iter().map(|candidate| quoted(&candidate.value)).collect()
        };
        buf.write_all(texts.join(&separator()).as_bytes())
    }
}

/// Returns lines with the values in one column and their descriptions, shortened to the terminal, in another.
fn listing(candidates: &[Candidate]) -> Vec<String> {
    let columns = variable("APICONN_COMPLETE_COLUMNS").filter(|columns| *columns > 0).unwrap_or(80);
    let widest =
        candidates.iter().map(|candidate| quoted(&candidate.value).chars().count()).max().unwrap_or_default();
    let line = |candidate: &Candidate| {
        let value = quoted(&candidate.value);
        let Some(help) = &candidate.help else { return value };
        let room = usize::saturating_sub(columns, widest + 5);
        let help = ellipsis(help, room);
        format!("{value:widest$}  ({help})")
    };
    candidates.iter().map(line).collect()
}

/// Escapes a value with backslashes: bash inserts it unquoted, and a scope may contain `$`, `;` or a backtick.
fn quoted(value: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "._-@:=/,+%~".contains(character);
    value.chars().fold(String::with_capacity(value.len()), |mut quoted, character| {
        if !plain(character) {
            quoted.push('\\');
        }
        quoted.push(character);
        quoted
    })
}
