//! Questions at a terminal. The caller has checked that standard input and standard error are terminals.

use std::io::Write as _;

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::domain::secret_text::SecretText;

/// Reason for which a question has no answer.
#[derive(Debug)]
pub enum PromptError {
    /// Ctrl-C, or the end of the input.
    Interrupted,
    /// The terminal failed; the text says how.
    Failed(String),
}

impl From<dialoguer::Error> for PromptError {
    fn from(error: dialoguer::Error) -> Self {
        let dialoguer::Error::IO(error) = error;
        match error.kind() {
            std::io::ErrorKind::Interrupted | std::io::ErrorKind::UnexpectedEof => Self::Interrupted,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Asks a question and reads yes or no as a whole line. An empty line means no. Input typed before the question appeared
/// is discarded.
///
/// # Errors
/// [`PromptError::Interrupted`] or [`PromptError::Failed`] if no answer was read.
pub fn confirm(question: &str) -> Result<bool, PromptError> {
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

/// Reads a secret without echo. `label` is printed with a colon after it.
///
/// # Errors
/// [`PromptError::Interrupted`] or [`PromptError::Failed`] if no secret was read.
pub fn hidden(label: &str) -> Result<SecretText, PromptError> {
    ask(&HiddenInput::begin()?, label)
}

/// Reads a password twice without echo. Asks again until it passes `check` and both entries are equal.
///
/// # Errors
/// [`PromptError::Interrupted`] or [`PromptError::Failed`] if no password was read.
pub fn new_password(
    label: &str,
    check: impl Fn(&SecretText) -> Result<(), String>,
) -> Result<SecretText, PromptError> {
    let input = HiddenInput::begin()?;
    loop {
        let password = ask(&input, label)?;
        if let Err(why) = check(&password) {
            print(&format!("{why}; please choose another.\n"))?;
        } else if equal(&password, &ask(&input, "Password again")?) {
            return Ok(password);
        } else {
            print("The two differ; please enter both again.\n")?;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "both entries come from the same terminal")]
fn equal(one: &SecretText, other: &SecretText) -> bool {
    one.expose() == other.expose()
}

/// The byte that a terminal sends for Ctrl-C.
const CTRL_C: u8 = 3;

/// Turns the echo of the terminal off until it is dropped.
///
/// It begins before the question is printed, so that input typed or pasted early is neither shown nor lost. Ctrl-C ends
/// the line instead of the process, so that the echo is restored; after SIGTERM or SIGKILL it stays off.
struct HiddenInput {
    before: Termios,
}

impl HiddenInput {
    fn begin() -> Result<Self, PromptError> {
        let terminal = std::io::stdin();
        let before = tcgetattr(&terminal).map_err(failed)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        hidden.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        tcsetattr(&terminal, OptionalActions::Now, &hidden).map_err(failed)?;
        Ok(Self { before })
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        // An error means that the terminal was closed; then nothing has to be restored.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Asks until a line is not empty.
fn ask(_: &HiddenInput, label: &str) -> Result<SecretText, PromptError> {
    loop {
        print(&format!("{label}: "))?;
        let line = read_line()?;
        if line.last() == Some(&CTRL_C) || line.is_empty() {
            print("\n")?;
            return Err(PromptError::Interrupted);
        }
        let text = std::str::from_utf8(&line).map_err(failed)?.trim_end_matches(['\r', '\n']);
        if !text.is_empty() {
            return Ok(SecretText::new(text.to_owned()));
        }
    }
}

fn print(text: &str) -> Result<(), PromptError> {
    let mut terminal = std::io::stderr();
    terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()).map_err(failed)
}

/// Reads up to the end of the line, the end of the input, or Ctrl-C, without the buffer of [`std::io::Stdin`], which would
/// keep a copy of the secret.
fn read_line() -> Result<Zeroizing<Vec<u8>>, PromptError> {
    // A reallocation would leave a copy in memory. A terminal gives at most 4095 bytes in a line (termios(3)).
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

fn failed(error: impl std::fmt::Display) -> PromptError {
    PromptError::Failed(error.to_string())
}
