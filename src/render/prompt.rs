//! Questions to a person at a terminal. Callers make sure that there is one.

use crate::secrets::plain::Plain;

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

/// Yes or no; no is what Enter means.
///
/// # Errors
/// Fails where nobody answered.
pub fn confirm(question: &str) -> Result<bool, NoAnswer> {
    Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
}

/// A secret, hidden and typed or pasted once.
///
/// # Errors
/// Fails where nobody answered.
pub fn hidden(what: &str) -> Result<Plain, NoAnswer> {
    Ok(Plain::new(dialoguer::Password::new().with_prompt(what).interact()?))
}

/// A password, hidden and typed twice.
///
/// # Errors
/// Fails where nobody answered.
pub fn new_password() -> Result<Plain, NoAnswer> {
    let password = dialoguer::Password::new()
        .with_prompt("Password")
        .with_confirmation("Password again", "They differ; once more.")
        .interact()?;
    Ok(Plain::new(password))
}
