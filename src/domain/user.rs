//! Users: the people who sign in and authorize consumers.

use crate::domain::State;
use crate::domain::id::UserId;
use crate::domain::name::{Name, Text};
use crate::domain::time::Timestamp;

/// A user. The password's hash is not part of it and never leaves the store but to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The public id, the `sub` of tokens.
    pub id: UserId,
    /// The handle and sign-in name.
    pub username: Name,
    /// What people call them.
    pub display_name: Option<Text>,
    /// Where to reach them.
    pub email: Option<Text>,
    /// Since when they are switched off.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

impl User {
    /// Active or disabled: a user is never revoked, since history needs them.
    #[must_use]
    pub const fn state(&self) -> State {
        if self.disabled_at.is_some() { State::Disabled } else { State::Active }
    }
}

/// The shortest password, in characters.
pub const PASSWORD_MIN: usize = 12;
/// The longest password, in bytes: longer ones only cost time to hash.
pub const PASSWORD_MAX: usize = 256;

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than twelve characters.
    #[error("the password is shorter than {PASSWORD_MIN} characters")]
    TooShort,
    /// More than 256 bytes.
    #[error("the password is longer than {PASSWORD_MAX} bytes")]
    TooLong,
    /// A line break, a NUL or the like, which no sign-in form can send.
    #[error("the password holds a control character; a sign-in form could not send it")]
    Control,
}

/// Checks length and characters; no composition rules (NIST SP 800-63B section 5.1.1.2).
///
/// # Errors
/// Says which rule the password breaks; never shows it.
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
