//! zsh, with the script of `clap_complete`.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use crate::completion::engine::{Candidate, candidates};
use crate::completion::shells::variables::{index, separator};

/// The adapter of zsh, which shows descriptions beside the values.
pub(crate) struct Zsh;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn is(&self, name: &str) -> bool {
        name == "zsh"
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        clap_complete::env::Zsh.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        let line = |candidate: &Candidate| {
            let value = candidate.value.replace('\\', "\\\\").replace(':', "\\:");
            candidate
                .help
                .as_ref()
                .map_or_else(|| value.clone(), |help| format!("{value}:{}", help.replace('\\', "\\\\")))
        };
        let candidates = candidates(command, words, index(), folder)?;
        // zsh quotes a value when it inserts it, and does not expand a quoted `~`: such a path would name another file.
        let lines: Vec<String> =
            candidates.iter().filter(|candidate| !candidate.value.starts_with('~')).map(line).collect();
        buf.write_all(lines.join(&separator()).as_bytes())
    }
}
