//! The variables in which the scripts pass the state of the shell.

/// Returns the value of a variable, or `None` if it is absent or malformed.
#[expect(clippy::disallowed_methods, reason = "these variables are an argument of the script's own call")]
pub(crate) fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// Returns the number of the word at the cursor, counted from 0.
pub(crate) fn index() -> usize {
    variable("_CLAP_COMPLETE_INDEX").unwrap_or_default()
}

/// Returns the separator between candidates.
pub(crate) fn separator() -> String {
    variable("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned())
}
