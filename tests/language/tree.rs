//! The text files of a checkout.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no text of this repository.
const SKIPPED_FOLDERS: &[&str] = &[".git", "target", "node_modules", "__pycache__", ".venv"];

/// Files that others wrote or that a tool generates, and the list of banned words itself.
const SKIPPED_FILES: &[&str] = &[".git", "Cargo.lock", "package-lock.json", "LICENSE", "banned_words.txt"];

/// Endings of files that tests and tools leave behind.
const SKIPPED_ENDINGS: &[&str] = &[".snap.new", ".pending-snap", ".orig", ".rej"];

/// A text file, with its path relative to the root.
pub struct File {
    pub path: String,
    pub text: String,
}

/// All text files of a checkout, in the order of their paths.
pub struct Tree {
    pub files: Vec<File>,
    /// Only files whose path begins with one of these are checked; empty means all.
    prefixes: Vec<String>,
}

impl Tree {
    /// Reads every text file below `root`.
    pub fn read(root: &Path, prefixes: &[String]) -> Self {
        let mut paths = Vec::new();
        collect(root, &mut paths);
        let mut files: Vec<File> = paths
            .iter()
            .filter_map(|path| {
                let text = fs::read_to_string(path).ok().filter(|text| !text.contains('\0'))?;
                let path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
                Some(File { path, text })
            })
            .collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self { files, prefixes: prefixes.to_vec() }
    }

    /// Makes a tree of the given paths and texts, for the tests of the rules.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Self { files: files.iter().map(file).collect(), prefixes: Vec::new() }
    }

    /// Returns true if `path` is among the files to check.
    pub fn selects(&self, path: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| path.starts_with(prefix.as_str()))
    }

    /// Returns true if only a part of the tree is checked, so that minimum counts do not apply.
    pub fn is_partial(&self) -> bool {
        !self.prefixes.is_empty()
    }

    /// Returns the Rust files below one of `folders`, selected or not.
    pub fn rust<'tree>(&'tree self, folders: &'tree [&str]) -> impl Iterator<Item = &'tree File> {
        self.files.iter().filter(move |file| {
            Path::new(&file.path).extension().is_some_and(|ending| ending == "rs")
                && folders.iter().any(|folder| file.path.starts_with(folder))
        })
    }

    /// Returns the file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                collect(&path, found);
            }
        } else if kind.is_file()
            && !SKIPPED_FILES.contains(&name.as_str())
            && !SKIPPED_ENDINGS.iter().any(|ending| name.ends_with(ending))
        {
            found.push(path);
        }
    }
}
