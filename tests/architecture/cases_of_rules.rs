//! The other rules on small sets of files: each fails on a violation and passes code without one.

use super::cases::project;
use super::judge::{circles_of_rows, command_line_word, flag};
use super::layout::{FOLDERS, FolderKind, HASH_LABELS, LAYERS, Layer};
use super::{page, targets, tree};

const SMALL: &[Layer] = &[
    Layer { place: "lib.rs", imports: &["top", "low/engine.rs"], why: "" },
    Layer { place: "top", imports: &["low"], why: "top imports low" },
    Layer { place: "low", imports: &[], why: "low imports nothing" },
    Layer { place: "low/engine.rs", imports: &["low"], why: "only lib.rs names the engine" },
];

/// The violations of `SMALL`, if `top/a.rs` and `low/b.rs` have these texts.
fn small(top: &str, low: &str) -> Vec<String> {
    let project = project(&[
        ("lib.rs", "mod top; mod low;"),
        ("top/mod.rs", "pub mod a;"),
        ("top/a.rs", &format!("pub struct A; {top}")),
        ("low/mod.rs", "pub mod b; pub mod engine; pub mod more; pub use more::*;"),
        ("low/b.rs", &format!("pub struct B; {low}")),
        ("low/more.rs", "pub struct More; pub use super::b::B as Renamed;"),
        ("low/engine.rs", "pub struct Engine;"),
    ]);
    assert_eq!(project.faults(), Vec::<String>::new());
    project.imports(SMALL)
}

#[test]
fn an_import_against_the_table_is_found() {
    let upwards = |low: &str| small("", low);
    for low in [
        "use crate::top::a::A;",
        "use crate::{top::{a::{A as Other}}};",
        "fn f(_: crate::top::a::A) {}",
        "use super::super::top::a::*;",
        "use crate::top as t; fn f(_: t::a::A) {}",
        "fn f() { println!(\"{}\", crate::top::a::A); }",
    ] {
        let found = upwards(low);
        assert_eq!(found.len(), 1, "{low}: {found:?}");
        assert!(found[0].starts_with("src/low/b.rs:1: imports top: "), "{found:?}");
        assert!(found[0].ends_with("the rule: low imports nothing"), "{found:?}");
    }
    for low in [
        "",
        "use super::more::More;",
        "#[cfg(test)] use crate::top::a::A;",
        "use std::top::a;",
        "// crate::top::a::A",
    ] {
        assert_eq!(upwards(low), Vec::<String>::new(), "{low}");
    }
    for top in [
        "use crate::low::B;",
        "use crate::low::b::B;",
        "use crate::low::Renamed;",
        "use crate::low; fn f(_: low::More) {}",
    ] {
        assert_eq!(small(&top.replace("low::B;", "low::b::B;"), ""), Vec::<String>::new(), "{top}");
    }
    assert_eq!(small("use crate::low::engine::Engine;", "").len(), 1);
    assert_eq!(small("use crate::low::engine;", "").len(), 1);
    assert_eq!(small("", "use super::engine::Engine;").len(), 1);
}

#[test]
fn a_re_export_does_not_hide_its_origin() {
    let files = |lib: &str, top: &str| {
        project(&[
            ("lib.rs", lib),
            ("top/mod.rs", "pub mod a;"),
            ("top/a.rs", top),
            ("low/mod.rs", "pub mod engine; pub use engine::Engine;"),
            ("low/engine.rs", "pub struct Engine;"),
        ])
        .imports(SMALL)
    };
    let lib = "mod top; mod low;";
    assert_eq!(files(lib, "use crate::low::Engine;").len(), 2, "the re-export and its use");
    assert_eq!(files(lib, "use crate::low::*; fn f(_: Engine) {}").len(), 2);
    assert_eq!(files(lib, "").len(), 1, "the re-export");
    assert_eq!(files("mod top; mod low; pub use low::engine::Engine;", "use crate::Engine;").len(), 2);
    assert_eq!(files("mod top; mod low; fn run() {}", "use crate::run;").len(), 2);
}

