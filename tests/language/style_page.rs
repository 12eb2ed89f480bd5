//! Rule: `docs/style.md` exists and refers to the list of banned words and to this test.

use super::outcome::Outcome;
use super::tree::Tree;

const PAGE: &str = "docs/style.md";

/// Texts that the page contains.
const REFERENCES: &[&str] = &["tests/banned_words.txt", "cargo test --test language"];

/// Checks the references of the style page.
pub fn check(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("style page", "references");
    if !tree.selects(PAGE) {
        return outcome;
    }
    let text = tree.file(PAGE).map(|file| file.text.as_str());
    for reference in REFERENCES {
        outcome.examined += 1;
        match text {
            None => outcome.add(PAGE, 1, "missing", "there is no such file"),
            Some(text) if !text.contains(reference) => {
                outcome.add(PAGE, 1, "missing", &format!("does not refer to `{reference}`"));
            }
            Some(_) => {}
        }
    }
    outcome
}

#[test]
fn a_style_page_without_its_references_is_found() {
    let found = |path: &str, text: &str| check(&Tree::of(&[(path, text)])).violations.len();
    let whole = REFERENCES.join(", ");
    assert_eq!(found(PAGE, &whole), 0);
    assert_eq!(found(PAGE, &whole.to_uppercase()), 2);
    assert_eq!(found(PAGE, REFERENCES[0]), 1);
    assert_eq!(found(PAGE, REFERENCES[1]), 1);
    assert_eq!(found(PAGE, ""), 2);
    assert_eq!(found("docs/other.md", &whole), 2);
}
