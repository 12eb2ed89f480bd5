//! The line being completed, as far as it matters here: which store it names, and what it says already.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::host::Environment;

/// The line being completed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The store that it names.
    pub store: Option<PathBuf>,
    /// All its words.
    pub words: Vec<String>,
}

impl Line {
    /// The line that the shell handed over: everything after `--`.
    pub(super) fn of_process(environment: &Environment) -> Self {
        let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
        Self::read(words.collect(), environment)
    }

    fn read(words: Vec<OsString>, environment: &Environment) -> Self {
        let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
        let mut store = None;
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let value = match word.strip_prefix("--store") {
                Some("") => match rest.next() {
                    // bash breaks words at `=`, and hands over three.
                    Some("=") => rest.next(),
                    value => value,
                },
                Some(value) => value.strip_prefix('='),
                None => None,
            };
            if let Some(value) = value {
                store = Some(expand(value, environment));
            }
        }
        Self { store, words }
    }
}

/// Words arrive as they were typed; a shell would have put the home folder in.
fn expand(path: &str, environment: &Environment) -> PathBuf {
    match (path.strip_prefix("~/"), &environment.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_found_however_it_is_written() {
        let environment = Environment { home: Some(PathBuf::from("/home/me")), ..Environment::default() };
        let store =
            |words: &[&str]| Line::read(words.iter().map(OsString::from).collect(), &environment).store;
        assert_eq!(store(&["apiconn", "--store", "a.db", "key"]), Some(PathBuf::from("a.db")));
        assert_eq!(store(&["apiconn", "key", "--store=a.db"]), Some(PathBuf::from("a.db")));
        assert_eq!(store(&["apiconn", "--store", "=", "a.db", "key"]), Some(PathBuf::from("a.db")));
        assert_eq!(store(&["apiconn", "--store", "~/a.db"]), Some(PathBuf::from("/home/me/a.db")));
        assert_eq!(store(&["apiconn", "key", "list"]), None);
        assert_eq!(store(&["apiconn", "--store"]), None);
    }
}
