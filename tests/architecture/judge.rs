//! The rules applied to a set of sources. Each function returns all violations as `src/FILE:LINE: …`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::code::{self, Piece};
use super::graph;
use super::imports::{self, Import, Imports};
use super::layout::{FolderKind, Layer};
use super::tree::{self, Files, Sources, Tree};

/// Sources, and their modules, imports and code.
pub struct Project {
    /// The modules that are compiled without tests.
    pub tree: Tree,
    /// Imports of those modules.
    pub imports: Imports,
    /// The code of each file that is compiled without tests.
    code: BTreeMap<String, Vec<(usize, Piece)>>,
    names: Vec<String>,
    undeclared: Vec<String>,
}

impl Project {
    /// Reads a set of files, named relative to `src`.
    pub fn new(sources: &Sources) -> Self {
        let roots = ["lib.rs", "main.rs"];
        let files = Rc::new(Files::new(sources));
        let tree = Tree::new(&files, &roots, false);
        let imports = imports::read(&tree);
        let with_tests = Tree::new(&files, &roots, true);
        let names: Vec<_> = sources.keys().cloned().collect();
        let undeclared =
            names.iter().filter(|name| !with_tests.module_of_file.contains_key(*name)).cloned().collect();
        let read = |name: &String| (name.clone(), code::read(&sources[name], &files.tests[name]));
        let code = tree.module_of_file.keys().map(read).collect();
        Self { tree, imports, code, names, undeclared }
    }

    /// Files that cannot be judged, and paths that do not lead to an item.
    pub fn faults(&self) -> Vec<String> {
        let undeclared =
            self.undeclared.iter().map(|name| format!("src/{name}: no module declares this file"));
        self.tree
            .faults
            .iter()
            .cloned()
            .chain(undeclared)
            .chain(self.imports.unresolved.iter().cloned())
            .collect()
    }

    /// Circles of files. With `whole`, every edge of a circle is described.
    pub fn circles(&self, whole: bool) -> Vec<String> {
        let edges = graph::edges(&self.tree, &self.imports.all);
        graph::circles(&edges).iter().map(|circle| graph::describe(&edges, circle, whole)).collect()
    }

    /// Imports that the table does not allow, one line for each file and row that it may not import.
    pub fn imports(&self, layers: &[Layer]) -> Vec<String> {
        let mut found: BTreeMap<(&str, &str), (&str, Vec<&Import>)> = BTreeMap::new();
        for import in &self.imports.all {
            let Some(from) = layer_of(layers, &import.from) else { continue };
            let targets = import.targets(&self.tree).into_iter().filter_map(|to| layer_of(layers, to));
            for to in targets.map(|to| to.place).collect::<BTreeSet<_>>() {
                if to != from.place && !from.imports.contains(&to) {
                    found.entry((&import.from, to)).or_insert((from.why, Vec::new())).1.push(import);
                }
            }
        }
        let line = |((from, to), (why, imports)): ((&str, &str), (&str, Vec<&Import>))| {
            let paths = graph::causes(&imports);
            format!("src/{from}:{}: imports {to}: {paths}; the rule: {why}", imports[0].line)
        };
        found.into_iter().map(line).collect()
    }

    /// Files without a row in the table, and rows without a file.
    pub fn rows(&self, layers: &[Layer]) -> Vec<String> {
        let used: BTreeSet<_> =
            self.names.iter().filter_map(|name| layer_of(layers, name)).map(|layer| layer.place).collect();
        let unused = layers.iter().filter(|layer| !used.contains(layer.place));
        let named: BTreeSet<_> = layers.iter().map(|layer| layer.place).collect();
        let unknown = layers.iter().flat_map(|layer| layer.imports.iter().map(move |to| (layer.place, *to)));
        self.names
            .iter()
            .filter(|name| layer_of(layers, name).is_none())
            .map(|name| format!("src/{name}: no row of the import table fits this file"))
            .chain(unused.map(|layer| format!("import table: no file fits the row {}", layer.place)))
            .chain(
                unknown
                    .filter(|(_, to)| !named.contains(to))
                    .map(|(place, to)| format!("import table: {place} imports {to}, which has no row")),
            )
            .collect()
    }

