//! Imports of each file: every path that leads into the crate, resolved to the file that defines the item.

use std::collections::{BTreeSet, HashMap, HashSet};

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, Meta, Stmt};

use super::code;
use super::resolve::{Target, Visited};
use super::tree::{self, Segments, Tree};

/// One place in the sources that names an item or a module of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that contains the path.
    pub from: String,
    /// The line of the path.
    pub line: usize,
    /// The path as written.
    pub path: String,
    /// The file of the module in which the written path looks the item up; `None` for a name without a path.
    pub written: Option<String>,
    /// The files that define the item; several if one name is both a module and a function.
    pub defined: BTreeSet<String>,
}

impl Import {
    /// The files that the import depends on: the defining ones, and the one in which the path looks the item up, unless
    /// that one only declares and re-exports.
    pub fn targets<'i>(&'i self, tree: &Tree) -> BTreeSet<&'i str> {
        let written = self.written.iter().filter(|file| !tree.declares_only.contains(*file));
        written.chain(&self.defined).map(String::as_str).collect()
    }
}

/// Imports of all sources.
#[derive(Default)]
pub struct Imports {
    /// All imports, by file and line.
    pub all: Vec<Import>,
    /// Paths that lead into the crate and end at a name that was not found.
    pub unresolved: Vec<String>,
}

/// The meaning of a name in a block.
enum Local {
    Item,
    Use(Segments),
}

#[derive(Default)]
struct Scope {
    names: HashMap<String, Local>,
    globs: Vec<Segments>,
}

enum Found {
    /// The path refers to another crate, or to a local name.
    Outside,
    /// The path leads into the crate, and its end was not found.
    Lost,
    Inside {
        targets: Vec<Target>,
        written: Option<usize>,
    },
}

/// Reads the imports of all files of the tree.
pub fn read(tree: &Tree) -> Imports {
    let mut imports = Imports::default();
    for (file, module) in &tree.module_of_file {
        let mut bound = Bound::default();
        bound.visit_file(&tree.files.parsed[file]);
        let mut walk = Walk {
            tree,
            file,
            module: *module,
            scopes: Vec::new(),
            bound: bound.names,
            imports: &mut imports,
        };
        walk.visit_file(&tree.files.parsed[file]);
    }
    imports.all.sort();
    imports.all.dedup();
    imports
}

/// Names of local variables and parameters.
#[derive(Default)]
struct Bound {
    names: HashSet<String>,
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.names.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    file: &'a str,
    module: usize,
    scopes: Vec<Scope>,
    bound: HashSet<String>,
    imports: &'a mut Imports,
}

impl Walk<'_> {
    fn resolve(&self, path: &[String]) -> Found {
        let mut visited = Visited::new();
        let first = path[0].as_str();
        for scope in self.scopes.iter().rev() {
            let followed = match scope.names.get(first) {
                Some(Local::Item) => return Found::Outside,
                Some(Local::Use(used)) => self.tree.follow(self.module, used, &mut visited),
                None => {
                    let found = self.tree.through_globs(self.module, &scope.globs, first, &mut visited);
                    if found.is_empty() {
                        continue;
                    }
                    Some((found, None))
                }
            };
            return match followed {
                None => Found::Outside,
                Some((targets, _)) if path.len() > 1 => {
                    let (targets, written) = self.tree.walk(targets, &path[1..], &mut visited);
                    inside(targets, written)
                }
                Some((targets, written)) => inside(targets, written),
            };
        }
        match self.tree.follow(self.module, path, &mut visited) {
            None => Found::Outside,
            Some((targets, written)) => inside(targets, written),
        }
    }

    /// Notes a path, unless it exists only in tests. The path of a `use` can end at a module.
    fn mention(&mut self, path: &[String], span: Span, in_use: bool) {
        let glob = path.last().is_some_and(|last| last == "*");
        let looked_up = if glob { &path[..path.len() - 1] } else { path };
        if looked_up.is_empty()
            || looked_up[0] == "Self"
            || code::is_in(&self.tree.files.tests[self.file], span)
        {
            return;
        }
        let line = span.start().line;
        let (targets, mut written) = match self.resolve(looked_up) {
            Found::Outside => return,
            Found::Lost => {
                let at = format!("src/{}:{line}: {} was not found", self.file, path.join("::"));
                self.imports.unresolved.push(at);
                return;
            }
            Found::Inside { targets, written } => (targets, written),
        };
        let mut defined = BTreeSet::new();
        for target in targets {
            match target {
                Target::Item(file, _) => drop(defined.insert(file)),
                Target::Module(module) if in_use => {
                    let file = &self.tree.modules[module].file;
                    written = Some(module);
                    if !self.tree.declares_only.contains(file) {
                        defined.insert(file.clone());
                    }
                }
                Target::Module(_) | Target::Outside => {}
            }
        }
        defined.remove(self.file);
        let written =
            written.map(|module| self.tree.modules[module].file.clone()).filter(|file| file != self.file);
        if written.is_some() || !defined.is_empty() {
            let path = path.join("::");
            self.imports.all.push(Import { from: self.file.to_owned(), line, path, written, defined });
        }
    }

    /// Notes the paths in the tokens of a macro or an attribute.
    fn scan(&mut self, stream: TokenStream, single: bool) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let punct = |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
        let double = |at: usize| punct(at, ':') && punct(at + 1, ':');
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream(), single),
                TokenTree::Literal(literal) if !single => self.scan_string(literal),
                TokenTree::Ident(word) => {
                    let before = |wanted| at > 0 && punct(at - 1, wanted);
                    // `$name`, `.field`, `'lifetime`, and the middle of a path that begins with `<T>::`.
                    let skipped = (before('$') && word != "crate")
                        || (before('.') && !(at > 1 && punct(at - 2, '.')))
                        || before('\'')
                        || (at > 1 && double(at - 2));
                    let span = word.span();
                    let mut path = vec![word.to_string()];
                    while double(at + 1) {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                            Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                                path.push("*".to_owned());
                            }
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                self.scan_group(&path, group.stream());
                                path.clear();
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    if !skipped && !path.is_empty() {
                        let field = path.len() == 1 && punct(at + 1, ':');
                        let behind = match tokens.get(at + 1) {
                            Some(TokenTree::Group(group)) => Some(group.delimiter()),
                            _ => None,
                        };
                        let call = behind == Some(Delimiter::Parenthesis);
                        let upper = path[0].starts_with(char::is_uppercase);
                        if path.len() > 1
                            || (single && !field && (upper || (call && !self.bound.contains(&path[0]))))
                        {
                            self.mention(&path, span, path.last().is_some_and(|last| last == "*"));
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes the paths of a group in the tokens of a macro: `use crate::{a, b::c};`.
    fn scan_group(&mut self, before: &[String], stream: TokenStream) {
        let tokens: Vec<_> = stream.into_iter().collect();
        for part in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
            let mut path = before.to_vec();
            let mut span = Span::call_site();
            for token in part {
                match token {
                    TokenTree::Ident(word) if word == "as" => break,
                    TokenTree::Ident(word) => {
                        span = word.span();
                        path.push(word.to_string());
                    }
                    TokenTree::Group(group) => {
                        self.scan_group(&path, group.stream());
                        path.clear();
                    }
                    TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".to_owned()),
                    _ => {}
                }
            }
            if path.len() > before.len() {
                self.mention(&path, span, true);
            }
        }
    }

    /// Notes a path in a string of an attribute: `with = "crate::a::b"`.
    fn scan_string(&mut self, literal: &proc_macro2::Literal) {
        let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) else { return };
        let text = text.value();
        if !["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start)) {
            return;
        }
        if let Ok(path) = syn::parse_str::<syn::Path>(&text) {
            let path: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(&path, literal.span(), false);
        }
    }

    /// Notes a source file that is included as text or code.
    fn include(&mut self, call: &syn::Macro) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if !matches!(name.as_str(), "include" | "include_str" | "include_bytes") {
            return;
        }
        let Ok(path) = syn::parse2::<syn::LitStr>(call.tokens.clone()) else { return };
        if code::is_in(&self.tree.files.tests[self.file], path.span()) {
            return;
        }
        let file = tree::join(tree::folder(self.file), &path.value());
        if self.tree.files.parsed.contains_key(&file) && file != self.file {
            self.imports.all.push(Import {
                from: self.file.to_owned(),
                line: path.span().start().line,
                path: format!("{name}!({:?})", path.value()),
                written: Some(file.clone()),
                defined: BTreeSet::from([file]),
            });
        }
    }
}

