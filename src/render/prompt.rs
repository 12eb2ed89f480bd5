//! Questions to a person at a terminal. Callers make sure that there is one.

use std::io::Write as _;

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::domain::secret_text::SecretText;

/// A question was not answered.
#[derive(Debug)]
pub enum NoAnswer {
    /// Ctrl-C, or the terminal went away.
    Interrupted,
    /// Anything else.
    Failed(String),
}

impl From<dialoguer::Error> for NoAnswer {
    fn from(error: dialoguer::Error) -> Self {
        let dialoguer::Error::IO(error) = error;
        match error.kind() {
            std::io::ErrorKind::Interrupted | std::io::ErrorKind::UnexpectedEof => Self::Interrupted,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Yes or no, as a whole line; no is what Enter means. What was typed before the question was seen is no answer to it.
///
/// # Errors
/// Fails where nobody answered.
pub fn confirm(question: &str) -> Result<bool, NoAnswer> {
    tcflush(std::io::stdin(), QueueSelector::IFlush).map_err(failed)?;
    let answer: String = dialoguer::Input::new()
        .with_prompt(format!("{question} [y/N]"))
        .allow_empty(true)
        .validate_with(|answer: &String| yes_or_no(answer).map(|_| ()).ok_or("Please answer y or n."))
        .interact_text()?;
    Ok(yes_or_no(&answer) == Some(true))
}

fn yes_or_no(answer: &str) -> Option<bool> {
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// A secret, hidden and typed or pasted once.
///
/// # Errors
/// Fails where nobody answered.
pub fn hidden(what: &str) -> Result<SecretText, NoAnswer> {
    ask(&Quiet::begin()?, what)
}

/// A password, hidden and typed twice; asked for again until it passes `check` and both are the same.
///
/// # Errors
/// Fails where nobody answered.
pub fn new_password(
    question: &str,
    check: impl Fn(&SecretText) -> Result<(), String>,
) -> Result<SecretText, NoAnswer> {
    let quiet = Quiet::begin()?;
    loop {
        let password = ask(&quiet, question)?;
        if let Err(why) = check(&password) {
            say(&format!("{why}; please choose another.\n"))?;
        } else if same(&password, &ask(&quiet, "Password again")?) {
            return Ok(password);
        } else {
            say("The two differ; please enter both again.\n")?;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what was typed twice is compared with itself")]
fn same(one: &SecretText, other: &SecretText) -> bool {
    one.expose() == other.expose()
}

/// Ctrl-C, as the terminal sends it.
const CTRL_C: u8 = 3;

/// A terminal that does not show what is typed, until this is dropped.
///
/// It is quiet before the question is seen: whoever types or pastes at once is not shown, and loses nothing. Ctrl-C ends
/// the line instead of the process, which then restores the terminal; a kill does not.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn begin() -> Result<Self, NoAnswer> {
        let terminal = std::io::stdin();
        let before = tcgetattr(&terminal).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        quiet.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        quiet.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        tcsetattr(&terminal, OptionalActions::Now, &quiet).map_err(failed)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // If the terminal is gone there is nothing to restore.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Asks until there is an answer, at a terminal that is quiet.
fn ask(_: &Quiet, what: &str) -> Result<SecretText, NoAnswer> {
    loop {
        say(&format!("{what}: "))?;
        let line = read_line()?;
        if line.last() == Some(&CTRL_C) || line.is_empty() {
            say("\n")?;
            return Err(NoAnswer::Interrupted);
        }
        let text = std::str::from_utf8(&line).map_err(failed)?.trim_end_matches(['\r', '\n']);
        if !text.is_empty() {
            return Ok(SecretText::new(text.to_owned()));
        }
    }
}

fn say(text: &str) -> Result<(), NoAnswer> {
    let mut terminal = std::io::stderr();
    terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()).map_err(failed)
}

/// The bytes up to the end of the line, of the input, or to Ctrl-C; past the buffer of standard input, which would keep
/// a copy.
fn read_line() -> Result<Zeroizing<Vec<u8>>, NoAnswer> {
    // Never moved while it grows: a terminal gives at most 4095 bytes in a line.
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut byte = Zeroizing::new([0]);
    let next = |byte: &mut [u8; 1]| {
        rustix::io::retry_on_intr(|| rustix::io::read(std::io::stdin(), &mut *byte)).map_err(failed)
    };
    while line.len() < line.capacity() && next(&mut byte)? == 1 {
        line.push(byte[0]);
        if matches!(byte[0], b'\n' | CTRL_C) {
            break;
        }
    }
    Ok(line)
}

fn failed(error: impl std::fmt::Display) -> NoAnswer {
    NoAnswer::Failed(error.to_string())
}
