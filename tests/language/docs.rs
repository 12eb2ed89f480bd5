//! Rules: public items are documented, and no doc comment or help text is too short.

use proc_macro2::{TokenStream, TokenTree};
use syn::Lit;

use super::items::{Item, Items, Kind, items};
use super::outcome::Outcome;
use super::tree::Tree;
use super::words::line_of;

/// The fewest words of a doc comment or help text.
pub const FEWEST_WORDS: usize = 4;

/// Files whose doc comments clap prints as help, private items included.
const HELP: &[&str] = &["src/cli.rs", "src/commands/"];

/// Every public function, type and module has a doc comment.
pub fn missing(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("undocumented public items", "public items");
    let found = items(tree);
    unparsed(&found, &mut outcome);
    let wanted = |item: &&Item| item.public && item.kind != Kind::Member && tree.selects(&item.path);
    for item in found.items.iter().filter(wanted) {
        outcome.examined += 1;
        if item.doc.iter().all(|(_, line)| line.is_empty()) {
            let kind = match item.kind {
                Kind::Function => "function",
                Kind::Module => "module",
                Kind::Type | Kind::Member => "type",
            };
            let line = source(tree, item, item.line);
            outcome.add(&item.path, item.line, format!("public {kind} without a doc comment"), line);
        }
    }
    outcome
}

/// No doc comment of a public item, and no help text, has fewer than [`FEWEST_WORDS`] words.
pub fn short(tree: &Tree) -> Outcome {
    let mut outcome = Outcome::new("short doc comments", "doc comments and help texts");
    let found = items(tree);
    unparsed(&found, &mut outcome);
    for item in found.items.iter().filter(|item| tree.selects(&item.doc_path)) {
        let is_help = HELP.iter().any(|help| item.doc_path.starts_with(help)) && item.kind != Kind::Function;
        let Some((line, _)) = item.doc.first().filter(|_| item.public || is_help) else { continue };
        outcome.examined += 1;
        let text: Vec<_> = item.doc.iter().map(|(_, line)| line.as_str()).collect();
        let count = word_count(&text.join(" "));
        if count < FEWEST_WORDS {
            let what = if item.kind == Kind::Module { "module" } else { "doc comment" };
            let excerpt = format!("{} (on `{}`)", text.join(" "), item.name);
            outcome.add(&item.doc_path, *line, format!("{what} of {count} words"), &excerpt);
        }
    }
    for file in tree.rust(HELP).filter(|file| tree.selects(&file.path)) {
        let Ok(tokens) = file.text.parse::<TokenStream>() else { continue };
        for (line, text) in help_texts(tokens) {
            outcome.examined += 1;
            let count = word_count(&text);
            if count < FEWEST_WORDS {
                outcome.add(
                    &file.path,
                    line,
                    format!("help text of {count} words"),
                    line_of(&file.text, line),
                );
            }
        }
    }
    outcome.violations.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    outcome
}

/// Reports the files that cannot be parsed.
pub fn unparsed(found: &Items, outcome: &mut Outcome) {
    for (path, line, message) in &found.unparsed {
        outcome.add(path, *line, "does not parse", message);
    }
}

fn source<'tree>(tree: &'tree Tree, item: &Item, line: usize) -> &'tree str {
    tree.file(&item.path).map(|file| line_of(&file.text, line)).unwrap_or_default()
}

/// Counts the words of a comment. Code in backticks is one word; punctuation is none.
pub fn word_count(text: &str) -> usize {
    let outside_code: String =
        text.split('`').enumerate().map(|(index, part)| if index % 2 == 1 { "code" } else { part }).collect();
    outside_code.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// Returns the texts given as `help = "…"`, `.about("…")` and the like, with their lines.
fn help_texts(tokens: TokenStream) -> Vec<(usize, String)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(help_texts(group.stream())),
            TokenTree::Ident(ident) if is_help(&ident.to_string()) => {
                let given = match &tokens[index + 1..] {
                    [TokenTree::Punct(equals), value, ..] if equals.as_char() == '=' => Some(value.clone()),
                    [TokenTree::Group(arguments), ..] => arguments.stream().into_iter().next(),
                    _ => None,
                };
                if let Some(TokenTree::Literal(literal)) = given
                    && let Lit::Str(text) = Lit::new(literal.clone())
                {
                    found.push((literal.span().start().line, text.value()));
                }
            }
            _ => {}
        }
    }
    found
}