fn inside(targets: Vec<Target>, written: Option<usize>) -> Found {
    if targets.is_empty() {
        Found::Lost
    } else if targets.iter().all(|target| *target == Target::Outside) {
        Found::Outside
    } else {
        Found::Inside { targets, written }
    }
}

fn item_name(item: &Item) -> Option<String> {
    match item {
        Item::Const(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        Item::Static(item) => Some(item.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Trait(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if tree::is_test_only(tree::attributes(item)) {
            return;
        }
        if let Item::Mod(module) = item {
            for attribute in &module.attrs {
                self.visit_attribute(attribute);
            }
            let key = (self.file.to_owned(), module.ident.span().start());
            if let (Some((_, items)), Some(inner)) = (&module.content, self.tree.inline.get(&key)) {
                let outer = std::mem::replace(&mut self.module, *inner);
                let scopes = std::mem::take(&mut self.scopes);
                for item in items {
                    self.visit_item(item);
                }
                self.module = outer;
                self.scopes = scopes;
            }
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (_, path, span) in tree::leaves(&item.tree) {
            self.mention(&path, span, true);
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let mut scope = Scope::default();
        for statement in &block.stmts {
            match statement {
                Stmt::Item(Item::Use(item)) if !tree::is_test_only(&item.attrs) => {
                    for (name, path, _) in tree::leaves(&item.tree) {
                        match name.as_deref() {
                            Some("*") => scope.globs.push(path[..path.len() - 1].to_vec()),
                            Some(name) => drop(scope.names.insert(name.to_owned(), Local::Use(path))),
                            None => {}
                        }
                    }
                }
                Stmt::Item(item) => {
                    if let Some(name) = item_name(item) {
                        scope.names.insert(name, Local::Item);
                    }
                }
                _ => {}
            }
        }
        // The imports of a block are resolved outside it: `use log::log;` names the module, not itself.
        for statement in &block.stmts {
            if let Stmt::Item(item @ Item::Use(_)) = statement {
                self.visit_item(item);
            }
        }
        self.scopes.push(scope);
        for statement in &block.stmts {
            if !matches!(statement, Stmt::Item(Item::Use(_))) {
                self.visit_stmt(statement);
            }
        }
        self.scopes.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let local = segments.len() == 1
            && (self.bound.contains(&segments[0])
                || matches!(segments[0].as_str(), "self" | "Self" | "super" | "crate"));
        if path.leading_colon.is_none() && !local {
            self.mention(&segments, path.segments[0].ident.span(), false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.include(call);
        self.visit_path(&call.path);
        self.scan(call.tokens.clone(), true);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::NameValue(pair) if !pair.path.is_ident("doc") => visit::visit_expr(self, &pair.value),
            Meta::List(list) => self.scan(list.tokens.clone(), false),
            _ => {}
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}
