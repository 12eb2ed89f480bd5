//! Rule: habits that are fine once and tiresome often stay below a rate, measured over the comments of `src`.

use super::docs::{FEWEST_WORDS, word_count};
use super::outcome::Outcome;
use super::tree::{File, Tree};
use super::words::{Word, line_of, words};

/// A rate and its limit.
struct Limit {
    name: &'static str,
    /// Parts of `base`, or occurrences per so many.
    per: usize,
    base: Base,
    most: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Base {
    CommentLines,
    DocComments,
}

const RELATIVE: Limit = Limit { name: "\"what\" with a verb", per: 1000, base: Base::CommentLines, most: 2 };
const TELL: Limit = Limit { name: "\"tell\"", per: 1000, base: Base::CommentLines, most: 2 };
const SHORT: Limit = Limit { name: "doc comment of few words", per: 100, base: Base::DocComments, most: 7 };
const PRONOUN: Limit =
    Limit { name: "doc comment that begins with a pronoun", per: 100, base: Base::DocComments, most: 6 };

/// Verbs that make of `what` a clause instead of a noun.
const VERBS: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "stands", "stand", "stood", "comes", "come", "came",
    "holds", "hold", "held", "goes", "go", "went", "does", "did", "do", "lies", "keeps", "gives", "takes",
    "makes", "belongs", "happens", "happened", "follows", "remains", "stays", "depends", "needs", "can",
    "cannot", "may", "must", "will",
];

const TELLING: &[&str] = &["tell", "tells", "told", "telling"];

/// First words of a doc comment that refer to something the reader has not met.
const PRONOUNS: &[&str] = &["It", "Its", "Who", "What", "Whose", "They", "The same"];

/// Measures the comments of the selected files below `src`.
pub fn check(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("rates of habits", "comment lines");
    let mut doc_comments = 0;
    let mut found: [Vec<(&File, usize)>; 4] = Default::default();
    let [relative, tell, short, pronoun] = &mut found;
    for file in tree.rust(&["src/"]).filter(|file| tree.selects(&file.path)) {
        outcome.examined += file.text.lines().filter(|line| is_comment(line)).count();
        let words = comment_words(&file.text);
        for (index, word) in words.iter().enumerate() {
            let next = words.get(index + 1).filter(|next| next.continues);
            if word.text == "what" && next.is_some_and(|next| VERBS.contains(&next.text.as_str())) {
                relative.push((file, word.line));
            }
            if TELLING.contains(&word.text.as_str()) {
                tell.push((file, word.line));
            }
        }
        for (line, text) in doc_comments_of(&file.text) {
            doc_comments += 1;
            if word_count(&text) < FEWEST_WORDS {
                short.push((file, line));
            }
            if PRONOUNS.iter().any(|pronoun| begins_with(&text, pronoun)) {
                pronoun.push((file, line));
            }
        }
    }
    for (limit, found) in [RELATIVE, TELL, SHORT, PRONOUN].iter().zip(&found) {
        let base = if limit.base == Base::CommentLines { outcome.examined } else { doc_comments };
        let unit =
            if limit.base == Base::CommentLines { "per 1,000 comment lines" } else { "% of doc comments" };
        let tenths = (found.len() * limit.per * 10).checked_div(base).unwrap_or(0);
        let (name, count, most) = (limit.name, found.len(), limit.most);
        let (whole, tenth) = (tenths / 10, tenths % 10);
        outcome.measured.push(format!("{name}: {whole}.{tenth} {unit}, at most {most} ({count} of {base})"));
        if count * limit.per > most * base {
            for (file, line) in found {
                outcome.add(&file.path, *line, name, line_of(&file.text, *line));
            }
        }
    }
    outcome
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Returns the words of the comment lines. The first of a comment continues no sentence.
fn comment_words(text: &str) -> Vec<Word> {
    let comments: Vec<_> = text.lines().map(|line| if is_comment(line) { line } else { "." }).collect();
    words(&comments.join("\n"))
}

/// Returns the doc comments, each with the number of its first line.
fn doc_comments_of(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut before = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let marker = ["//!", "///"].into_iter().find(|marker| line.starts_with(marker));
        let marker = marker.filter(|_| !line.starts_with("////"));
        if let Some(marker) = marker {
            let text = line[marker.len()..].trim();
            match found.last_mut().filter(|_| before == Some(marker)) {
                Some((_, comment)) => {
                    comment.push(' ');
                    comment.push_str(text);
                }
                None => found.push((index + 1, text.to_owned())),
            }
        }
        before = marker;
    }
    found
}

fn begins_with(text: &str, words: &str) -> bool {
    text.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the rules that a file of these lines breaks, each once.
    fn broken(text: &str) -> Vec<String> {
        let mut rules: Vec<_> =
            check(&Tree::of(&[("src/a.rs", text)])).violations.into_iter().map(|one| one.rule).collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_clause_instead_of_a_noun_is_counted() {
        for text in [
            "// Returns what is left.",
            "// Returns what\n// has come.",
            "/// Returns the rest, or what stands there.\nfn f() {}",
            "    //! Returns What comes next.",
            "// It is what the key was, and what was the key.",
        ] {
            assert_eq!(broken(text), [RELATIVE.name], "{text}");
        }
        for text in ["// Returns what the key is.", "let what = is;", "// what\nis();", "// somewhat is"] {
            assert!(broken(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn programs_that_talk_are_counted() {
        for word in ["tell", "tells", "Told", "telling", "TELL"] {
            assert_eq!(broken(&format!("// The store {word} the caller.")), [TELL.name], "{word}");
        }
        for text in ["// The teller retold the story.", "fn tell() {}", "let x = \"tell\";"] {
            assert!(broken(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn short_doc_comments_are_counted() {
        for text in [
            "/// When.\nfn f() {}",
            "//! Three small words",
            "/// `a b c d`",
            "x\n    /// A\n    /// B\n",
            "/// a-b c",
        ] {
            assert_eq!(broken(text), [SHORT.name], "{text}");
        }
        for text in ["/// Four words are enough.", "/// Two words\n/// and two.", "// When.", "//// When."] {
            assert!(broken(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn doc_comments_that_begin_with_a_pronoun_are_counted() {
        for begin in PRONOUNS {
            assert_eq!(broken(&format!("/// {begin} key of the client.")), [PRONOUN.name], "{begin}");
        }
        for text in
            ["/// Items of the client's list.", "/// The key that it has.", "/// Whole keys of the client."]
        {
            assert!(broken(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_rate_at_its_limit_is_fine() {
        let fine = "// A plain comment line.\n".repeat(999);
        assert!(broken(&format!("// The store tells.\n// The store told.\n{fine}")).is_empty());
        let text = format!("// The store tells.\n// The store told.\n// It tells.\n{fine}");
        assert_eq!(broken(&text), [TELL.name]);
        let report = check(&Tree::of(&[("src/a.rs", &text)])).to_string();
        assert!(report.contains("\"tell\": 2.9 per 1,000 comment lines, at most 2 (3 of 1002)"), "{report}");
    }

    #[test]
    fn sources_without_comments_are_a_failure() {
        for files in [&[][..], &[("src/a.rs", "fn f() {}")], &[("tests/a.rs", "// A comment.")]] {
            let tree = Tree::of(files);
            assert!(check(&tree).failure(&tree, 1).unwrap().contains("only 0 comment lines"));
        }
    }
}
