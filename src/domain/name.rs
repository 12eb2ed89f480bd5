//! Names of objects, and free text for people.

use std::fmt;
use std::str::FromStr;

use crate::domain::ellipsis::ellipsis;

/// The maximum length of a name in characters.
pub const NAME_LENGTH: usize = 64;
/// The maximum length of free text in characters.
pub const TEXT_LENGTH: usize = 500;

/// A name that identifies an object in commands: `[a-z0-9][a-z0-9._@-]{0,63}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The prefixes of ids and secrets. A name with such a prefix could be mistaken for an id or secret.
const RESERVED: [&str; 13] = [
    "apck_", "apcs_", "apcc_", "apcx_", "apca_", "apcr_", "apcg_", "usr_", "grt_", "tok_", "sec_", "op_",
    "req_",
];

/// The reason why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name cannot be empty")]
    Empty,
    #[error("a name has at most {NAME_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// The text looks like an id or secret.
    #[error("a name cannot begin with {0}, which is a prefix of ids or secrets")]
    Reserved(&'static str),
    /// The text contains a character outside the alphabet.
    #[error("a name consists of a-z, 0-9 and, after the first character, . _ @ - ; {0} is not allowed")]
    Character(String),
}

impl Name {
    /// Returns the text as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let length = text.chars().count();
        if length > NAME_LENGTH {
            return Err(NameError::TooLong(length));
        }
        for (index, character) in text.chars().enumerate() {
            let always = character.is_ascii_lowercase() || character.is_ascii_digit();
            if !(always || index > 0 && matches!(character, '.' | '_' | '@' | '-')) {
                return Err(NameError::Character(format!("\"{}\"", character.escape_default())));
            }
        }
        match RESERVED.into_iter().find(|prefix| text.starts_with(prefix)) {
            Some(prefix) => Err(NameError::Reserved(prefix)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Free text for people, such as a title, a description or a reason: one line without control characters and without
/// characters that change the writing direction, so that it cannot imitate the output around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

/// The reason why a text cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text is empty or consists of spaces.
    #[error("the text cannot be empty")]
    Empty,
    #[error("the text has at most {TEXT_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// A control character, a line break, or a character that changes the writing direction.
    #[error("the text cannot contain the character {0}; write it on one line, without control characters")]
    Character(String),
}

impl Text {
    /// Returns the text as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns true if a character could change the display of the text around it: control characters, line and paragraph
/// separators, zero-width characters and the bidirectional controls (Unicode Standard Annex 9).
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let length = text.chars().count();
        if length > TEXT_LENGTH {
            return Err(TextError::TooLong(length));
        }
        match text.chars().find(|character| is_deceptive(*character)) {
            Some(character) => Err(TextError::Character(character.escape_unicode().to_string())),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns text from outside for an error message: at most 60 characters, then deceptive ones escaped as `\u{…}`.
#[must_use]
pub fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    ellipsis(text, LONGEST)
        .chars()
        .flat_map(|character| {
            let escaped: Vec<char> =
                if is_deceptive(character) { character.escape_unicode().collect() } else { vec![character] };
            escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_lower_case_and_not_like_an_id() {
        for text in ["erp-sync", "a", "0", "tech1@example.com", "a.b_c", &"x".repeat(64)] {
            assert!(text.parse::<Name>().is_ok(), "{text}");
        }
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert_eq!("x".repeat(65).parse::<Name>(), Err(NameError::TooLong(65)));
        assert_eq!("apck_test_x".parse::<Name>(), Err(NameError::Reserved("apck_")));
        assert_eq!("Erp".parse::<Name>(), Err(NameError::Character("\"E\"".to_owned())));
        assert_eq!("a\u{202e}b".parse::<Name>(), Err(NameError::Character("\"\\u{202e}\"".to_owned())));
        assert_eq!("-a".parse::<Name>(), Err(NameError::Character("\"-\"".to_owned())));
    }

    #[test]
    fn free_text_keeps_scripts_and_refuses_control_characters() {
        assert_eq!("  Área técnica – 東京 ".parse::<Text>().unwrap().as_str(), "Área técnica – 東京");
        assert_eq!("a\u{1b}[31m".parse::<Text>(), Err(TextError::Character("\\u{1b}".to_owned())));
        assert_eq!("a\nb".parse::<Text>(), Err(TextError::Character("\\u{a}".to_owned())));
        assert_eq!("a\u{2066}b".parse::<Text>(), Err(TextError::Character("\\u{2066}".to_owned())));
        assert_eq!("x".repeat(10_000).parse::<Text>(), Err(TextError::TooLong(10_000)));
    }

    #[test]
    fn untrusted_text_is_shortened_and_escaped_in_messages() {
        assert_eq!(shorten("a\u{1b}b"), "a\\u{1b}b");
        assert_eq!(shorten(&"x".repeat(100)).chars().count(), 60);
    }
}
