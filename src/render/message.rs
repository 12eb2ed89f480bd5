//! Messages on standard error, as values.

use crate::domain::consumer::ProfileWarning;

/// Something the caller should know although the run succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Identifies the kind of warning to programs, in `snake_case`.
    pub code: &'static str,
    pub message: String,
}

impl From<ProfileWarning> for Warning {
    fn from(warning: ProfileWarning) -> Self {
        Self { code: warning.code(), message: warning.to_string() }
    }
}

/// A message of a run that has not failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A result or progress in words; left out with `-q`.
    Note(String),
    /// Printed also with `-q`.
    Warning(Warning),
}
