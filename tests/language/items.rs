//! The items of the Rust sources, with their visibility and documentation.

use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ImplItem, Item as Syntax, Lit, Meta, Token, TraitItem, Visibility};

use super::tree::{File, Tree};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Function,
    Type,
    Module,
    /// A field, variant or associated item.
    Member,
}

/// An item outside of tests.
pub struct Item {
    pub path: String,
    pub line: usize,
    pub name: String,
    pub kind: Kind,
    /// True if the item can be named outside of its module.
    pub public: bool,
    /// The lines of its doc comment, each with its number; `None` if it is undocumented.
    pub doc: Vec<(usize, String)>,
    /// The file that contains the doc comment: for a module its own, not that of its declaration.
    pub doc_path: String,
}

/// The items of `src`, and the files that cannot be parsed.
#[derive(Default)]
pub struct Items {
    pub items: Vec<Item>,
    /// Path, line and message.
    pub unparsed: Vec<(String, usize, String)>,
}

struct Parsed<'tree> {
    file: &'tree File,
    syntax: syn::File,
}

/// Reads the items below `src`, selected or not, except what is compiled for tests only.
pub fn items(tree: &Tree) -> Items {
    let mut found = Items::default();
    let mut parsed = Vec::new();
    for file in tree.rust(&["src/"]) {
        match syn::parse_file(&file.text) {
            Ok(syntax) => parsed.push(Parsed { file, syntax }),
            Err(error) if tree.selects(&file.path) => {
                found.unparsed.push((file.path.clone(), error.span().start().line, error.to_string()));
            }
            Err(_) => {}
        }
    }
    let tests: Vec<PathBuf> = parsed
        .iter()
        .flat_map(|one| one.syntax.items.iter().map(move |item| (one, item)))
        .filter_map(|(one, item)| match item {
            Syntax::Mod(module) if module.content.is_none() && is_test(&module.attrs) => {
                Some(folder_of_children(&one.file.path).join(module.ident.to_string()))
            }
            _ => None,
        })
        .collect();
    let in_test = |path: &str| {
        let path = Path::new(path);
        tests.iter().any(|test| path.starts_with(test) || path == test.with_extension("rs"))
    };
    for one in &parsed {
        if !in_test(&one.file.path) {
            let mut reader = Reader { path: &one.file.path, parsed: &parsed, found: &mut found };
            reader.items(&one.syntax.items, &folder_of_children(&one.file.path));
        }
    }
    found
}

/// Returns the folder in which the modules that a file declares are found.
fn folder_of_children(path: &str) -> PathBuf {
    let path = Path::new(path);
    let folder = path.parent().unwrap_or(Path::new(""));
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    }
}

struct Reader<'a> {
    path: &'a str,
    parsed: &'a [Parsed<'a>],
    found: &'a mut Items,
}

