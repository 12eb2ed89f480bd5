//! Checks that commands in hints and documents can be run: that `clap` parses them.

use clap::error::ErrorKind;

/// Checks each command that a run printed on standard error, and that the flags which its hints name exist for the verb
/// that was run.
#[track_caller]
pub fn check(words: &[String], stderr: &str) {
    for line in stderr.lines().map(plain) {
        let line = line.as_str();
        let message = line.strip_prefix("error: ").is_some();
        if message || line.starts_with("hint: usage: ") {
            // Errors repeat what was typed, and clap writes its own usage.
            continue;
        }
        let Some(text) =
            ["hint: ", "warning: ", "Next: ", "To "].iter().find(|begin| line.starts_with(**begin))
        else {
            continue;
        };
        let rest = line.strip_prefix(text).unwrap_or(line);
        for clause in rest.split("; ") {
            check_clause(words, clause);
        }
    }
}

/// The line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

fn check_clause(words: &[String], clause: &str) {
    let (before, command) = match clause.find("apiconn ") {
        Some(at) => clause.split_at(at),
        None => (clause, ""),
    };
    if let Some(verb) = verb_of(words) {
        for flag in flags(before) {
            assert!(has_flag(&verb, flag), "{words:?} has no {flag}: {clause}");
        }
    }
    if command.is_empty() {
        return;
    }
    // What follows a colon is a whole command. Other clauses mention a command in a sentence.
    if before.ends_with(": ") {
        parses(command);
    } else {
        let leaf = verb_of(&split(command)).unwrap_or_else(|| panic!("no such command: {clause}"));
        for flag in flags(command) {
            assert!(has_flag(&leaf, flag), "{command} has no {flag}");
        }
    }
}

fn flags(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ')
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.trim_end_matches([',', ':', '.', ')']).split('=').next().unwrap_or_default())
}

/// The deepest command that the words name, if they name one.
fn verb_of(words: &[String]) -> Option<clap::Command> {
    let mut command = apiconn::command_line();
    command.build();
    let mut found = None;
    for word in words {
        if let Some(child) = found.as_ref().unwrap_or(&command).find_subcommand(word) {
            found = Some(child.clone());
        }
    }
    found
}

fn has_flag(command: &clap::Command, flag: &str) -> bool {
    let name = flag.trim_start_matches("--");
    name == "help" || command.get_arguments().any(|argument| argument.get_long() == Some(name))
}

/// Parses a command, up to a redirection, a comment or a parenthesis. Words in capitals stand for a value.
#[track_caller]
pub fn parses(line: &str) {
    let line = [" #", " <", " >", " |", " &", " ("]
        .iter()
        .filter_map(|end| line.find(end))
        .min()
        .map_or(line, |end| &line[..end]);
    let words: Vec<String> = split(line).iter().map(|word| value(word)).collect();
    let parsed = apiconn::command_line().try_get_matches_from(&words);
    let is_help = |error: &clap::Error| error.kind() == ErrorKind::DisplayHelp;
    assert!(parsed.as_ref().err().is_none_or(is_help), "{line}: {}", parsed.unwrap_err());
}

/// Splits a line at spaces outside single and double quotes.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for character in line.chars() {
        match (character, quote) {
            (character, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            (character, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// A value for a placeholder.
fn value(word: &str) -> String {
    match word.trim_end_matches([',', '.']) {
        "URL" => "https://auth.example".to_owned(),
        "URI" => "https://field.example/cb".to_owned(),
        "DURATION" => "90d".to_owned(),
        "REQUEST_ID" => "req_7Hq2mZ0xPa4T".to_owned(),
        placeholder
            if placeholder.len() > 2 && placeholder.chars().all(|c| c.is_ascii_uppercase() || c == '_') =>
        {
            placeholder.to_lowercase()
        }
        word => word.to_owned(),
    }
}
