//! Words of a shell: for commands that are offered to be run as they stand.

/// A word as a shell reads it back.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':' | b'@' | b'+' | b',')
        });
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_shell_reads_back_what_was_typed() {
        assert_eq!(word("tech1/field-app"), "tech1/field-app");
        assert_eq!(word("left the company"), "'left the company'");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word(""), "''");
    }
}
