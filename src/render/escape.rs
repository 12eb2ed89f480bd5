//! Escaping of stored text, which must not control a terminal, break a line, or become a formula.

use std::fmt::Write as _;

use crate::domain::name::is_deceptive;

/// Escapes text for one line of a terminal or a TSV cell: control, zero-width and bidirectional characters become `\u{…}`.
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

/// Escapes the characters of a JSON text that a terminal would obey, as `\uXXXX` (RFC 8259 section 7).
///
/// Outside its strings a compact JSON text has none of them.
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

/// Escapes text for a CSV cell: as [`line()`], with an apostrophe before a text that a spreadsheet would run as a formula.
///
/// Quotation marks do not stop a spreadsheet from running it.
#[must_use]
pub fn formula(text: &str) -> String {
    let text = line(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(line("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(line("a\u{202e}b\tc\n"), "a\\u{202e}b\\u{9}c\\u{a}");
        assert_eq!(line("Área 東京"), "Área 東京");
        assert_eq!(json("\"a\u{202e}\u{9b}\""), "\"a\\u202e\\u009b\"");
        assert_eq!(json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
    }

    #[test]
    fn a_formula_is_disarmed() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)"] {
            assert_eq!(formula(text), format!("'{text}"));
        }
        assert_eq!(formula("a=1"), "a=1");
        assert_eq!(formula("\t=1"), "\\u{9}=1");
    }
}
