//! The module tree of a crate: which file declares which module, and which names a module has.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use proc_macro2::{LineColumn, Span, TokenStream, TokenTree};
use syn::{Attribute, Item, Meta, UseTree};

use super::code::{self, Ranges};

/// Texts of source files by their name relative to `src`, with `/`.
pub type Sources = BTreeMap<String, String>;

/// A path as written: its segments, the last of which may be `*`.
pub type Segments = Vec<String>;

/// Meaning of a name in a module.
pub enum Def {
    /// A child module.
    Module(usize),
    /// An item of the module itself, with the variants if it is an enum.
    Item(Vec<String>),
    /// An import or re-export, by the path that follows `use`.
    Use(Segments),
}

/// One module, inline or of a file.
pub struct Module {
    /// The parent module; `None` for a crate root.
    pub parent: Option<usize>,
    /// The crate root above it.
    pub root: usize,
    /// The file that contains its items.
    pub file: String,
    /// Its names. One name can be both a module and a function.
    pub names: HashMap<String, Vec<Def>>,
    /// The paths of its glob imports, without the `*`.
    pub globs: Vec<Segments>,
    /// Words in the arguments of item macros: any of them can be the name of a generated item.
    pub generated: HashSet<String>,
}

/// All modules below the crate roots.
pub struct Tree {
    /// The files.
    pub files: Rc<Files>,
    /// The modules; an index is the identity of one.
    pub modules: Vec<Module>,
    /// The module of each file that is compiled without `cfg(test)`.
    pub module_of_file: BTreeMap<String, usize>,
    /// Inline modules by file and the position of their name.
    pub inline: HashMap<(String, LineColumn), usize>,
    /// Files that contain nothing except declarations of modules and imports.
    pub declares_only: BTreeSet<String>,
    /// Faults of the sources that prevent a judgement: a file that does not parse, a module without a file.
    pub faults: Vec<String>,
    with_tests: bool,
}

/// Parsed files.
pub struct Files {
    /// The files by name.
    pub parsed: BTreeMap<String, syn::File>,
    /// The ranges of each file that exist only in tests.
    pub tests: BTreeMap<String, Ranges>,
    /// Files that do not parse.
    faults: Vec<String>,
}

impl Files {
    /// Parses files.
    pub fn new(sources: &Sources) -> Self {
        let mut files = Self { parsed: BTreeMap::new(), tests: BTreeMap::new(), faults: Vec::new() };
        for (name, text) in sources {
            match syn::parse_file(text) {
                Ok(file) => {
                    files.tests.insert(name.clone(), code::tests(&file));
                    files.parsed.insert(name.clone(), file);
                }
                Err(error) => {
                    let line = error.span().start().line;
                    files.faults.push(format!("src/{name}:{line}: does not parse: {error}"));
                }
            }
        }
        files
    }
}

/// Returns true if an attribute excludes its item from every build except tests.
pub fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, Meta::List(list) if needs_test(list.tokens.clone()))
    })
}