impl Reader<'_> {
    fn add(&mut self, kind: Kind, ident: &syn::Ident, public: bool, doc: Vec<(usize, String)>) {
        let (path, line, name) = (self.path.to_owned(), ident.span().start().line, ident.to_string());
        self.found.items.push(Item { doc_path: path.clone(), path, line, name, kind, public, doc });
    }

    fn items(&mut self, items: &[Syntax], children: &Path) {
        for item in items {
            self.item(item, children);
        }
    }

    fn item(&mut self, item: &Syntax, children: &Path) {
        if is_test(attributes(item)) {
            return;
        }
        let doc = doc(attributes(item));
        match item {
            Syntax::Fn(item) => self.add(Kind::Function, &item.sig.ident, is_public(&item.vis), doc),
            Syntax::Const(item) if item.ident != "_" => {
                self.add(Kind::Type, &item.ident, is_public(&item.vis), doc);
            }
            Syntax::Static(item) => self.add(Kind::Type, &item.ident, is_public(&item.vis), doc),
            Syntax::Type(item) => self.add(Kind::Type, &item.ident, is_public(&item.vis), doc),
            Syntax::TraitAlias(item) => self.add(Kind::Type, &item.ident, is_public(&item.vis), doc),
            Syntax::Struct(item) => {
                self.add(Kind::Type, &item.ident, is_public(&item.vis), doc);
                self.fields(item.fields.iter(), false);
            }
            Syntax::Union(item) => {
                self.add(Kind::Type, &item.ident, is_public(&item.vis), doc);
                self.fields(item.fields.named.iter(), false);
            }
            Syntax::Enum(item) => {
                let public = is_public(&item.vis);
                self.add(Kind::Type, &item.ident, public, doc);
                for variant in &item.variants {
                    self.add(Kind::Member, &variant.ident, public, self::doc(&variant.attrs));
                    self.fields(variant.fields.iter(), public);
                }
            }
            Syntax::Trait(item) => self.r#trait(item, doc),
            Syntax::Impl(item) => self.r#impl(item),
            Syntax::Mod(item) => {
                let name = item.ident.to_string();
                let own = item.content.is_none().then(|| self.file_of(&children.join(&name))).flatten();
                let inside = own.map(|own| (own.file.path.clone(), self::doc(&own.syntax.attrs)));
                self.add(Kind::Module, &item.ident, is_public(&item.vis), doc);
                if let (Some((path, doc)), Some(module)) = (inside, self.found.items.last_mut())
                    && !doc.is_empty()
                {
                    module.doc_path = path;
                    module.doc = doc;
                }
                if let Some((_, items)) = &item.content {
                    self.items(items, &children.join(name));
                }
            }
            // A macro that is given items: a macro_rules definition has a name, and its body is no Rust yet.
            Syntax::Macro(item) if item.ident.is_none() => {
                if let Ok(inside) = syn::parse2::<syn::File>(item.mac.tokens.clone()) {
                    self.items(&inside.items, children);
                }
            }
            _ => {}
        }
    }

    fn fields<'b>(&mut self, fields: impl Iterator<Item = &'b syn::Field>, all_public: bool) {
        for (index, field) in fields.enumerate() {
            let unnamed = syn::Ident::new(&format!("field_{index}"), proc_macro2::Span::call_site());
            let public = all_public || is_public(&field.vis);
            self.add(Kind::Member, field.ident.as_ref().unwrap_or(&unnamed), public, doc(&field.attrs));
        }
    }

    fn r#trait(&mut self, item: &syn::ItemTrait, doc: Vec<(usize, String)>) {
        let public = is_public(&item.vis);
        self.add(Kind::Type, &item.ident, public, doc);
        for inside in &item.items {
            let (kind, ident, attributes) = match inside {
                TraitItem::Fn(inside) => (Kind::Function, &inside.sig.ident, &inside.attrs),
                TraitItem::Const(inside) => (Kind::Member, &inside.ident, &inside.attrs),
                TraitItem::Type(inside) => (Kind::Member, &inside.ident, &inside.attrs),
                _ => continue,
            };
            self.add(kind, ident, public, self::doc(attributes));
        }
    }

    /// Reads an `impl`; the items of a trait's `impl` are documented at the trait, so they count as private.
    fn r#impl(&mut self, item: &syn::ItemImpl) {
        for inside in &item.items {
            let (kind, ident, attributes, visibility) = match inside {
                ImplItem::Fn(inside) => (Kind::Function, &inside.sig.ident, &inside.attrs, &inside.vis),
                ImplItem::Const(inside) => (Kind::Type, &inside.ident, &inside.attrs, &inside.vis),
                _ => continue,
            };
            if !is_test(attributes) {
                let public = item.trait_.is_none() && is_public(visibility);
                self.add(kind, ident, public, doc(attributes));
            }
        }
    }

    /// Returns the file of a module.
    fn file_of(&self, module: &Path) -> Option<&Parsed<'_>> {
        let is_file = |path: &Path| path == module.with_extension("rs") || path == module.join("mod.rs");
        self.parsed.iter().find(|one| is_file(Path::new(&one.file.path)))
    }
}

fn attributes(item: &Syntax) -> &[Attribute] {
    match item {
        Syntax::Const(item) => &item.attrs,
        Syntax::Enum(item) => &item.attrs,
        Syntax::Fn(item) => &item.attrs,
        Syntax::Impl(item) => &item.attrs,
        Syntax::Macro(item) => &item.attrs,
        Syntax::Mod(item) => &item.attrs,
        Syntax::Static(item) => &item.attrs,
        Syntax::Struct(item) => &item.attrs,
        Syntax::Trait(item) => &item.attrs,
        Syntax::TraitAlias(item) => &item.attrs,
        Syntax::Type(item) => &item.attrs,
        Syntax::Union(item) => &item.attrs,
        _ => &[],
    }
}

fn is_public(visibility: &Visibility) -> bool {
    match visibility {
        Visibility::Inherited => false,
        Visibility::Restricted(restricted) => !restricted.path.is_ident("self"),
        Visibility::Public(_) => true,
    }
}

/// Returns true for `#[test]` and for a `#[cfg(…)]` that cannot hold outside of tests.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<Meta>().is_ok_and(|meta| needs_test(&meta))
    })
}

fn needs_test(meta: &Meta) -> bool {
    let inside = |list: &syn::MetaList| {
        list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default()
    };
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => inside(list).iter().any(needs_test),
        Meta::List(list) if list.path.is_ident("any") => inside(list).iter().all(needs_test),
        _ => false,
    }
}

fn doc(attributes: &[Attribute]) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let begin = attribute.pound_token.span.start().line;
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value {
            let text = text.value();
            lines.extend(
                text.lines().enumerate().map(|(index, line)| (begin + index, line.trim().to_owned())),
            );
        } else {
            lines.push((begin, "documented by a macro elsewhere".to_owned()));
        }
    }
    lines
}