#[test]
fn files_without_a_row_and_rows_without_a_file_are_found() {
    let rows = |extra: &[(&str, &str)]| {
        let mut files = vec![("lib.rs", ""), ("top/a.rs", ""), ("low/b.rs", ""), ("low/engine.rs", "")];
        files.extend(extra);
        project(&files).rows(SMALL)
    };
    assert!(rows(&[]).is_empty());
    assert_eq!(rows(&[("other.rs", "")]), ["src/other.rs: no row of the import table fits this file"]);
    assert_eq!(rows(&[("topmost/a.rs", "")]).len(), 1);
    assert_eq!(rows(&[("low/engine/x.rs", "")]), Vec::<String>::new());
    assert_eq!(project(&[("lib.rs", ""), ("low/engine.rs", "")]).rows(SMALL).len(), 2);
    let unknown = [Layer { place: "lib.rs", imports: &["gone"], why: "" }];
    assert_eq!(
        project(&[("lib.rs", "")]).rows(&unknown),
        ["import table: lib.rs imports gone, which has no row"]
    );
}

#[test]
fn a_circle_in_the_table_is_found() {
    let row = |place, imports| Layer { place, imports, why: "" };
    assert!(circles_of_rows(SMALL).is_empty());
    assert!(circles_of_rows(LAYERS).is_empty(), "{:?}", circles_of_rows(LAYERS));
    assert_eq!(
        circles_of_rows(&[row("a", &["b"]), row("b", &["a"]), row("c", &["a"]), row("d", &[])]).len(),
        2
    );
    assert_eq!(
        circles_of_rows(&[row("a", &["b"]), row("b", &["c", "d"]), row("c", &["a"]), row("d", &[])]).len(),
        3
    );
    assert_eq!(circles_of_rows(&[row("a", &["a"])]).len(), 1);
}

/// The violations of a word that belongs to `store`, in a file of that text outside it.
fn words(word: &str, text: &str) -> usize {
    let inside = format!("inside! {{ {word} }}");
    let files = [("lib.rs", "mod store; mod other;"), ("store.rs", inside.as_str()), ("other.rs", text)];
    let found = project(&files).words(&[(word, &["store.rs"], "why")]);
    assert!(found.iter().all(|line| line.starts_with("src/other.rs:1: ")), "{found:?}");
    found.len()
}

#[test]
fn a_word_outside_its_place_is_found() {
    for (word, text) in [
        ("rusqlite", "use rusqlite::Connection;"),
        ("rusqlite", "fn f(_: &rusqlite::Row) {}"),
        ("rusqlite", "const S: &str = \"the rusqlite crate\";"),
        ("rusqlite", "fn f() { vec![rusqlite::params![]]; }"),
        ("rowid", "const S: &str = r#\"SELECT a.rowid FROM a\"#;"),
        ("clap::", "#[derive(clap::Args)] struct S;"),
        ("clap ::", "use clap::{Args};"),
        ("x.commit()", "fn f() { x\n    .commit(\n); }"),
    ] {
        assert_eq!(words(word, text), 1, "{word}: {text}");
    }
    for (word, text) in [
        ("rusqlite", "// rusqlite\n/// rusqlite\nstruct S; /* rusqlite */"),
        ("rusqlite", "#[doc = \"rusqlite\"] struct S;"),
        ("rusqlite", "#[cfg(test)] mod tests { use rusqlite::Connection; }"),
        ("rusqlite", "use rusqlite_other as x; const S: &str = \"my_rusqlite\";"),
        ("rowid", "const S: &str = \"browid rowids\";"),
        ("clap::", "const S: &str = \"clap::\"; fn clap() {}"),
        ("x.commit()", "fn f() { x.commit(1); commit(); }"),
    ] {
        assert_eq!(words(word, text), 0, "{word}: {text}");
    }
    let files = [("lib.rs", "mod store;"), ("store.rs", "")];
    let found = project(&files).words(&[("sql", &["gone", "store.rs"], "why")]);
    assert_eq!(found, ["words: no file fits gone", "words: no file contains `sql`"]);
}

#[test]
fn a_banned_name_in_the_interface_is_found() {
    let banned: &[(&str, &[&str], &str)] = &[("low", &["Path", "Duration", "wait", "mode"], "why")];
    let found = |low: &str, engine: &str| {
        let files = [
            ("lib.rs", "mod low;"),
            ("low/mod.rs", "mod b; mod engine;"),
            ("low/b.rs", low),
            ("low/engine.rs", engine),
        ];
        project(&files).banned(SMALL, banned).len()
    };
    for text in [
        "use std::path::Path;",
        "fn f(_: std::time::Duration) {}",
        "fn f(max_wait: u8) {}",
        "fn loose_mode() {}",
        "const WAIT_MS: u8 = 1;",
        "struct S { mode: u32 }",
    ] {
        assert_eq!(found(text, ""), 1, "{text}");
        assert_eq!(found("", text), 0, "{text}");
    }
    for text in [
        "// Path mode",
        "async fn f() { g().await }",
        "fn model(path: u8, awaited: u8) {}",
        "struct PathLike;",
        "#[cfg(test)] use std::path::Path;",
        "const S: &str = \"mode\";",
    ] {
        assert_eq!(found(text, ""), 0, "{text}");
    }
}

