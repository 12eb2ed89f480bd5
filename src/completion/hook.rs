//! The entry points: answers to a shell, and the scripts that make a shell ask.

use clap::ValueEnum;
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};

use crate::completion::shells::bash::Bash;
use crate::completion::shells::fish::Fish;
use crate::completion::shells::zsh::Zsh;

/// Environment variable that the scripts set. The usual name `COMPLETE` is shared by all programs built on clap.
const VARIABLE: &str = "APICONN_COMPLETE";
const PROGRAM: &str = "apiconn";
const SHELLS: &[&dyn EnvCompleter] = &[&Bash, &Zsh, &Fish];

/// A shell with completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// In ~/.bashrc: source <(apiconn completions bash)
    Bash,
    /// In ~/.zshrc, after compinit: source <(apiconn completions zsh)
    Zsh,
    /// In config.fish: apiconn completions fish | source
    Fish,
}

/// Answers a completion request. Returns false if this run is none, so that the command must be run.
#[must_use]
pub fn hook(command_line: fn() -> clap::Command) -> bool {
    // The scripts pass `--` first, or no argument to get the registration. With any other argument this is a command, even
    // if the variable is set in the environment by mistake.
    if std::env::args_os().nth(1).is_some_and(|word| word != "--") {
        return false;
    }
    // An incomplete line has to be parsed too: its words decide which store is read.
    CompleteEnv::with_factory(|| command_line().ignore_errors(true))
        .var(VARIABLE)
        .bin(PROGRAM)
        .completer(PROGRAM)
        .shells(Shells(SHELLS))
        .try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref())
        // The request was answered, if only with an error, which the prompt cannot show.
        .unwrap_or(true)
}

/// Returns the script that makes a shell ask this program.
///
/// # Errors
/// [`std::io::Error`] if the script cannot be written; it is written into memory, so this does not happen.
pub fn registration(shell: Shell) -> std::io::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}
