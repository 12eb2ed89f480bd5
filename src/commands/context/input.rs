//! Input of commands: handles, secrets, passwords.

use std::io::Read as _;
use std::path::Path;

use crate::actions::ActionError;
use crate::commands::context::ask::no_answer;
use crate::commands::context::ctx::Ctx;
use crate::domain::handle::{Handle, Noun};
use crate::domain::refusal::trimmed_credential;
use crate::domain::secret_text::SecretText;
use crate::domain::user;
use crate::domain::user::{PASSWORD_MIN, PasswordError};
use crate::failure::Failure;
use crate::render::prompt;
use crate::render::words::capitalised;

/// The longest secret or password that is read, in bytes. Longer input is cut and then refused.
const MAX_SECRET_BYTES: u64 = 4096;
/// The source of a secret if no file is given, for messages.
const STDIN: &str = "standard input";

impl Ctx<'_> {
    /// Parses handles. `-` stands for the handles on standard input, one per line.
    ///
    /// # Errors
    /// [`Failure`] with [`crate::exit::Exit::Usage`] for the first handle that cannot be one of `noun`, before the store
    /// is opened, or if standard input cannot be read.
    pub fn handles(&mut self, noun: Noun, words: &[String]) -> Result<Vec<Handle>, Failure> {
        let mut handles = Vec::new();
        for word in words {
            if word == "-" {
                if self.stdin_is_terminal() {
                    self.out.note(&format!("Enter one {} per line; end with Ctrl-D.", noun.as_str()));
                }
                let mut text = String::new();
                self.system.stdin.read_to_string(&mut text).map_err(|error| unreadable(STDIN, &error))?;
                for line in text.lines().map(trimmed_credential).filter(|line| !line.is_empty()) {
                    handles.push(Handle::parse(noun, line)?);
                }
            } else {
                handles.push(Handle::parse(noun, word)?);
            }
        }
        Ok(handles)
    }

    /// Reads a secret: the first line of standard input that is not blank, or at a terminal the answer to a hidden prompt.
    /// It is trimmed as the service trims one. `label` names it, such as `Token`.
    ///
    /// # Errors
    /// [`Failure`] with [`crate::exit::Exit::Usage`] if standard input is empty, unreadable, or a terminal at which no
    /// question may be asked.
    pub fn read_secret(&mut self, label: &str) -> Result<SecretText, Failure> {
        if self.stdin_is_terminal() {
            if !self.can_ask() {
                return Err(Failure::usage(format!(
                    "the {} is read from standard input, which is a terminal",
                    label.to_lowercase()
                ))
                .hint("redirect standard input from a file or a pipe"));
            }
            return prompt::hidden(label).map(|secret| trimmed(&secret)).map_err(no_answer);
        }
        let bytes = read_input(&mut *self.system.stdin, STDIN)?;
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = trimmed_credential(utf8(line, STDIN)?);
            if !line.is_empty() {
                return Ok(SecretText::new(line.to_owned()));
            }
        }
        let label = label.to_lowercase();
        Err(Failure::usage(format!("the {label} is read from standard input, which is empty")))
    }

    /// Reads a new password: from standard input, from a file, or at a terminal from two hidden prompts.
    ///
    /// # Errors
    /// [`Failure`] with [`crate::exit::Exit::Usage`] if there is no password or it breaks a rule.
    pub fn read_new_password(
        &mut self,
        from_stdin: bool,
        file: Option<&Path>,
    ) -> Result<SecretText, Failure> {
        let password = if from_stdin {
            read_line(&mut *self.system.stdin, STDIN)?
        } else if let Some(path) = file {
            let name = format!("the password file {}", path.display());
            let mut file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
            read_line(&mut file, &name)?
        } else if self.can_ask() {
            let question = format!("Password (at least {PASSWORD_MIN} characters)");
            let check = |password: &SecretText| {
                check_password(password).map_err(|error| capitalised(&error.to_string()))
            };
            let password = prompt::new_password(&question, check).map_err(no_answer)?;
            self.answer_flags.push("--password-stdin");
            password
        } else {
            return Err(Failure::usage("a password is needed, and this run cannot ask questions")
                .hint("give it with --password-stdin or --password-file PATH"));
        };
        check_password(&password).map_err(|error| {
            Failure::usage(error.to_string())
                .hint(format!("a password has at least {PASSWORD_MIN} characters, on one line"))
        })?;
        Ok(password)
    }

    /// Returns the PHC string of a password.
    ///
    /// # Errors
    /// [`Failure`] if there is too little memory for the hash.
    pub fn hash_password(&mut self, password: &SecretText) -> Result<String, Failure> {
        let hash = crate::credentials::password::hash(&mut *self.system.random, password);
        hash.map_err(|error| ActionError::from(error).into())
    }
}

#[expect(clippy::disallowed_methods, reason = "the rules for passwords need the text")]
fn check_password(password: &SecretText) -> Result<(), PasswordError> {
    user::check_password(password.expose())
}

#[expect(clippy::disallowed_methods, reason = "the characters around a secret need the text")]
fn trimmed(secret: &SecretText) -> SecretText {
    SecretText::new(trimmed_credential(secret.expose()).to_owned())
}

fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{source} cannot be read: {error}"))
}

/// Returns the first line without its line ending, which editors and `echo` add.
fn read_line(source: &mut dyn std::io::Read, name: &str) -> Result<SecretText, Failure> {
    let bytes = read_input(source, name)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    Ok(SecretText::new(utf8(line, name)?.to_owned()))
}

/// Reads at most [`MAX_SECRET_BYTES`].
fn read_input(source: &mut dyn std::io::Read, name: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    source.take(MAX_SECRET_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    Ok(bytes)
}

fn utf8<'a>(line: &'a [u8], name: &str) -> Result<&'a str, Failure> {
    std::str::from_utf8(line).map_err(|_| Failure::usage(format!("{name} is not text in UTF-8")))
}
