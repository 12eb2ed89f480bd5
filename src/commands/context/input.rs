//! What a command reads: handles, secrets, passwords.

use std::io::Read as _;

use crate::actions::ActionError;
use crate::domain::handle::{Handle, Noun};
use crate::domain::secret_text::SecretText;
use crate::domain::user;
use crate::domain::user::{PASSWORD_MIN, PasswordError};
use crate::failure::Failure;
use crate::render::prompt;
use crate::render::words::capitalised;

use crate::commands::context::Ctx;
use crate::commands::context::ask::no_answer;

/// The longest secret or password that is read, in bytes; longer input is none.
const LONGEST_SECRET: u64 = 4096;

impl Ctx<'_> {
    /// Reads handles: those on the command line, and for `-` those on standard input, one a line.
    ///
    /// # Errors
    /// Says which handle cannot name such an object; the store has not been opened then.
    pub fn handles(&mut self, noun: Noun, words: &[String]) -> Result<Vec<Handle>, Failure> {
        let mut handles = Vec::new();
        for word in words {
            if word == "-" {
                if self.stdin_is_terminal() {
                    self.out
                        .note(&format!("Reading {} handles, one a line; end with Ctrl-D.", noun.as_str()));
                }
                let mut text = String::new();
                self.world.host.stdin.read_to_string(&mut text).map_err(|error| unreadable(STDIN, &error))?;
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                    handles.push(Handle::parse(noun, line)?);
                }
            } else {
                handles.push(Handle::parse(noun, word)?);
            }
        }
        Ok(handles)
    }

    /// Reads a secret from standard input: the first line, or at a terminal a hidden answer.
    ///
    /// # Errors
    /// Fails where there is nothing to read.
    pub fn read_secret(&mut self, what: &str) -> Result<SecretText, Failure> {
        if self.stdin_is_terminal() {
            if !self.can_ask() {
                return Err(Failure::usage(format!(
                    "the {} is read from standard input, which is a terminal",
                    what.to_lowercase()
                ))
                .hint("pipe it in"));
            }
            return prompt::hidden(what).map_err(no_answer);
        }
        let plain = read_line(&mut *self.world.host.stdin, STDIN)?;
        if plain_is_empty(&plain) {
            let what = what.to_lowercase();
            return Err(Failure::usage(format!("the {what} is read from standard input, which is empty")));
        }
        Ok(plain)
    }

    /// Reads a new password: from standard input, from a file, or from a person who types it twice.
    ///
    /// # Errors
    /// Fails where there is none, or where it breaks a rule.
    pub fn read_new_password(
        &mut self,
        from_stdin: bool,
        file: Option<&std::path::Path>,
    ) -> Result<SecretText, Failure> {
        let password = if from_stdin {
            read_line(&mut *self.world.host.stdin, STDIN)?
        } else if let Some(path) = file {
            let name = format!("the password file {}", path.display());
            let mut file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
            read_line(&mut file, &name)?
        } else if self.can_ask() {
            let question = format!("Password (at least {PASSWORD_MIN} characters)");
            let judge = |password: &SecretText| {
                check_password(password).map_err(|error| capitalised(&error.to_string()))
            };
            let password = prompt::new_password(&question, judge).map_err(no_answer)?;
            self.world.answers.push("--password-stdin");
            password
        } else {
            return Err(Failure::usage("a password is needed, and there is no terminal to ask at")
                .hint("give it with --password-stdin or --password-file PATH"));
        };
        check_password(&password).map_err(|error| {
            Failure::usage(error.to_string())
                .hint(format!("a password has at least {PASSWORD_MIN} characters, on one line"))
        })?;
        Ok(password)
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// Fails where memory is short.
    pub fn hash_password(&mut self, password: &SecretText) -> Result<String, Failure> {
        let hash = crate::credentials::password::hash(&mut *self.world.host.random, password);
        hash.map_err(|error| ActionError::from(error).into())
    }
}

#[expect(clippy::disallowed_methods, reason = "a password is judged by its text")]
fn check_password(password: &SecretText) -> Result<(), PasswordError> {
    user::check_password(password.expose())
}

#[expect(clippy::disallowed_methods, reason = "looks at the length alone")]
fn plain_is_empty(plain: &SecretText) -> bool {
    plain.expose().is_empty()
}

/// Where a secret comes from unless a file is named.
const STDIN: &str = "standard input";

fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{source} cannot be read: {error}"))
}

/// The first line, without its end; an editor or `echo` leaves one behind.
fn read_line(source: &mut dyn std::io::Read, name: &str) -> Result<SecretText, Failure> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    source.take(LONGEST_SECRET).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    let text =
        std::str::from_utf8(line).map_err(|_| Failure::usage(format!("{name} is not text in UTF-8")))?;
    Ok(SecretText::new(text.to_owned()))
}