/// Returns true if a `cfg` predicate can hold only in a test: `test`, `all(test, …)`, `any(test, all(test, …))`.
fn needs_test(predicate: TokenStream) -> bool {
    let tokens: Vec<_> = predicate.into_iter().collect();
    let parts = |stream: &TokenStream| -> Vec<TokenStream> {
        let tokens: Vec<_> = stream.clone().into_iter().collect();
        tokens
            .split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
            .filter(|part| !part.is_empty())
            .map(|part| part.iter().cloned().collect())
            .collect()
    };
    match tokens.as_slice() {
        [TokenTree::Ident(word)] => word == "test",
        [TokenTree::Ident(word), TokenTree::Group(group)] if word == "all" => {
            parts(&group.stream()).into_iter().any(needs_test)
        }
        [TokenTree::Ident(word), TokenTree::Group(group)] if word == "any" => {
            parts(&group.stream()).into_iter().all(needs_test)
        }
        _ => false,
    }
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// One leaf of a `use`: the local name (`*` for a glob, none for `_`), the path, and its position.
pub type Leaf = (Option<String>, Segments, Span);

/// The leaves of a `use`.
pub fn leaves(tree: &UseTree) -> Vec<Leaf> {
    fn walk(tree: &UseTree, before: &mut Segments, found: &mut Vec<Leaf>) {
        let joined = |before: &Segments, last: &str| {
            let mut path = before.clone();
            // `a::{self}` names `a`.
            if last != "self" || path.is_empty() {
                path.push(last.to_owned());
            }
            path
        };
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                walk(&path.tree, before, found);
                before.pop();
            }
            UseTree::Name(name) => {
                let path = joined(before, &name.ident.to_string());
                found.push((path.last().cloned(), path, name.ident.span()));
            }
            UseTree::Rename(rename) => {
                let path = joined(before, &rename.ident.to_string());
                let name = rename.rename.to_string();
                found.push(((name != "_").then_some(name), path, rename.ident.span()));
            }
            UseTree::Glob(glob) => {
                let mut path = before.clone();
                path.push("*".to_owned());
                found.push((Some("*".to_owned()), path, glob.star_token.spans[0]));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    walk(tree, before, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(tree, &mut Vec::new(), &mut found);
    found
}

fn words(stream: TokenStream, found: &mut HashSet<String>) {
    for token in stream {
        match token {
            TokenTree::Ident(word) => drop(found.insert(word.to_string())),
            TokenTree::Group(group) => words(group.stream(), found),
            _ => {}
        }
    }
}

/// The folder of a name, with its last `/`; empty at the top.
pub fn folder(name: &str) -> &str {
    name.rfind('/').map_or("", |at| &name[..=at])
}

/// `folder` joined with a path that may begin with `../`.
pub fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Tree {
    /// Reads the tree below `roots`. With `with_tests`, modules under `cfg(test)` belong to it.
    pub fn new(files: &Rc<Files>, roots: &[&str], with_tests: bool) -> Self {
        let mut tree = Self {
            files: Rc::clone(files),
            modules: Vec::new(),
            module_of_file: BTreeMap::new(),
            inline: HashMap::new(),
            declares_only: BTreeSet::new(),
            faults: files.faults.clone(),
            with_tests,
        };
        for root in roots {
            if files.parsed.contains_key(*root) {
                tree.add_file(&files.parsed, root, folder(root), None);
            }
        }
        tree
    }

    fn add_file(
        &mut self,
        files: &BTreeMap<String, syn::File>,
        name: &str,
        children: &str,
        parent: Option<usize>,
    ) -> usize {
        let items = &files[name].items;
        let counts = |item: &&Item| !is_test_only(attributes(item));
        let only_declares = items.iter().filter(counts).all(|item| {
            matches!(item, Item::Use(_) | Item::ExternCrate(_))
                || matches!(item, Item::Mod(module) if module.content.is_none())
        });
        if only_declares {
            self.declares_only.insert(name.to_owned());
        }
        let module = self.add_module(files, name, items, children, folder(name), parent);
        self.module_of_file.insert(name.to_owned(), module);
        module
    }

    fn add_module(
        &mut self,
        files: &BTreeMap<String, syn::File>,
        file: &str,
        items: &[Item],
        children: &str,
        paths: &str,
        parent: Option<usize>,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            parent,
            root: parent.map_or(id, |parent| self.modules[parent].root),
            file: file.to_owned(),
            names: HashMap::new(),
            globs: Vec::new(),
            generated: HashSet::new(),
        });
        for item in items {
            if is_test_only(attributes(item)) && !self.with_tests {
                continue;
            }
            let plain = |variants| Def::Item(variants);
            match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let line = module.ident.span().start().line;
                    let child = if let Some((_, items)) = &module.content {
                        let children = format!("{children}{name}/");
                        let child = self.add_module(files, file, items, &children, &children, Some(id));
                        self.inline.insert((file.to_owned(), module.ident.span().start()), child);
                        child
                    } else {
                        let Some(found) = file_of(files, module, children, paths) else {
                            self.faults.push(format!("src/{file}:{line}: module {name} has no file"));
                            continue;
                        };
                        if is_test_only(&files[&found].attrs) && !self.with_tests {
                            continue;
                        }
                        let below = match found.strip_suffix("/mod.rs") {
                            Some(folder) => format!("{folder}/"),
                            None => format!("{}/", found.trim_end_matches(".rs")),
                        };
                        self.add_file(files, &found, &below, Some(id))
                    };
                    self.name(id, &name, Def::Module(child));
                }
                Item::Use(item) => {
                    for (name, path, _) in leaves(&item.tree) {
                        match name.as_deref() {
                            Some("*") => self.modules[id].globs.push(path[..path.len() - 1].to_vec()),
                            Some(name) => self.name(id, name, Def::Use(path)),
                            None => {}
                        }
                    }
                }
                Item::Const(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Static(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Fn(item) => self.name(id, &item.sig.ident.to_string(), plain(Vec::new())),
                Item::Struct(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Union(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Trait(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::TraitAlias(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Type(item) => self.name(id, &item.ident.to_string(), plain(Vec::new())),
                Item::Enum(item) => {
                    let variants = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
                    self.name(id, &item.ident.to_string(), plain(variants));
                }
                Item::Macro(item) => match &item.ident {
                    Some(name) => self.name(id, &name.to_string(), plain(Vec::new())),
                    None => words(item.mac.tokens.clone(), &mut self.modules[id].generated),
                },
                _ => {}
            }
        }
        id
    }

    fn name(&mut self, module: usize, name: &str, def: Def) {
        self.modules[module].names.entry(name.to_owned()).or_default().push(def);
    }
}

/// The file of a declared module.
fn file_of(
    files: &BTreeMap<String, syn::File>,
    module: &syn::ItemMod,
    children: &str,
    paths: &str,
) -> Option<String> {
    let given = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let candidates = match given {
        Some(path) => vec![join(paths, &path)],
        None => {
            vec![format!("{children}{}.rs", module.ident), format!("{children}{}/mod.rs", module.ident)]
        }
    };
    candidates.into_iter().find(|name| files.contains_key(name))
}
