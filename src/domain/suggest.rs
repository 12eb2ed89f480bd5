//! Suggestions for mistyped names.

/// The minimum similarity of a suggestion; 1 means equal.
const ALIKE: f64 = 0.8;
/// The maximum number of suggestions in a message.
const SUGGESTIONS: usize = 3;

/// Returns the names that are most similar to `wanted`, best first, at most three. Upper and lower case count as equal.
pub(crate) fn near(wanted: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let lowercase = wanted.to_lowercase();
    let mut found: Vec<(f64, String)> = names
        .into_iter()
        .filter(|name| name != wanted)
        .map(|name| {
            let other = name.to_lowercase();
            let likeness = strsim::jaro_winkler(&lowercase, &other)
                .max(strsim::normalized_damerau_levenshtein(&lowercase, &other));
            (likeness, name)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    found.truncate(SUGGESTIONS);
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_typing_error_is_corrected_and_another_word_is_not() {
        let names = || ["billing", "field-app", "inventory-bot", "erp-sync"].map(str::to_owned);
        assert_eq!(near("bilin", names()), ["billing"]);
        assert_eq!(near("erp-snyc", names()), ["erp-sync"]);
        assert_eq!(near("ERP-SYNC", names()), ["erp-sync"]);
        assert!(near("zzz", names()).is_empty());
    }
}
