//! Faults in the text of a parameter or a header.

use std::fmt;

/// A character that a text must not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    LineEnd,
    Tab,
    Nul,
    /// A control character of another kind.
    Control,
}

/// The place of a character in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the first other character.
    Start,
    Inside,
    /// After the last other character.
    End,
}

/// The reason why a text is not accepted. It does not contain the text, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// A percent sign does not begin an escape.
    PercentEncoding,
    NotUtf8,
    Stray(Place, Stray),
}

/// The byte order mark, which some editors and shells write before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns true if a file, a shell or an editor can have added the character around a credential.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == BYTE_ORDER_MARK
}

impl TextFault {
    /// Returns the fault of a text that contains a control character, or `None`.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (at, found) = text.char_indices().find(|(_, character)| character.is_control())?;
        let stray = match found {
            '\r' | '\n' | '\u{85}' => Stray::LineEnd,
            '\t' => Stray::Tab,
            '\0' => Stray::Nul,
            _ => Stray::Control,
        };
        let is_around = |character: char| is_blank(character) || character.is_control();
        let place = if text[at..].chars().all(is_around) {
            Place::End
        } else if text[..at].chars().all(is_around) {
            Place::Start
        } else {
            Place::Inside
        };
        Some(Self::Stray(place, stray))
    }
}

/// Removes blanks, line ends and byte order marks at the start and the end of a credential. No credential of this service
/// contains such a character (RFC 6749 appendix A). Other control characters, such as NUL, stay: they are a fault of the
/// caller. The memory is not copied.
pub fn trim_credential(text: &mut String) {
    text.truncate(text.trim_end_matches(is_blank).len());
    let start = text.len() - trimmed_credential(text).len();
    text.drain(..start);
}

/// Returns a credential without the characters that [`trim_credential`] removes.
#[must_use]
pub fn trimmed_credential(text: &str) -> &str {
    text.trim_matches(is_blank)
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Stray(place, stray) = self else {
            return f.write_str(match self {
                Self::PercentEncoding => "has a percent sign that does not begin an escape such as %2F",
                _ => "is not UTF-8",
            });
        };
        f.write_str(match place {
            Place::Start => "begins with ",
            Place::Inside => "contains ",
            Place::End => "ends with ",
        })?;
        f.write_str(match stray {
            Stray::LineEnd => "a line end",
            Stray::Tab => "a tab",
            Stray::Nul => "a NUL character",
            Stray::Control => "a control character",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_character_is_named_with_its_place() {
        for (text, expected) in [
            ("abc\n", "ends with a line end"),
            ("abc\r\n", "ends with a line end"),
            ("abc \n ", "ends with a line end"),
            ("\n", "ends with a line end"),
            ("\r\nabc", "begins with a line end"),
            ("\u{feff}\tabc", "begins with a tab"),
            ("ab\nc", "contains a line end"),
            ("ab\tc", "contains a tab"),
            ("a\0b", "contains a NUL character"),
            ("abc\0", "ends with a NUL character"),
            ("a\u{1b}[2Jb", "contains a control character"),
            ("abc\u{85}", "ends with a line end"),
        ] {
            assert_eq!(TextFault::of(text).unwrap().to_string(), expected, "{text:?}");
        }
        assert_eq!(TextFault::of("a b é"), None);
    }

    #[test]
    fn a_credential_is_trimmed_at_both_ends_only() {
        for text in ["x y", " x y ", "\u{feff}x y\r\n", "\tx y\u{b}", "\u{a0}x y\u{3000}\n"] {
            let mut trimmed = text.to_owned();
            trim_credential(&mut trimmed);
            assert_eq!(trimmed, "x y", "{text:?}");
        }
        for (text, kept) in [("x\0", "x\0"), (" \0x\n", "\0x"), ("x\0\r\n", "x\0"), ("x\u{1a}", "x\u{1a}")] {
            let mut trimmed = text.to_owned();
            trim_credential(&mut trimmed);
            assert_eq!(trimmed, kept, "{text:?}");
            assert!(TextFault::of(&trimmed).is_some(), "{text:?}");
        }
        let mut blank = " \n".to_owned();
        trim_credential(&mut blank);
        assert_eq!(blank, "");
    }
}
