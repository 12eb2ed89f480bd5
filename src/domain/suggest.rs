//! Near names: what a mistyped one may have meant.

/// How alike two names must be: 1 is the same.
const ALIKE: f64 = 0.8;
/// How many suggestions a person wants to read.
const SUGGESTIONS: usize = 3;

/// The names most like `wanted`, best first.
pub(crate) fn near(wanted: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<(f64, String)> = names
        .into_iter()
        .filter(|name| name != wanted)
        .map(|name| {
            (
                strsim::jaro_winkler(wanted, &name)
                    .max(strsim::normalized_damerau_levenshtein(wanted, &name)),
                name,
            )
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
    fn a_slip_of_the_finger_is_found_and_another_word_is_not() {
        let names = || ["billing", "field-app", "inventory-bot", "erp-sync"].map(str::to_owned);
        assert_eq!(near("bilin", names()), ["billing"]);
        assert_eq!(near("erp-snyc", names()), ["erp-sync"]);
        assert!(near("zzz", names()).is_empty());
    }
}
