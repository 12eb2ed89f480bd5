//! The layout of `src`: which folder imports which, no circles of files, words in their places, small folders.
//!
//! The tables are in `layout.rs`, and as Markdown in `docs/architecture.md`. Each test lists all its violations.
//! `APICONN_ARCHITECTURE_ROOT` names another checkout to judge.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

use std::path::{Path, PathBuf};
use std::{env, fs};

#[cfg(test)]
#[path = "architecture/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "architecture/cases_of_rules.rs"]
mod cases_of_rules;
#[path = "architecture/code.rs"]
mod code;
#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/judge.rs"]
pub(crate) mod judge;
#[path = "architecture/layout.rs"]
pub(crate) mod layout;
#[path = "architecture/page.rs"]
pub(crate) mod page;
#[path = "architecture/resolve.rs"]
mod resolve;
#[path = "architecture/targets.rs"]
mod targets;
#[path = "architecture/tree.rs"]
mod tree;
#[cfg(test)]
#[path = "architecture/types.rs"]
mod types;

use judge::Project;
use layout::{BANNED, COMMAND_LINE_WORDS, CSS, FOLDERS, HASH_LABELS, LAYERS, WORDS};
use tree::Sources;

/// The fewest files that `src` has. With fewer, this test reads the wrong folder.
const FEWEST: usize = 80;

/// The folder of the project that is judged.
#[expect(clippy::disallowed_methods, reason = "a test has no injected environment")]
pub(crate) fn root() -> PathBuf {
    env::var_os("APICONN_ARCHITECTURE_ROOT").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The Rust files below a folder, by their name relative to it.
fn read(folder: &Path) -> Sources {
    fn walk(folder: &Path, before: &str, found: &mut Sources) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = format!("{before}{}", path.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = Sources::new();
    walk(folder, "", &mut found);
    found
}

pub(crate) fn project() -> Project {
    Project::new(&read(&root().join("src")))
}

fn command_line_words(project: &Project) -> Vec<String> {
    project.command_line_words(COMMAND_LINE_WORDS, HASH_LABELS, CSS)
}

pub(crate) fn words(project: &Project) -> Vec<String> {
    [project.words(WORDS), project.banned(LAYERS, BANNED), command_line_words(project)].concat()
}

pub(crate) fn page(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("docs/architecture.md")).unwrap_or_default();
    page::differences(&text, LAYERS, FOLDERS)
}

pub(crate) fn forgotten_tests(root: &Path) -> Vec<String> {
    let mut sources = Sources::new();
    for folder in ["tests", "benches"] {
        sources.extend(
            read(&root.join(folder)).into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)),
        );
    }
    targets::forgotten(&fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default(), &sources)
}

/// All violations, by rule.
#[cfg(test)]
struct Violations {
    faults: Vec<String>,
    rows: Vec<String>,
    imports: Vec<String>,
    circles: Vec<String>,
    words: Vec<String>,
    folders: Vec<String>,
}

#[cfg(test)]
mod rules {
    use std::sync::LazyLock;

    use super::*;

    /// Parsed once for all tests.
    static SRC: LazyLock<Violations> = LazyLock::new(|| {
        let project = project();
        assert!(project.size() >= FEWEST, "only {} files below src", project.size());
        Violations {
            faults: project.faults(),
            rows: [project.rows(LAYERS), judge::circles_of_rows(LAYERS)].concat(),
            imports: project.imports(LAYERS),
            circles: project.circles(false),
            words: words(&project),
            folders: project.folders(FOLDERS),
        }
    });

    #[track_caller]
    fn assert_none(violations: &[String]) {
        assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
    }

    #[test]
    fn every_file_is_read_and_every_path_is_resolved() {
        assert_none(&SRC.faults);
    }

    #[test]
    fn every_file_has_a_row_and_every_row_a_file() {
        assert_none(&SRC.rows);
    }

    #[test]
    fn imports_follow_the_table() {
        assert_none(&SRC.imports);
    }

    #[test]
    fn no_files_import_each_other_in_a_circle() {
        assert_none(&SRC.circles);
    }

    #[test]
    fn words_are_in_their_places() {
        assert_none(&SRC.words);
    }

    #[test]
    fn no_two_public_types_share_a_name() {
        assert_none(&types::shared_names(&read(&root().join("src"))));
    }

    #[test]
    fn folders_are_small() {
        assert_none(&SRC.folders);
    }

    #[test]
    fn the_page_contains_the_tables() {
        assert_none(&page(&root()));
    }

    #[test]
    fn every_test_file_belongs_to_a_target() {
        assert_none(&forgotten_tests(&root()));
    }
}
