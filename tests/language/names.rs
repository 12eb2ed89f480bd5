//! Rule: the name of a test states a behaviour, in few letters and without the number of a list.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::outcome::Outcome;
use super::tree::Tree;

/// The longest name of a test, in characters.
const LONGEST: usize = 60;

/// Words that make a number behind them that of a list.
const LISTS: &[&str] =
    &["row", "rows", "item", "point", "finding", "requirement", "incident", "issue", "part"];

/// Checks the test functions of `src`, `tests` and `benches`.
pub fn check(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("test names", "test functions");
    for file in tree.rust(&["src/", "tests/", "benches/"]).filter(|file| tree.selects(&file.path)) {
        let tokens = match file.text.parse::<TokenStream>() {
            Ok(tokens) => tokens,
            Err(error) => {
                outcome.add(&file.path, error.span().start().line, "does not parse", &error.to_string());
                continue;
            }
        };
        for (line, name) in test_functions(tokens) {
            outcome.examined += 1;
            let length = name.chars().count();
            if length > LONGEST {
                outcome.add(&file.path, line, "test name too long", &format!("{name} ({length} characters)"));
            }
            if has_list_number(&name) {
                outcome.add(&file.path, line, "list number in a test name", &name);
            }
        }
    }
    outcome
}

fn has_list_number(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let words: Vec<_> = name.split('_').collect();
    words.iter().enumerate().any(|(index, word)| {
        let (list, number) =
            word.split_at(word.trim_end_matches(|letter: char| letter.is_ascii_digit()).len());
        list == "r" && is_number(number)
            || LISTS.contains(&list)
                && (is_number(number) || words.get(index + 1).is_some_and(|next| is_number(next)))
    })
}

/// Returns the functions marked `#[test]` or `#[….test]`, also inside macros, with their lines.
fn test_functions(tokens: TokenStream) -> Vec<(usize, String)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut marked = false;
    for (index, token) in tokens.iter().enumerate() {
        match (token, tokens.get(index + 1)) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#' && attribute.delimiter() == Delimiter::Bracket =>
            {
                marked |= is_test(attribute.stream());
            }
            (TokenTree::Ident(keyword), Some(TokenTree::Ident(name))) if keyword == "fn" => {
                if marked {
                    found.push((name.span().start().line, name.to_string()));
                }
                marked = false;
            }
            (TokenTree::Group(group), _) if group.delimiter() != Delimiter::Bracket => {
                found.extend(test_functions(group.stream()));
            }
            _ => {}
        }
    }
    found
}

/// Returns true if the path of an attribute ends with `test`.
fn is_test(attribute: TokenStream) -> bool {
    let mut last = String::new();
    for token in attribute {
        match token {
            TokenTree::Ident(ident) => last = ident.to_string(),
            TokenTree::Punct(colon) if colon.as_char() == ':' => {}
            _ => break,
        }
    }
    last == "test"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).violations.len()
    }

    #[test]
    fn a_list_number_is_found_in_every_spelling() {
        for name in [
            "r12_a_key_is_read",
            "r1",
            "a_key_is_read_r124",
            "r2_to_r9_keys_are_read",
            "row_66_is_read",
            "row66_is_read",
            "the_key_of_finding_3",
            "requirement_12",
        ] {
            assert_eq!(count("tests/a.rs", &format!("#[test] fn {name}() {{}}")), 1, "{name}");
        }
        for name in
            ["http_404_is_returned", "rfc_7009_is_followed", "three_rows_are_read", "r_is_a_letter", "sha256"]
        {
            assert_eq!(count("tests/a.rs", &format!("#[test] fn {name}() {{}}")), 0, "{name}");
        }
    }

    #[test]
    fn a_name_of_more_than_sixty_letters_is_found() {
        let (longest, longer) = ("a".repeat(60), "a".repeat(61));
        for (path, before, after) in [
            ("tests/a.rs", "#[test] fn ", "() {}"),
            ("tests/a/b.rs", "#[test]\n#[ignore = \"slow\"]\nfn ", "() {}"),
            ("tests/a.rs", "#[tokio::test(flavor = \"multi_thread\")] async fn ", "() {}"),
            ("src/a.rs", "#[cfg(test)] mod tests { #[test] fn ", "() {} }"),
            ("src/a.rs", "mod tests { proptest! { #[test] fn ", "(a in 0..9u8) {} } }"),
            ("benches/a.rs", "#[ignore]\n#[test] pub fn ", "() {}"),
        ] {
            assert_eq!(count(path, &format!("{before}{longer}{after}")), 1, "{before}");
            assert_eq!(count(path, &format!("{before}{longest}{after}")), 0, "{before}");
        }
    }

    #[test]
    fn other_functions_may_have_any_name() {
        for text in [
            "fn r12_helper() {}",
            "#[test] fn a() {}\nfn r12() {}",
            "#[cfg(test)] fn r12() {}",
            "// #[test] fn r12() {}",
            "const A: &str = \"#[test] fn r12() {}\";",
        ] {
            assert_eq!(count("tests/a.rs", text), 0, "{text}");
        }
    }

    #[test]
    fn sources_without_tests_are_a_failure() {
        let tree = Tree::of(&[("src/a.rs", "fn f() {}")]);
        assert!(check(&tree).failure(&tree, 1).unwrap().contains("only 0 test functions"));
        let tree = Tree::of(&[("tests/a.rs", "fn f( {")]);
        assert!(check(&tree).failure(&tree, 0).unwrap().contains("does not parse"));
    }
}
