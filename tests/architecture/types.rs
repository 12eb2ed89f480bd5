//! Names of public types: each stands for one thing.

use std::collections::BTreeMap;

use syn::{Attribute, Ident, Item, Visibility};

use super::tree::Sources;

/// Returns every name that two public types share, with the files that define it.
pub fn shared_names(sources: &Sources) -> Vec<String> {
    let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (file, text) in sources {
        if let Ok(parsed) = syn::parse_file(text) {
            collect(&parsed.items, file, &mut files);
        }
    }
    files
        .into_iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(name, files)| format!("public types share the name {name}: {}", files.join(", ")))
        .collect()
}

fn collect<'f>(items: &[Item], file: &'f str, files: &mut BTreeMap<String, Vec<&'f str>>) {
    for item in items {
        let (attributes, visibility, name): (&[Attribute], &Visibility, &Ident) = match item {
            Item::Struct(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Enum(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Trait(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Type(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Mod(item) if !is_test(&item.attrs) => {
                if let Some((_, items)) = &item.content {
                    collect(items, file, files);
                }
                continue;
            }
            _ => continue,
        };
        if !matches!(visibility, Visibility::Inherited) && !is_test(attributes) {
            files.entry(name.to_string()).or_default().push(file);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Ident>().is_ok_and(|argument| argument == "test")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        shared_names(&files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_name_of_two_public_types_is_found() {
        for other in [
            "pub struct Turn;",
            "pub(crate) enum Turn { A }",
            "pub trait Turn {}",
            "pub type Turn = u8;",
            "pub mod inner { pub(super) struct Turn; }",
        ] {
            let found = names(&[("a.rs", "pub struct Turn;"), ("b.rs", other)]);
            assert_eq!(found, ["public types share the name Turn: a.rs, b.rs"], "{other}");
        }
    }

    #[test]
    fn private_types_tests_and_imports_may_share_a_name() {
        for other in [
            "struct Turn;",
            "pub use crate::a::Turn;",
            "#[cfg(test)] pub struct Turn;",
            "#[cfg(test)] mod tests { pub struct Turn; }",
            "pub fn turn() {}",
        ] {
            assert!(names(&[("a.rs", "pub struct Turn;"), ("b.rs", other)]).is_empty(), "{other}");
        }
    }
}