#[test]
fn a_flag_or_a_command_in_a_string_is_found() {
    let files = |text: &'static str| {
        [
            ("lib.rs", "const S: &str = \"--fine\"; mod actions; mod commands; mod domain;"),
            ("commands.rs", text),
            ("actions.rs", text),
            ("domain/mod.rs", "pub mod hash_labels;"),
            (HASH_LABELS, ""),
        ]
    };
    let found = |text| {
        project(&files(text)).command_line_words(&["commands.rs", "lib.rs"], HASH_LABELS, "lib.rs").len()
    };
    for text in [
        "const S: &str = \"give it --scope\";",
        "const S: &str = \"(--scope)\";",
        "const S: &str = r#\"say \"--scope\" here\"#;",
        "const S: &[u8] = b\"--scope\";",
        "const S: &[u8] = br\"run apiconn key add\";",
        "const S: &std::ffi::CStr = c\"--scope\";",
        "fn f() { format!(\"--{name}\"); }",
        "fn f() { x(&[\"--\", name].concat()); }",
        "fn f() { Err(format!(\"use `apiconn {x}`\")) }",
        "#[error(\"this apiconn knows schema {0}\")] struct E;",
        "macro_rules! m { () => { \"--scope\" } }",
        "fn f() { vec![[\"a\", \"--scope=x\"]]; }",
        "const S: &str = \"a\n   --scope\";",
        "const S: &str = \"ends with --\";",
    ] {
        assert_eq!(found(text), 1, "{text}");
    }
    for text in [
        "/// Give it --scope, as in apiconn key.\nstruct S;",
        "// --scope\n/* apiconn key */",
        "#[cfg(test)] mod tests { const S: &str = \"--scope\"; }",
        "#[test] fn f() { x(\"apiconn key\"); }",
        "const SQL: &str = \"SELECT 1 -- the first\n-- the second\";",
        "const S: &str = \"-----BEGIN KEY-----\";",
        "const S: &str = \"a--b, a---b, 1--2\";",
        "const S: &str = \"apiconn\"; const T: &str = \"apiconn/1.0\"; const U: &str = \"myapiconn x\";",
        "fn f(mut i: u8) { i = - -i; }",
    ] {
        assert_eq!(found(text), 0, "{text}");
    }
}

#[test]
fn a_css_property_is_no_flag_in_pages() {
    let css = "{open} --accent: {accent}; --on-accent: {}; {close}";
    assert_eq!(flag(css, false).as_deref(), Some("--accent"));
    assert_eq!(flag(css, true), None);
    assert_eq!(flag("--accent: red; give it --scope", true).as_deref(), Some("--scope"));
    assert_eq!(flag("use --scope: it helps", true).as_deref(), Some("--scope"));
    assert_eq!(command_line_word("run apiconn key; --accent: red;", true).as_deref(), Some("apiconn "));
}

#[test]
fn hash_labels_are_constants_in_one_file() {
    let found = |labels: &str| {
        let files = [("lib.rs", "mod domain;"), ("domain/mod.rs", "mod hash_labels;"), (HASH_LABELS, labels)];
        project(&files).command_line_words(&["lib.rs"], HASH_LABELS, "lib.rs").len()
    };
    for text in [
        "//! Labels.\npub const A: &str = \"apiconn audit \";",
        "pub(crate) const A: &[u8] = b\"apiconn form\\0\";",
        "#[cfg(test)] mod tests {}",
        "",
    ] {
        assert_eq!(found(text), 0, "{text}");
    }
    for text in [
        "pub const A: &str = \"apiconn audit --all\";",
        "pub const A: &str = \"run apiconn audit\";",
        "pub fn f() -> &'static str { \"apiconn audit \" }",
        "pub static A: &str = \"apiconn audit \";",
        "pub const A: &str = concat!(\"apiconn \", \"audit\");",
    ] {
        assert_eq!(found(text), 1, "{text}");
    }
}