fn is_help(name: &str) -> bool {
    matches!(name, "help" | "long_help" | "about" | "long_about")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rule = fn(&Tree) -> Outcome;

    fn rules_in(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        rule(&Tree::of(files)).violations.into_iter().map(|violation| violation.rule).collect()
    }

    fn count(rule: Rule, text: &str) -> usize {
        rules_in(rule, &[("src/a.rs", text)]).len()
    }

    #[test]
    fn an_undocumented_public_item_is_found() {
        for text in [
            "pub fn f() {}",
            "pub(crate) fn f() {}",
            "pub(super) async fn f() {}",
            "pub(in crate::a) const fn f() {}",
            "pub struct S;",
            "pub enum E {}",
            "pub type A = u8;",
            "pub const C: u8 = 1;",
            "pub static C: u8 = 1;",
            "pub union U { a: u8 }",
            "pub trait T {}",
            "/// Reads a thing.\npub trait T { fn f(); }",
            "struct S; impl S { pub fn f() {} }",
            "struct S; impl S { pub(super) const C: u8 = 1; }",
            "mod a { pub fn f() {} }",
            "pub mod a {}",
            "#[cfg(not(test))] pub fn f() {}",
            "#[cfg(any(test, unix))] pub fn f() {}",
            "#[derive(Debug)] #[doc(hidden)] pub struct S;",
            "///\npub struct S;",
            "wrap! { pub fn f() {} }",
        ] {
            assert_eq!(count(missing, text), 1, "{text}");
        }
    }

    #[test]
    fn documented_private_and_test_items_need_nothing() {
        for text in [
            "/// Does a thing.\npub fn f() {}",
            "#[doc = \"Does a thing.\"] pub fn f() {}",
            "#[doc = include_str!(\"a.md\")] pub fn f() {}",
            "/** Does a thing. */ pub fn f() {}",
            "fn f() { pub fn g() {} }",
            "struct S; trait T { fn f(); } impl T for S { fn f() {} }",
            "mod a {}",
            "pub(self) fn f() {}",
            "/// Holds two numbers.\npub struct S { pub a: u8, b: u8 }",
            "/// Has one case.\npub enum E { A { b: u8 } }",
            "#[cfg(test)] mod tests { pub fn f() {} }",
            "#[cfg(all(test, unix))] pub fn f() {}",
            "pub use a::b;",
        ] {
            assert_eq!(count(missing, text), 0, "{text}");
        }
    }

    #[test]
    fn a_module_is_documented_at_its_declaration_or_in_its_file() {
        let with = |main: &str, path: &str, text: &str| {
            rules_in(missing, &[("src/lib.rs", main), (path, text)]).len()
        };
        assert_eq!(with("pub mod a;", "src/a.rs", "fn f() {}"), 1);
        assert_eq!(with("pub mod a;", "src/a/mod.rs", "fn f() {}"), 1);
        assert_eq!(with("pub(crate) mod a;", "src/b.rs", "//! Another module."), 1);
        assert_eq!(with("pub mod a;", "src/a.rs", "//! Reads keys."), 0);
        assert_eq!(with("pub mod a;", "src/a/mod.rs", "//! Reads keys."), 0);
        assert_eq!(with("/// Reads keys.\npub mod a;", "src/a.rs", ""), 0);
        assert_eq!(with("mod a;", "src/a.rs", ""), 0);
    }

    #[test]
    fn a_short_module_header_is_reported_at_its_own_file() {
        let tree = Tree::of(&[
            ("src/lib.rs", "pub mod a;\nmod b;"),
            ("src/a.rs", "//! Keys."),
            ("src/b.rs", "//! B."),
        ]);
        let found: Vec<_> = short(&tree).violations.into_iter().map(|one| (one.path, one.line)).collect();
        assert_eq!(found, [("src/a.rs".to_owned(), 1)]);
    }

    #[test]
    fn the_files_of_a_test_module_are_left_out() {
        let undocumented = "pub fn f() {}";
        for path in ["src/a/tests.rs", "src/a/tests/mod.rs", "src/a/tests/deep.rs"] {
            for parent in ["src/a.rs", "src/a/mod.rs"] {
                let files = [(parent, "#[cfg(test)]\nmod tests;"), (path, undocumented)];
                assert!(rules_in(missing, &files).is_empty(), "{path}");
                let files = [(parent, "mod tests;"), (path, undocumented)];
                assert_eq!(rules_in(missing, &files).len(), 1, "{path}");
            }
        }
    }

    #[test]
    fn a_file_that_does_not_parse_is_reported() {
        for rule in [missing, short] as [Rule; 2] {
            let found = rules_in(rule, &[("src/a.rs", "fn f( {")]);
            assert_eq!(found, ["does not parse"]);
        }
    }

    #[test]
    fn a_short_doc_comment_is_found() {
        for text in [
            "/// Reads the key.\npub fn f() {}",
            "/// The `key id` - of:\npub struct S;",
            "/// Key.\n///\n/// Or id.\npub const C: u8 = 1;",
            "struct S { /// The `a b c d` id.\npub a: u8 }",
            "pub enum E { /// When.\nA }",
            "pub enum E { A { /// When.\na: u8 } }",
            "pub struct S(/// A number.\npub u8);",
            "pub trait T { /// Reads.\nfn f(); }",
            "struct S; impl S { /// Makes one.\npub(crate) fn f() {} }",
            "pub mod a { //! Two words.\n }",
            "#[doc = \"Reads it.\"] pub fn f() {}",
        ] {
            assert_eq!(count(short, text), 1, "{text}");
        }
    }

    #[test]
    fn long_missing_and_private_doc_comments_are_fine() {
        for text in [
            "/// Reads the key once.\npub fn f() {}",
            "/// Reads\n/// the key\n/// once.\npub fn f() {}",
            "pub fn f() {}",
            "/// Short.\nfn f() {}",
            "struct S { /// Short.\na: u8 }",
            "enum E { /// Short.\nA }",
            "#[cfg(test)] mod tests { /// Short.\npub fn f() {} }",
        ] {
            assert_eq!(count(short, text), 0, "{text}");
        }
    }

    #[test]
    fn a_short_help_text_is_found() {
        for path in ["src/cli.rs", "src/commands/key/mod.rs"] {
            for text in [
                "struct S { /// All keys\nall: bool }",
                "enum E { /// Lists keys\nList }",
                "/// Key commands\nstruct S;",
                "struct S { #[arg(long, help = \"All keys\")] all: bool }",
                "#[command(about = \"Reads keys\")] struct S;",
                "#[command(long_about = r\"Reads keys\")] struct S;",
                "fn f() { Arg::new(\"a\").help(\"All keys\"); }",
                "fn f() { Command::new(\"a\").about(\"All keys\"); }",
            ] {
                assert_eq!(rules_in(short, &[(path, text)]).len(), 1, "{text}");
                let elsewhere = rules_in(short, &[("src/domain/a.rs", text)]);
                assert_eq!(elsewhere.len(), 0, "{text}");
            }
            for text in [
                "struct S { #[arg(long, value_name = \"ID\")] id: u8 }",
                "struct S { /// Print all pages at once\nall: bool }",
                "struct S { #[arg(help = \"Print all pages at once\")] all: bool }",
                "/// Short.\nfn f() {}",
            ] {
                assert_eq!(rules_in(short, &[(path, text)]).len(), 0, "{text}");
            }
        }
    }

    #[test]
    fn words_are_counted_as_a_reader_does() {
        for (text, expected) in [
            ("", 0),
            ("`error`", 1),
            ("`a b c`.", 1),
            ("Reads — the key.", 3),
            ("The client's third-party id", 4),
            ("[`Key`] of a [grant](Grant)", 4),
        ] {
            assert_eq!(word_count(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_that_finds_nothing_to_examine_fails() {
        let tree = Tree::of(&[("tests/a.rs", "pub fn f() {}")]);
        for rule in [missing, short] as [Rule; 2] {
            assert!(rule(&tree).failure(&tree, 1).unwrap().contains("only 0"));
        }
    }
}
