//! One adapter a shell: the script that asks, and the answer in the form that the script reads.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use crate::completion::answer::{Offer, offers};

/// bash shows values only; where it lists several, ours have their descriptions behind them.
pub(crate) struct Bash;
/// zsh, by the script of `clap_complete`.
pub(crate) struct Zsh;
/// fish, by the script of `clap_complete`.
pub(crate) struct Fish;

#[expect(clippy::disallowed_methods, reason = "the scripts hand over the shell's state in variables")]
fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

fn index() -> usize {
    variable("_CLAP_COMPLETE_INDEX").unwrap_or_default()
}

fn separator() -> String {
    variable("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned())
}

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
        // That of `clap_complete` takes a word with = : or @ for several, and descriptions for file names.
        buf.write_all(include_bytes!("bash.sh"))
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> std::io::Result<()> {
        let offers = offers(command, words, index(), folder)?;
        // COMP_TYPE of `?`, `!` and `@`: the listings. In any other case all of the text may be typed into the line.
        let listing = matches!(variable("_CLAP_COMPLETE_COMP_TYPE"), Some(63 | 33 | 64)) && offers.len() > 1;
        let texts: Vec<String> =
            if listing { listed(&offers) } else { offers.iter().map(|offer| quoted(&offer.value)).collect() };
        buf.write_all(texts.join(&separator()).as_bytes())
    }
}

/// Values in a column, descriptions in another, cut to the terminal.
fn listed(offers: &[Offer]) -> Vec<String> {
    let columns = variable("APICONN_COMPLETE_COLUMNS").filter(|columns| *columns > 0).unwrap_or(80);
    let widest = offers.iter().map(|offer| quoted(&offer.value).chars().count()).max().unwrap_or_default();
    let line = |offer: &Offer| {
        let value = quoted(&offer.value);
        let Some(help) = &offer.help else { return value };
        let room = usize::saturating_sub(columns, widest + 5);
        let help = if help.chars().count() > room {
            help.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        } else {
            help.clone()
        };
        format!("{value:widest$}  ({help})")
    };
    offers.iter().map(line).collect()
}

/// bash types a value in as it is, and a scope may hold `$`, `;` or a backtick.
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
        let line = |offer: &Offer| {
            let value = offer.value.replace('\\', "\\\\").replace(':', "\\:");
            offer
                .help
                .as_ref()
                .map_or_else(|| value.clone(), |help| format!("{value}:{}", help.replace('\\', "\\\\")))
        };
        let offers = offers(command, words, index(), folder)?;
        // The script has zsh quote what it inserts, and a quoted ~ is no home: better nothing than another file.
        let lines: Vec<String> =
            offers.iter().filter(|offer| !offer.value.starts_with('~')).map(line).collect();
        buf.write_all(lines.join(&separator()).as_bytes())
    }
}

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
        for offer in offers(command, words, index, folder)? {
            match offer.help {
                Some(help) => writeln!(buf, "{}\t{help}", offer.value)?,
                None => writeln!(buf, "{}", offer.value)?,
            }
        }
        Ok(())
    }
}
