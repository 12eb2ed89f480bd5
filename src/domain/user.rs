//! Users: people who sign in and authorize consumers.

use crate::domain::State;
use crate::domain::id::UserId;
use crate::domain::name::{Name, Text};
use crate::domain::time::Timestamp;

/// A user. The hash of the password is not part of it: the store returns it only to verify a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The public id, which introspection returns as `sub`.
    pub id: UserId,
    /// The name for commands and for signing in.
    pub username: Name,
    pub display_name: Option<Text>,
    pub email: Option<Text>,
    pub disabled_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl User {
    /// Returns the effective state: active or disabled. A user is never revoked, because grants and audit records refer to it.
    #[must_use]
    pub const fn state(&self) -> State {
        if self.disabled_at.is_some() { State::Disabled } else { State::Active }
    }
}

/// The minimum length of a password in characters.
pub const PASSWORD_MIN: usize = 12;
/// The maximum length of a password in bytes. Bounds the time to hash it.
pub const PASSWORD_MAX: usize = 256;

/// The reason why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is shorter than {PASSWORD_MIN} characters")]
    TooShort,
    #[error("the password is longer than {PASSWORD_MAX} bytes")]
    TooLong,
    /// A control character such as a line break or NUL, which a sign-in form cannot send.
    #[error("the password contains a control character, which a sign-in form cannot send")]
    Control,
}

/// Checks the length and the characters of a password. There are no composition rules (NIST SP 800-63B section 5.1.1.2).
///
/// # Errors
/// [`PasswordError`] with the rule that the password breaks.
pub fn check_password(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < PASSWORD_MIN {
        Err(PasswordError::TooShort)
    } else if password.len() > PASSWORD_MAX {
        Err(PasswordError::TooLong)
    } else if password.chars().any(char::is_control) {
        Err(PasswordError::Control)
    } else {
        Ok(())
    }
}
