//! Quoting for a POSIX shell, for commands that are suggested in messages.

/// Returns a word in the form in which a shell reads it back: unchanged if it needs no quoting, otherwise in single quotes.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':' | b'@' | b'+' | b',')
        });
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Returns a flag with its value. A value that begins with `-` is joined by `=`.
#[must_use]
pub fn flag(name: &str, value: &str) -> String {
    if value.starts_with('-') { word(&format!("{name}={value}")) } else { format!("{name} {}", word(value)) }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn only_special_words_are_quoted() {
        assert_eq!(word("tech1/field-app"), "tech1/field-app");
        assert_eq!(word("left the company"), "'left the company'");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word(""), "''");
    }
}
