//! Numbers with their nouns, and capitals.

/// Returns a number with its noun: `1 grant`, `2 grants`.
#[must_use]
pub fn count<N: std::fmt::Display + PartialEq + From<u8> + Copy>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns `1 token`, or `1000+ tokens` if counting stopped at `cap`.
#[must_use]
pub fn count_up_to(number: i64, cap: i64, noun: &str) -> String {
    if number >= cap { format!("{cap}+ {noun}s") } else { count(number, noun) }
}

/// Returns a word with a capital first letter.
#[must_use]
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
