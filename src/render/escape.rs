//! Escaping of stored text, which must not control a terminal, break a line, or become a formula.

use std::fmt::Write as _;

use crate::domain::name::is_deceptive;

/// The characters at which a spreadsheet begins a formula, with their full-width and small forms (Unicode compatibility
/// decompositions).
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];
/// Quotation marks around the text of a cell.
const QUOTES: [char; 9] = ['"', '\'', '`', '“', '”', '‘', '’', '＂', '＇'];

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

/// Escapes text for a CSV cell: as [`line()`], with an apostrophe before each character at which a spreadsheet would begin a
/// formula.
///
/// A spreadsheet with another list separator begins a cell behind `;`, `|` or a tab, too. Blanks and quotation marks in front
/// of a formula do not stop it from being run.
#[must_use]
pub fn formula(text: &str) -> String {
    let text = line(text);
    let mut escaped = String::with_capacity(text.len() + 2);
    let mut begins_cell = true;
    for character in text.chars() {
        if begins_cell && FORMULA.contains(&character) {
            escaped.push('\'');
        }
        begins_cell = match character {
            ';' | ',' | '\t' | '|' => true,
            _ => begins_cell && (character.is_whitespace() || QUOTES.contains(&character)),
        };
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_cell_begins_with_a_formula(text in "[a=+@＝;,|\"' \t-]{0,20}") {
            let escaped = formula(&text);
            for cell in escaped.split([';', ',', '|', '\t']) {
                let bare = cell.trim_start_matches(['"', ' ']);
                prop_assert!(!bare.starts_with(FORMULA), "{text:?}: {escaped:?}");
            }
        }
    }

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
        for (text, expected) in [
            ("＝1+1", "'＝1+1"),
            ("＠SUM", "'＠SUM"),
            (" =1", " '=1"),
            ("\u{a0}\u{3000}+1", "\u{a0}\u{3000}'+1"),
            ("\"=1", "\"'=1"),
            ("'=1", "''=1"),
            ("https://a.example/cb;=1+cmd|'/C calc'!A0", "https://a.example/cb;'=1+cmd|'/C calc'!A0"),
            ("a,=1;+2|-3", "a,'=1;'+2|'-3"),
            ("a; \"“=1", "a; \"“'=1"),
            ("a|﹦1", "a|'﹦1"),
            ("a;b=1", "a;b=1"),
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("", ""),
        ] {
            assert_eq!(formula(text), expected, "{text}");
        }
        assert_eq!(formula("a=1"), "a=1");
        assert_eq!(formula("\t=1"), "\\u{9}=1");
    }
}
