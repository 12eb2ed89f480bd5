//! The tables as Markdown, for `docs/architecture.md`.

use std::fmt::Write as _;

use super::layout::{FolderKind, Layer};

/// The import table.
pub fn imports(layers: &[Layer]) -> String {
    let mut text = String::from("| Place in `src` | Imports, besides itself | Rule |\n| --- | --- | --- |\n");
    for layer in layers {
        let imports: Vec<_> = layer.imports.iter().map(|place| format!("`{place}`")).collect();
        let imports = if imports.is_empty() { "nothing".to_owned() } else { imports.join(", ") };
        let _ = writeln!(text, "| `{}` | {imports} | {} |", layer.place, layer.why);
    }
    text
}

/// The kinds of folders.
pub fn folders(kinds: &[FolderKind]) -> String {
    let mut text =
        String::from("| Kind of folder | Folders | Files at most | Reason |\n| --- | --- | --- | --- |\n");
    for kind in kinds {
        let folders: Vec<_> = kind.folders.iter().map(|folder| format!("`{folder}`")).collect();
        let folders = if folders.is_empty() { "all others".to_owned() } else { folders.join(", ") };
        let _ = writeln!(text, "| {} | {folders} | {} | {} |", kind.name, kind.most, kind.why);
    }
    text
}

/// The text between the marks of a table.
fn between<'t>(page: &'t str, name: &str) -> Option<&'t str> {
    let (_, behind) = page.split_once(&format!("<!-- {name}: begin -->\n"))?;
    behind.split_once(&format!("<!-- {name}: end -->")).map(|(table, _)| table)
}

/// How the page differs from the tables: the lines that it lacks and the lines that it has too many.
pub fn differences(page: &str, layers: &[Layer], kinds: &[FolderKind]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, wanted) in [("imports", imports(layers)), ("folders", folders(kinds))] {
        let Some(present) = between(page, name) else {
            found.push(format!(
                "docs/architecture.md: no table between the marks of `{name}`; insert:\n{wanted}"
            ));
            continue;
        };
        if present.trim() == wanted.trim() {
            continue;
        }
        let lacks = wanted.lines().filter(|line| !present.lines().any(|other| other == *line));
        let extra = present.trim().lines().filter(|line| !wanted.lines().any(|other| other == *line));
        let before = found.len();
        found.extend(lacks.map(|line| format!("docs/architecture.md: `{name}` lacks: {line}")));
        found.extend(extra.map(|line| format!("docs/architecture.md: `{name}` has too many: {line}")));
        if found.len() == before {
            found.push(format!("docs/architecture.md: the rows of `{name}` are in another order"));
        }
    }
    found
}
