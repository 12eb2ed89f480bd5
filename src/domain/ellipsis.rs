//! Shortening of texts that are too long for a message.

use std::borrow::Cow;

/// Returns `text` if it has at most `length` characters, otherwise its beginning and `…`, `length` characters in all.
///
/// Nothing is escaped. A `length` of 0 counts as 1.
#[must_use]
pub fn ellipsis(text: &str, length: usize) -> Cow<'_, str> {
    if text.chars().nth(length).is_none() {
        return Cow::Borrowed(text);
    }
    let end = text.char_indices().nth(length.saturating_sub(1)).map_or(0, |(end, _)| end);
    Cow::Owned(format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::ellipsis;

    #[test]
    fn only_longer_texts_are_shortened() {
        assert_eq!(ellipsis("", 3), "");
        assert_eq!(ellipsis("été", 3), "été");
        assert_eq!(ellipsis("étés", 3), "ét…");
        assert_eq!(ellipsis("ab", 1), "…");
        assert_eq!(ellipsis("ab", 0), "…");
    }
}
