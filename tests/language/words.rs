//! Splits any text into words: prose, code, SQL, shell and markup alike.

/// A word in lower case, with its line.
pub struct Word {
    pub text: String,
    /// Counted from 1.
    pub line: usize,
    /// True if the word continues the sentence of the word before it: only blanks, comment markers, quotes or one
    /// line break lie between them.
    pub continues: bool,
}

/// Returns the words of `text`. Identifiers are split at `_`, `-`, digits and capital letters.
pub fn words(text: &str) -> Vec<Word> {
    let letters: Vec<char> = text.chars().collect();
    let (mut found, mut gap, mut line, mut at) = (Vec::new(), String::new(), 1, 0);
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_alphabetic() {
            let end = word_end(&letters, at);
            let text: String = letters[at..end].iter().flat_map(|letter| letter.to_lowercase()).collect();
            found.push(Word { text, line, continues: !found.is_empty() && joins(&gap) });
            gap.clear();
            at = end;
        } else if letter == '\\' && matches!(letters.get(at + 1), Some('n' | 't' | 'r')) {
            // The letter of an escape sequence is not the first letter of the word behind it.
            gap.push(if letters[at + 1] == 'n' { '\n' } else { ' ' });
            at += 2;
        } else {
            line += usize::from(letter == '\n');
            gap.push(letter);
            at += 1;
        }
    }
    found
}

/// Returns the end of the word that begins at `begin`: `HTTPServer` is two words, `forEach` too.
fn word_end(letters: &[char], begin: usize) -> usize {
    let mut end = begin + 1;
    while let Some(letter) = letters.get(end).filter(|letter| letter.is_alphabetic()) {
        let next_is_lower = letters.get(end + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (letters[end - 1].is_lowercase() || next_is_lower) {
            break;
        }
        end += 1;
    }
    end
}

/// Returns true if `gap` separates two words of one sentence.
fn joins(gap: &str) -> bool {
    let mut lines = gap.split('\n');
    let end = lines.next().unwrap_or_default();
    let begin = lines.next().unwrap_or_default().trim_start();
    // The marker of a comment, list or quotation that goes on in the next line.
    let begin = begin.strip_prefix("//!").unwrap_or(begin).trim_start_matches(['/', '#', '*', '-', '>', '|']);
    let neutral = |letter: char| letter.is_whitespace() || "_-/*\"'`\\~’“”".contains(letter);
    lines.next().is_none() && end.chars().chain(begin.chars()).all(neutral)
}

/// Returns the line of `text` with this number, counted from 1.
pub fn line_of(text: &str, number: usize) -> &str {
    text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
}

#[test]
fn identifiers_are_split_into_words() {
    let split = |text: &str| words(text).into_iter().map(|word| word.text).collect::<Vec<_>>();
    assert_eq!(split("readAll"), ["read", "all"]);
    assert_eq!(split("HTTPServer2go"), ["http", "server", "go"]);
    assert_eq!(split("read_all-keys"), ["read", "all", "keys"]);
    assert_eq!(split("MAX_SIZE"), ["max", "size"]);
    assert_eq!(split("the client's"), ["the", "client", "s"]);
    assert_eq!(split(r"done\nnext\tone"), ["done", "next", "one"]);
    assert_eq!(split("niño"), ["niño"]);
}

#[test]
fn a_sentence_continues_over_one_line_break_only() {
    let continues = |text: &str| words(text)[1].continues;
    for text in
        ["a b", "a\nb", "// a\n// b", "/// a\n/// b", "//! a\n    //! b", "-- a\n-- b", "# a\n# b", "a *b*"]
    {
        assert!(continues(text), "{text:?}");
    }
    for text in ["a. b", "a, b", "a\n\nb", "// a\n//\n// b", "a(b)", "a 1 b", "a: b", "a> b", "a>\nb"] {
        assert!(!continues(text), "{text:?}");
    }
}

#[test]
fn lines_are_counted_from_one() {
    let lines: Vec<_> = words("a\n\nb c\nd").into_iter().map(|word| word.line).collect();
    assert_eq!(lines, [1, 3, 3, 4]);
    assert_eq!(line_of("x\ny", 2), "y");
}