    /// Code outside its places, and places that no file fits.
    pub fn words(&self, words: &[(&str, &[&str], &str)]) -> Vec<String> {
        let mut found = Vec::new();
        for (word, places, why) in words {
            let pattern = code::pieces(word);
            let mut seen = false;
            for (name, pieces) in &self.code {
                let matches = pieces.windows(pattern.len()).filter(|window| {
                    window.iter().zip(&pattern).all(|((_, piece), (_, wanted))| piece == wanted)
                });
                let mut lines: BTreeSet<usize> = matches.map(|window| window[0].0).collect();
                if pattern.len() == 1 {
                    let strings = pieces
                        .iter()
                        .filter(|(_, piece)| matches!(piece, Piece::Text(text) if has_word(text, word)));
                    lines.extend(strings.map(|(line, _)| line));
                }
                seen |= !lines.is_empty();
                if !places.iter().any(|place| is_below(name, place)) {
                    found.extend(lines.iter().map(|line| {
                        format!("src/{name}:{line}: `{word}` does not belong here; the rule: {why}")
                    }));
                }
            }
            found.extend(self.missing(places));
            if !seen && !places.is_empty() {
                found.push(format!("words: no file contains `{word}`"));
            }
        }
        found
    }

    /// Banned names in the files of a row of the import table.
    pub fn banned(&self, layers: &[Layer], banned: &[(&str, &[&str], &str)]) -> Vec<String> {
        let mut found = Vec::new();
        found.extend(self.missing(&banned.iter().map(|(place, ..)| *place).collect::<Vec<_>>()));
        for (name, pieces) in &self.code {
            let place = layer_of(layers, name).map(|layer| layer.place);
            for (_, words, why) in banned.iter().filter(|(banned, ..)| Some(*banned) == place) {
                for (line, piece) in pieces {
                    let Piece::Word(identifier) = piece else { continue };
                    let hit = words.iter().find(|word| {
                        **word == *identifier
                            || identifier
                                .split('_')
                                .any(|part| part.eq_ignore_ascii_case(word) && !is_type(word))
                    });
                    if let Some(word) = hit {
                        found.push(format!(
                            "src/{name}:{line}: `{identifier}` ({word}) does not belong here; the rule: {why}"
                        ));
                    }
                }
            }
        }
        found
    }

    /// Flags and `apiconn ` in strings outside `places`. `labels` is the file of the hash labels, `css` the place of
    /// CSS.
    pub fn command_line_words(&self, places: &[&str], labels: &str, css: &str) -> Vec<String> {
        let mut found = self.missing(places);
        found.extend(self.missing(&[labels, css]));
        for (name, pieces) in &self.code {
            if name == labels {
                found.extend(self.labels(name));
                continue;
            }
            if places.iter().any(|place| is_below(name, place)) {
                continue;
            }
            for (line, piece) in pieces {
                let Piece::Text(text) = piece else { continue };
                if let Some(word) = command_line_word(text, is_below(name, css)) {
                    found.push(format!(
                        "src/{name}:{line}: `{word}` in a string; the rule: only {} may name flags and commands",
                        places.join(", ")
                    ));
                }
            }
        }
        found
    }

    /// Places of a rule that no file fits.
    fn missing(&self, places: &[&str]) -> Vec<String> {
        let unused = places.iter().filter(|place| !self.names.iter().any(|name| is_below(name, place)));
        unused.map(|place| format!("words: no file fits {place}")).collect()
    }

    fn labels(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let items = &self.tree.files.parsed[name].items;
        for item in items.iter().filter(|item| !tree::is_test_only(tree::attributes(item))) {
            let text = match item {
                syn::Item::Const(item) => literal(&item.expr),
                _ => None,
            };
            let fits =
                text.as_ref().is_some_and(|text| text.starts_with("apiconn ") && flag(text, false).is_none());
            if !fits {
                let line = syn::spanned::Spanned::span(item).start().line;
                found.push(format!(
                    "src/{name}:{line}: the rule: hash labels are string constants that begin with `apiconn `"
                ));
            }
        }
        found
    }

