//! fish, with the script of `clap_complete`.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use crate::completion::engine::candidates;

/// The adapter of fish, which shows descriptions beside the values.
pub(crate) struct Fish;

impl EnvCompleter for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn is(&self, name: &str) -> bool {
        name == "fish"
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        clap_complete::env::Fish.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        let index = words.len().saturating_sub(1);
        for candidate in candidates(command, words, index, folder)? {
            match candidate.help {
                Some(help) => writeln!(buf, "{}\t{help}", candidate.value)?,
                None => writeln!(buf, "{}", candidate.value)?,
            }
        }
        Ok(())
    }
}
