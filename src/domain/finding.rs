//! Findings: conditions of the store, the options or the machine that an administrator should know.

/// The effect of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Everything works, and the condition is probably a mistake or a risk.
    Warning,
    /// Something does not work until the condition ends.
    Error,
}

/// A condition that an administrator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Identifies the kind of condition to programs, in `snake_case`.
    pub code: &'static str,
    pub severity: Severity,
    /// The object that has the condition, such as a path or an address.
    pub object: String,
    /// One sentence without a full stop, which names the object.
    pub reason: String,
    /// The command that ends the condition. Options of the service to add are part of the reason, since a command would drop
    /// those that it runs with.
    pub command: Option<String>,
}