#[test]
fn a_folder_with_too_many_files_is_found() {
    let kinds = [
        FolderKind { name: "verbs", folders: &["nouns/*"], most: 2, why: "" },
        FolderKind { name: "big", folders: &["nouns"], most: 3, why: "" },
        FolderKind { name: "other", folders: &[], most: 1, why: "" },
    ];
    let found =
        |files: &[&str]| project(&files.iter().map(|name| (*name, "")).collect::<Vec<_>>()).folders(&kinds);
    let fine =
        ["a.rs", "nouns/1.rs", "nouns/2.rs", "nouns/3.rs", "nouns/x/1.rs", "nouns/x/2.rs", "nouns/x/y/1.rs"];
    assert!(found(&fine).is_empty());
    for more in ["b.rs", "nouns/4.rs", "nouns/x/3.rs", "nouns/x/y/2.rs"] {
        assert_eq!(found(&[&fine[..], &[more]].concat()).len(), 1, "{more}");
    }
    assert_eq!(found(&["a.rs", "nouns/1.rs"]), ["folders: no folder fits nouns/*"]);
}

#[test]
fn a_difference_between_page_and_tables_is_found() {
    let table = |text: String| text;
    let good = format!(
        "# x\n<!-- imports: begin -->\n{}<!-- imports: end -->\n\
         <!-- folders: begin -->\n\n{}\n<!-- folders: end -->\n",
        table(page::imports(LAYERS)),
        page::folders(FOLDERS)
    );
    let differences = |page: &str| page::differences(page, LAYERS, FOLDERS).len();
    assert_eq!(differences(&good), 0);
    assert_eq!(differences(""), 2);
    assert_eq!(differences(&good.replace("| `exit.rs` | nothing |", "| `exit.rs` | `domain` |")), 2);
    assert_eq!(differences(&good.replace("imports: end", "imports end")), 1);
    let row = page::imports(LAYERS).lines().last().unwrap().to_owned() + "\n";
    assert_eq!(differences(&good.replace(&row, "")), 1);
    assert_eq!(differences(&good.replace(&row, &format!("{row}{row}"))), 1);
}

#[test]
fn a_test_file_without_a_target_is_found() {
    let manifest = "[package]\nname = \"x\"\n[[test]]\nname = \"main\"\npath = \"tests/main.rs\"\n\n\
                    [[test]]\nname = \"language\"\n[dependencies]\npath = \"tests/lost.rs\"\n";
    let found = |files: &[(&str, &str)]| {
        let mut all =
            vec![("tests/main.rs", "mod cli;"), ("tests/cli/mod.rs", "mod keys;"), ("tests/cli/keys.rs", "")];
        all.extend(files);
        let sources = all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        targets::forgotten(manifest, &sources)
    };
    assert_eq!(found(&[]), Vec::<String>::new());
    assert_eq!(
        found(&[
            ("tests/language.rs", "#[path = \"language/words.rs\"] mod words;"),
            ("tests/language/words.rs", "")
        ]),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[("tests/language/main.rs", "#[cfg(test)] mod words;"), ("tests/language/words.rs", "")]),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[("tests/lost.rs", "")]),
        ["tests/lost.rs: no target of Cargo.toml compiles this file"]
    );
    assert_eq!(found(&[("tests/cli/lost.rs", "")]).len(), 1);
    assert_eq!(
        found(&[("tests/language.rs", "mod words;")]),
        ["tests/language.rs:1: module words has no file"]
    );
}

#[test]
fn a_path_is_joined_to_its_folder() {
    for (folder, path, expected) in [
        ("a/b/", "../c.rs", "a/c.rs"),
        ("", "x.rs", "x.rs"),
        ("a/", "./b/../c.rs", "a/c.rs"),
        ("a/", "../../c.rs", "../c.rs"),
    ] {
        assert_eq!(tree::join(folder, path), expected, "{folder} {path}");
    }
}

#[test]
fn a_place_of_a_rule_without_a_file_is_found() {
    let files = [("lib.rs", ""), ("a.rs", "")];
    let project = project(&files);
    assert_eq!(
        project.command_line_words(&["a.rs", "gone"], "lib.rs", "lost"),
        ["words: no file fits gone", "words: no file fits lost"]
    );
    assert_eq!(project.banned(SMALL, &[("low", &[], "")]), ["words: no file fits low"]);
    assert_eq!(project.words(&[("word", &["none"], "")]).len(), 2);
}
