//! Rule: every `# Errors` section names a type.

use super::docs::unparsed;
use super::items::items;
use super::outcome::Outcome;
use super::tree::Tree;

/// Names of the standard library that say nothing about which error is returned.
const NO_ERROR_TYPES: &[&str] = &["Err", "Ok", "None", "Some", "Self", "Result", "Option"];

/// Every `# Errors` section names the type or variant that is returned.
pub fn check(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("`# Errors` without a type", "`# Errors` sections");
    let found = items(tree);
    unparsed(&found, &mut outcome);
    for item in found.items.iter().filter(|item| tree.selects(&item.doc_path)) {
        for (line, section) in errors_sections(&item.doc) {
            outcome.examined += 1;
            if !names_a_type(&section) {
                outcome.add(
                    &item.path,
                    line,
                    "`# Errors` names no type",
                    &format!("{}: {section}", item.name),
                );
            }
        }
    }
    outcome
}

/// Returns the sections headed `# Errors`, each with the line of its heading.
fn errors_sections(doc: &[(usize, String)]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in doc {
        if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim() == "Errors";
            if inside {
                found.push((*number, String::new()));
            }
        } else if let Some((_, section)) = found.last_mut().filter(|_| inside) {
            section.push_str(line);
            section.push(' ');
        }
    }
    found
}

/// Returns true if a name in backticks, or one linked, is that of a type or of a part of it.
fn names_a_type(section: &str) -> bool {
    let in_code = section.split('`').skip(1).step_by(2);
    let linked = section.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    let targets = section.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    in_code.chain(linked).chain(targets).any(|name| {
        let name = name.trim().trim_matches('`').trim_end_matches("()");
        let is_path = |letter: char| letter.is_alphanumeric() || "_:<>".contains(letter);
        name.chars().all(is_path) && name.split("::").any(is_type_name)
    })
}

fn is_type_name(name: &str) -> bool {
    let name = name.split('<').next().unwrap_or_default();
    name.starts_with(char::is_uppercase)
        && (name.len() == 1 || name.contains(char::is_lowercase))
        && !NO_ERROR_TYPES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Tree::of(&[("src/a.rs", text)])).violations.len()
    }

    #[test]
    fn an_errors_section_without_a_type_is_found() {
        for section in [
            "If it cannot be read.",
            "`busy` if it cannot be read.",
            "`Err` if it cannot be read.",
            "[`Result`] and `None`",
            "`store::open` failed",
            "StoreError if it cannot be read.",
            "`SQLITE_BUSY` if locked.",
            "`Not Found` if there is none.",
            "Busy.\n/// # Panics\n/// `StoreError`",
        ] {
            let text = format!("/// Reads a key.\n///\n/// # Errors\n///\n/// {section}\npub fn f() {{}}");
            assert_eq!(count(&text), 1, "{section}");
        }
        assert_eq!(count("struct S; impl S { /// # Errors\n/// Rarely.\nfn f() {} }"), 1);
        assert_eq!(count("impl T for S { /// # Errors\n/// Rarely.\nfn f() {} }"), 1);
    }

    #[test]
    fn an_errors_section_with_a_type_is_fine() {
        for section in [
            "`StoreError` if it cannot be read.",
            "[`ActionError::NotFound`] if there is none.",
            "[StoreError]",
            "An [error](crate::store::StoreError)",
            "`rusqlite::Error` as it comes",
            "If it\n/// cannot be read: `Refusal::Unknown`",
            "`StoreError::busy()`",
            "`Failure<Io>`",
        ] {
            let text = format!("/// Reads a key.\n///\n/// # Errors\n///\n/// {section}\npub fn f() {{}}");
            assert_eq!(count(&text), 0, "{section}");
        }
    }

    #[test]
    fn sources_without_errors_sections_are_a_failure() {
        let tree = Tree::of(&[("src/a.rs", "/// Reads a key.\npub fn f() {}")]);
        assert!(check(&tree).failure(&tree, 1).unwrap().contains("only 0"));
        let tree = Tree::of(&[("src/a.rs", "fn f( {")]);
        assert!(check(&tree).failure(&tree, 0).unwrap().contains("does not parse"));
    }
}
