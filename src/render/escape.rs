//! Stored text on its way out: it must not control a terminal, break a line, or become a formula.

use std::fmt::Write as _;

use crate::domain::name::is_deceptive;

/// Text for one line of a terminal or a TSV cell: control and direction-changing characters become `\u{…}`.
#[must_use]
pub fn line(text: &str) -> String {
    if !text.chars().any(is_deceptive) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut line, character| {
        if is_deceptive(character) {
            line.extend(character.escape_unicode());
        } else {
            line.push(character);
        }
        line
    })
}

/// A finished JSON text whose strings may hold characters that a terminal obeys. They stand inside strings alone, so the
/// escape that JSON itself knows is right wherever they are found.
#[must_use]
pub fn json(text: &str) -> String {
    if !text.chars().any(is_deceptive) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut json, character| {
        if is_deceptive(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(json, "\\u{unit:04x}");
            }
        } else {
            json.push(character);
        }
        json
    })
}

/// A CSV cell: what a spreadsheet would take for a formula gets an apostrophe in front. Quoting alone does not help.
#[must_use]
pub fn formula(text: &str) -> String {
    let text = line(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        assert_eq!(line("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(line("a\u{202e}b\tc\n"), "a\\u{202e}b\\u{9}c\\u{a}");
        assert_eq!(line("Área 東京"), "Área 東京");
        assert_eq!(json("\"a\u{202e}\u{9b}\""), "\"a\\u202e\\u009b\"");
        assert_eq!(json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
    }

    #[test]
    fn a_cell_is_no_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)"] {
            assert_eq!(formula(text), format!("'{text}"));
        }
        assert_eq!(formula("a=1"), "a=1");
        assert_eq!(formula("\t=1"), "\\u{9}=1");
    }
}
