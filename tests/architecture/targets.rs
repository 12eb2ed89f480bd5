//! Test files that no target of `Cargo.toml` compiles.

use std::rc::Rc;

use super::tree::{Files, Sources, Tree};

/// The source files of the `[[test]]` and `[[bench]]` targets.
fn roots(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut folder, mut name, mut path) = (None, None, None);
    for line in manifest.lines().map(str::trim).chain(["["]) {
        if line.starts_with('[') {
            if let (Some(folder), Some(name)) = (folder, name) {
                match path {
                    Some(path) => found.push(path),
                    None => found.extend([format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs")]),
                }
            }
            folder = match line {
                "[[test]]" => Some("tests"),
                "[[bench]]" => Some("benches"),
                _ => None,
            };
            (name, path) = (None, None);
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim().trim_matches('"').to_owned();
            match key.trim() {
                "name" => name = Some(value),
                "path" => path = Some(value),
                _ => {}
            }
        }
    }
    found
}

/// The files below `tests` and `benches` that belong to no target, by their names relative to the project.
pub fn forgotten(manifest: &str, sources: &Sources) -> Vec<String> {
    let roots = roots(manifest);
    let roots: Vec<_> = roots.iter().map(String::as_str).collect();
    let tree = Tree::new(&Rc::new(Files::new(sources)), &roots, true);
    let forgotten = sources.keys().filter(|name| !tree.module_of_file.contains_key(*name));
    let faults = tree.faults.iter().map(|fault| fault.replacen("src/", "", 1));
    faults
        .chain(forgotten.map(|name| format!("{name}: no target of Cargo.toml compiles this file")))
        .collect()
}
