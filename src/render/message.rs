//! Messages on standard error, as values.

use crate::domain::consumer::ProfileWarning;
use crate::domain::finding::{Finding, Severity};

/// Something the caller should know although the run succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Identifies the kind of warning to programs, in `snake_case`.
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
}

impl Warning {
    /// Returns a warning about something that works.
    #[must_use]
    pub const fn new(code: &'static str, message: String) -> Self {
        Self { code, severity: Severity::Warning, message }
    }
}

impl From<ProfileWarning> for Warning {
    fn from(warning: ProfileWarning) -> Self {
        Self::new(warning.code(), warning.to_string())
    }
}

impl From<Finding> for Warning {
    fn from(finding: Finding) -> Self {
        let message = match finding.command {
            Some(command) => format!("{}; to fix it: {command}", finding.reason),
            None => finding.reason,
        };
        Self { code: finding.code, severity: finding.severity, message }
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
