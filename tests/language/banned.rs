//! Rule: no file contains a word of `tests/banned_words.txt`.

use super::outcome::Outcome;
use super::tree::Tree;
use super::words::{Word, line_of, words};

const LIST: &str = include_str!("../banned_words.txt");

/// A word or phrase: for each word of it, the forms that match.
struct Entry {
    words: Vec<Vec<String>>,
}

fn entries(list: &str) -> Vec<Entry> {
    let forms = |word: &str| word.split('/').map(str::to_owned).collect();
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| Entry { words: line.split(' ').map(forms).collect() })
        .collect()
}

impl Entry {
    /// Returns true if the entry matches at the beginning of `text`.
    fn matches(&self, text: &[Word]) -> bool {
        text.len() >= self.words.len()
            && self
                .words
                .iter()
                .zip(text)
                .enumerate()
                .all(|(index, (forms, word))| (index == 0 || word.continues) && forms.contains(&word.text))
    }
}

/// Checks the path and the text of every file.
pub fn check(tree: &Tree) -> Outcome {
    let entries = entries(LIST);
    let mut outcome = Outcome::new("banned words", "files");
    for file in tree.files.iter().filter(|file| tree.selects(&file.path)) {
        outcome.examined += 1;
        for matched in matches(&entries, &words(&file.path)) {
            outcome.add(&file.path, 1, format!("banned word `{}` in the path", matched.text), &file.path);
        }
        for matched in matches(&entries, &words(&file.text)) {
            let rule = format!("banned word `{}`", matched.text);
            outcome.add(&file.path, matched.line, rule, line_of(&file.text, matched.line));
        }
    }
    outcome
}

struct Match {
    text: String,
    line: usize,
}

fn matches(entries: &[Entry], text: &[Word]) -> Vec<Match> {
    let mut found = Vec::new();
    for begin in 0..text.len() {
        let rest = &text[begin..];
        if let Some(entry) = entries.iter().find(|entry| entry.matches(rest)) {
            let matched: Vec<_> = rest[..entry.words.len()].iter().map(|word| word.text.as_str()).collect();
            found.push(Match { text: matched.join(" "), line: rest[0].line });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).violations.len()
    }

    /// Returns each form of each entry, as a list of its words.
    fn phrases() -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for entry in entries(LIST) {
            let mut built: Vec<Vec<String>> = vec![Vec::new()];
            for forms in entry.words {
                let longer =
                    |start: &Vec<String>, form: &String| [start.clone(), vec![form.clone()]].concat();
                built = built
                    .iter()
                    .flat_map(|start| forms.iter().map(move |form| longer(start, form)))
                    .collect();
            }
            all.extend(built);
        }
        all
    }

    fn capitalised(word: &str) -> String {
        word[..1].to_uppercase() + &word[1..]
    }

    #[test]
    fn the_list_is_well_formed() {
        let entries = entries(LIST);
        assert!(entries.len() >= 14, "{}", entries.len());
        assert!(entries.iter().any(|entry| entry.words.len() > 1), "no phrase");
        for form in entries.iter().flat_map(|entry| entry.words.iter().flatten()) {
            assert!(!form.is_empty() && form.chars().all(char::is_lowercase), "{form:?}");
        }
        let all = phrases();
        for (index, phrase) in all.iter().enumerate() {
            assert!(!all[..index].contains(phrase), "listed twice: {phrase:?}");
        }
    }

    #[test]
    fn each_form_is_found_in_each_kind_of_text() {
        for phrase in phrases() {
            let text = phrase.join(" ");
            let camel: String = phrase.iter().map(|word| capitalised(word)).collect();
            for (path, text) in [
                ("a.rs", format!("// Before {text} after.")),
                ("a.rs", format!("let x = \"{text}\";")),
                ("a.rs", format!("let x = \"line\\n{text}\\nline\";")),
                ("a.rs", format!("fn before_{}_after() {{}}", phrase.join("_"))),
                ("a.rs", format!("struct Before{camel}After;")),
                ("a.rs", format!("const A: u8 = {}2;", phrase.join("_").to_uppercase())),
                ("a.sql", format!("SELECT 1; -- {}", text.to_uppercase())),
                ("a.css", format!(".x-{}-y {{ }}", phrase.join("-"))),
                ("a.js", format!("const before{camel} = 1")),
                ("a.py", format!("\"\"\"{camel}\"\"\"")),
                ("a.toml", format!("a = '{text}'")),
                ("a.html", format!("<p>{text}</p>")),
                ("a.md", format!("*{}*, ", capitalised(&text))),
                (".ci/run", format!("# {text}'s")),
                ("justfile", format!("# {text}")),
                ("completions/_apiconn", format!("'--x[{text}]'")),
                (".clippy.toml", format!("# {text}")),
                ("a.snap", text.clone()),
            ] {
                assert_eq!(found(path, &text), 1, "{path}: {text}");
            }
        }
    }

    #[test]
    fn a_phrase_is_found_across_a_line_break() {
        for phrase in phrases().iter().filter(|phrase| phrase.len() > 1) {
            for marker in ["", "// ", "/// ", "//! ", "    // ", "-- ", "# ", " * ", "> "] {
                let text = format!("{marker}before {}", phrase.join(&format!("\n{marker}")));
                assert_eq!(found("a.x", &text), 1, "{text:?}");
            }
            assert_eq!(found("a.rs", &format!("\"before {}\"", phrase.join(" \\\n    "))), 1);
        }
    }

    #[test]
    fn longer_words_and_other_phrases_are_not_found() {
        for phrase in phrases() {
            let last = phrase.last().unwrap();
            for text in
                [format!("pre{last}x"), format!("{}y", phrase.join(" ")), format!("x{}", phrase.join(" "))]
            {
                assert_eq!(found("a.md", &text), 0, "{text}");
            }
            if phrase.len() > 1 {
                for between in [" x ", ", ", ". ", "\n\n", "\n//\n// ", "("] {
                    let text = phrase.join(between);
                    assert_eq!(found("a.rs", &format!("// {text}")), 0, "{text}");
                }
            }
        }
        let fine = "for every recommend recommended amendment commend commendable where to fail";
        assert_eq!(found("a.md", fine), 0);
    }

    #[test]
    fn a_path_is_checked_too() {
        let phrase = phrases().remove(0).join("_");
        assert_eq!(found(&format!("src/{phrase}/a.rs"), ""), 1);
        assert_eq!(found(&format!("src/a_{phrase}.rs"), ""), 1);
        assert_eq!(found("src/a.rs", ""), 0);
    }

    #[test]
    fn every_match_is_listed_with_its_line() {
        let word = phrases().remove(0).join(" ");
        let text = format!("x\n{word}\n\n{word} and {word}\n");
        let outcome = check(&Tree::of(&[("a.md", &text)]));
        let lines: Vec<_> = outcome.violations.iter().map(|violation| violation.line).collect();
        assert_eq!(lines, [2, 4, 4]);
        let report = outcome.failure(&Tree::of(&[]), 1).unwrap();
        assert!(report.contains(&format!("a.md:4: banned word `{word}`: {word} and {word}\n")), "{report}");
    }

    #[test]
    fn no_file_at_all_is_a_failure() {
        let tree = Tree::of(&[]);
        assert!(check(&tree).failure(&tree, 1).unwrap().contains("only 0 files"));
    }
}
