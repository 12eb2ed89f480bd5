//! The store whose objects are completed.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::system::EnvironmentVariables;

/// Returns the store that the line names with `--store`, otherwise that of the environment, otherwise the default one.
pub(crate) fn of_command_line(environment: &EnvironmentVariables) -> Option<PathBuf> {
    let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
    of_words(words, environment).or_else(|| environment.store.clone()).or_else(|| environment.default_store())
}

fn of_words(words: impl Iterator<Item = OsString>, environment: &EnvironmentVariables) -> Option<PathBuf> {
    let words: Vec<String> = words.filter_map(|word| word.into_string().ok()).collect();
    let mut rest = words.iter().map(String::as_str);
    let mut store = None;
    while let Some(word) = rest.next() {
        let value = match word.strip_prefix("--store") {
            Some("") => match rest.next() {
                // A shell that breaks words at `=` passes three words.
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
    store
}

/// Expands `~/` and removes quotes: the shell passes the words of the line unexpanded.
fn expand(typed: &str, environment: &EnvironmentVariables) -> PathBuf {
    if let (Some(rest), Some(home)) = (typed.strip_prefix("~/"), &environment.home) {
        return home.join(unquoted(rest));
    }
    PathBuf::from(unquoted(typed))
}

fn unquoted(typed: &str) -> String {
    let mut text = String::with_capacity(typed.len());
    let mut quote = None;
    let mut characters = typed.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quote != Some('\'') => text.extend(characters.next()),
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_read_from_any_spelling() {
        let environment =
            EnvironmentVariables { home: Some(PathBuf::from("/home/me")), ..EnvironmentVariables::default() };
        let store = |words: &[&str]| {
            of_words(words.iter().map(OsString::from), &environment).map(|path| path.display().to_string())
        };
        let path = |path: &str| Some(path.to_owned());
        assert_eq!(store(&["apiconn", "--store", "a.db", "key"]), path("a.db"));
        assert_eq!(store(&["apiconn", "key", "--store=a.db"]), path("a.db"));
        assert_eq!(store(&["apiconn", "--store", "=", "a.db", "key"]), path("a.db"));
        assert_eq!(store(&["apiconn", "--store", "~/a.db"]), path("/home/me/a.db"));
        assert_eq!(store(&["apiconn", "--store", "'a b.db'"]), path("a b.db"));
        assert_eq!(store(&["apiconn", "--store", r#"~/"it's"\ here.db"#]), path("/home/me/it's here.db"));
        assert_eq!(store(&["apiconn", "key", "list"]), None);
        assert_eq!(store(&["apiconn", "--store"]), None);
    }
}