    /// Folders with too many files, and kinds of folders without a folder.
    pub fn folders(&self, kinds: &[FolderKind]) -> Vec<String> {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &self.names {
            *sizes.entry(tree::folder(name).trim_end_matches('/')).or_default() += 1;
        }
        let mut found = Vec::new();
        for (folder, size) in &sizes {
            if let Some(kind) = kind_of(kinds, folder).filter(|kind| *size > kind.most) {
                found.push(format!(
                    "src/{folder}: {size} files; a folder of the kind \"{}\" has at most {}, since {}",
                    kind.name, kind.most, kind.why
                ));
            }
        }
        for kind in kinds.iter().filter(|kind| !kind.folders.is_empty()) {
            for pattern in kind.folders {
                if !sizes.keys().any(|folder| fits(pattern, folder)) {
                    found.push(format!("folders: no folder fits {pattern}"));
                }
            }
        }
        found
    }

    /// The number of files, with those of tests.
    pub fn size(&self) -> usize {
        self.names.len()
    }
}

/// Rows of the import table that import each other, directly or through others.
pub fn circles_of_rows(layers: &[Layer]) -> Vec<String> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        layers.iter().map(|layer| (layer.place, layer.imports.iter().copied().collect())).collect();
    loop {
        let open: BTreeSet<_> = left.keys().copied().collect();
        let before = left.len();
        left.retain(|_, imports| imports.iter().any(|to| open.contains(to)));
        if left.len() == before {
            break;
        }
    }
    // Rows that only lead to a circle are no part of it.
    loop {
        let imported: BTreeSet<_> = left.values().flatten().copied().collect();
        let before = left.len();
        left.retain(|place, _| imported.contains(place));
        if left.len() == before {
            break;
        }
    }
    left.into_keys().map(|place| format!("import table: {place} is part of a circle of rows")).collect()
}

/// The row of a file: the one with the longest place that fits.
pub fn layer_of<'l>(layers: &'l [Layer], file: &str) -> Option<&'l Layer> {
    layers.iter().filter(|layer| is_below(file, layer.place)).max_by_key(|layer| layer.place.len())
}

fn is_below(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn fits(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(above) => tree::folder(folder).trim_end_matches('/') == above,
        None => pattern == folder,
    }
}

fn kind_of<'k>(kinds: &'k [FolderKind], folder: &str) -> Option<&'k FolderKind> {
    let named = kinds.iter().find(|kind| kind.folders.iter().any(|pattern| fits(pattern, folder)));
    named.or_else(|| kinds.iter().find(|kind| kind.folders.is_empty()))
}

fn is_type(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter))
}

fn literal(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::ByteStr(bytes), .. }) => {
            Some(String::from_utf8_lossy(&bytes.value()).into_owned())
        }
        _ => None,
    }
}

/// The first flag in a text: `--word` or `--{name}`, or a lone `--` at its end, to which a name can be added. `-- `
/// begins a comment of SQL. With `css`, `--name: value;` is a property.
pub fn flag(text: &str, css: bool) -> Option<String> {
    for (at, _) in text.match_indices("--") {
        let behind = &text[at + 2..];
        if text[..at].ends_with(|letter| is_letter(letter) || letter == '-') {
            continue;
        }
        if behind.is_empty() || behind.starts_with('{') {
            return Some(text[at..].chars().take(8).collect());
        }
        let name: String =
            behind.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            continue;
        }
        let value = behind[name.len()..].strip_prefix(':');
        if css && value.is_some_and(|value| value.contains(';')) {
            continue;
        }
        return Some(format!("--{name}"));
    }
    None
}

/// The first flag in a text, or the program as a command.
pub fn command_line_word(text: &str, css: bool) -> Option<String> {
    let command = || {
        let mut found = text.match_indices("apiconn ");
        found.any(|(at, _)| !text[..at].ends_with(is_letter)).then(|| "apiconn ".to_owned())
    };
    flag(text, css).or_else(command)
}
