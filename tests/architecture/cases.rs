//! Circles in small sets of files: each form of an import makes an edge, and other code makes none.

use std::collections::BTreeMap;

use super::judge::Project;

/// A project of the files, each with its text.
pub fn project(files: &[(&str, &str)]) -> Project {
    Project::new(
        &files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// A project with the modules `a`, `b` and `c` in files of their own.
fn three(a: &str, b: &str, c: &str) -> Project {
    project(&[("lib.rs", "mod a; mod b; mod c;"), ("a.rs", a), ("b.rs", b), ("c.rs", c)])
}

/// The files of each circle, separated by blanks.
fn circles(project: &Project) -> Vec<String> {
    assert_eq!(project.faults(), Vec::<String>::new());
    let line = |text: String| text.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    project.circles(true).into_iter().map(line).collect()
}

/// A file that imports `a.rs`.
const B: &str = "pub struct B; pub mod inner { pub struct Deep; } pub enum Kind { One }
    pub fn make() -> crate::a::A { todo!() }";

/// Asserts that `a.rs` and `b.rs` import each other, if `b.rs` uses `a.rs` and `a.rs` has this text.
#[track_caller]
fn assert_circle(a: &str) {
    let a = format!("pub struct A; {a}");
    assert_eq!(circles(&three(&a, B, "")), ["a.rs b.rs"], "{a}");
}

/// Asserts that there is no circle, as `assert_circle` asserts that there is one.
#[track_caller]
fn assert_no_circle(a: &str) {
    let a = format!("pub struct A; {a}");
    assert_eq!(circles(&three(&a, B, "")), Vec::<String>::new(), "{a}");
}

#[test]
fn a_use_makes_an_edge_in_every_form() {
    assert_circle("use crate::b::B;");
    assert_circle("use super::b::B;");
    assert_circle("use crate::b::{self};");
    assert_circle("use crate::b;");
    assert_circle("use crate::b as other;");
    assert_circle("use crate::b::B as Other;");
    assert_circle("use crate::b::*;");
    assert_circle("use crate::{c, b::{inner::{Deep}}};");
    assert_circle("use crate::b::Kind::*;");
    assert_circle("pub use crate::b::B;");
    assert_circle("use crate::b::B as _;");
    assert_circle("fn f() { use crate::b::B; }");
    assert_circle("mod inside { use super::super::b::B; }");
    assert_circle("mod inside { pub mod more { use super::super::super::b::B; } }");
}

#[test]
fn an_inline_path_makes_an_edge() {
    assert_circle("fn f() { crate::b::make(); }");
    assert_circle("fn f(_: &super::b::B) {}");
    assert_circle("fn f() -> Option<Vec<crate::b::B>> { None }");
    assert_circle("fn f(k: u8) { match k { crate::b::Kind::One => {} } }");
    assert_circle("struct S { b: crate::b::inner::Deep }");
    assert_circle("impl From<crate::b::B> for A {}");
    assert_circle("const F: fn() = <A as crate::b::B>::f;");
    assert_circle("fn f() { self::super::b::make(); }");
    assert_circle("fn f<T: Into<crate::b::B>>(_: T) {}");
    assert_circle("fn f() { drop(|| crate::b::make::<u8>()); }");
}

#[test]
fn a_path_in_a_macro_or_an_attribute_makes_an_edge() {
    assert_circle("fn f() { println!(\"{}\", crate::b::make()); }");
    assert_circle("fn f() { vec![[super::b::B]]; }");
    assert_circle("macro_rules! m { () => { $crate::b::make() } }");
    assert_circle("macro_rules! m { () => { use crate::{c, b::{B}}; } }");
    assert_circle("macro_rules! m { () => { use crate::b::*; } }");
    assert_circle("#[arg(value_parser = crate::b::make)] struct S;");
    assert_circle("#[serde(with = \"crate::b\")] struct S; fn f() { assert!(crate::b::make() == 1); }");
    assert_circle("struct S { #[serde(with = \"crate::b::inner::Deep\")] x: u8 }");
    assert_circle("const B: &str = include_str!(\"b.rs\");");
}

#[test]
fn comments_tests_and_local_names_make_no_edge() {
    assert_no_circle("/// See [`crate::b::B`].\n// crate::b::B\nstruct S;");
    assert_no_circle("const S: &str = \"crate::b::B\";");
    assert_no_circle("#[cfg(test)] mod tests { use crate::b::B; }");
    assert_no_circle("#[cfg(all(test, unix))] use crate::b::B;");
    assert_no_circle("#[cfg(any(test, all(test, unix)))] fn f() { crate::b::make(); }");
    assert_no_circle("#[test] fn f() { assert!(crate::b::make()); }");
    assert_no_circle("enum E { #[cfg(test)] B(crate::b::B) }");
    assert_no_circle("impl A { #[cfg(test)] fn f() { crate::b::make(); } }");
    assert_no_circle("fn f() { #[cfg(test)] let x = crate::b::make(); }");
    assert_no_circle("fn f() { #[cfg(test)] { crate::b::make(); } }");
    assert_no_circle("fn f() { #[cfg(test)] println!(\"{}\", crate::b::make()); }");
    assert_no_circle("use std::b::B; fn f() { other::b::B; ::b::make(); }");
    assert_no_circle("mod b { pub struct B; } use self::b::B; fn f() { b::B; }");
    assert_no_circle("pub(in crate::b) struct S; pub(super) fn f() {}");
    assert_no_circle("fn f(b: u8) { b.make(); Self::make(); }");
    assert_circle("#[cfg(any(test, unix))] use crate::b::B;");
    assert_circle("#[cfg(not(test))] use crate::b::B;");
}

#[test]
fn a_file_only_for_tests_is_left_out() {
    let b = ("b.rs", "use crate::a::A; pub struct B;");
    let lib = |text| ("lib.rs", text);
    let a = ("a.rs", "pub struct A; use crate::b::*;");
    assert_eq!(circles(&project(&[lib("mod a; mod b;"), a, b])), ["a.rs b.rs"]);
    let a = ("a.rs", "pub struct A; #[cfg(test)] #[path = \"x.rs\"] mod x;");
    assert!(circles(&project(&[lib("mod a; mod b;"), a, b, ("x.rs", "use crate::b::*;")])).is_empty());
    assert!(circles(&project(&[lib("mod a; #[cfg(test)] mod b;"), ("a.rs", "pub struct A;"), b])).is_empty());
    let inner = ("b.rs", "#![cfg(test)] use crate::a::A;");
    assert!(circles(&project(&[lib("mod a; mod b;"), ("a.rs", "pub struct A;"), inner])).is_empty());
}

#[test]
fn an_imported_name_is_followed() {
    assert_circle("use crate::b as x; fn f(_: x::inner::Deep) {}");
    // The edge comes from the path alone, since `d` only declares.
    let with_d = |a: &str, d: &str| {
        project(&[
            ("lib.rs", "mod a; mod d; mod c;"),
            ("a.rs", &format!("pub struct A; {a}")),
            ("d/mod.rs", d),
            ("d/b.rs", "use crate::a::A; pub struct B; pub fn make() {}"),
            ("c.rs", "pub use crate::d::B as Far;"),
        ])
    };
    let found = |a: &str, d: &str| circles(&with_d(a, d)).join("; ");
    let d = "pub mod b; pub use b::B; pub use self::b::make as build;";
    for a in [
        "use crate::d::B;",
        "use crate::d; fn f(_: d::B) {}",
        "use crate::d as e; fn f() { e::b::make(); }",
        "use crate::d; fn f() { println!(\"{}\", d::b::make()); }",
        "use crate::d::*; fn f(_: B) {}",
        "use crate::d::*; fn f() { b::make(); }",
        "use crate::d::*; fn f() { build(); }",
        "use crate::d::*; fn f() { g(build); }",
        "use crate::d::*; fn f() { vec![build()]; }",
        "fn f() { use crate::d as e; e::build(); }",
        "fn f() { use crate::d::*; build(); }",
        "use crate::d::build;",
        "use crate::c::Far;",
        "use super::c::Far;",
        "mod e { use super::super::c::Far as Away; fn f(_: Away) {} }",
    ] {
        assert_eq!(found(a, d), "a.rs d/b.rs", "{a}");
    }
    for a in [
        "use crate::d;",
        "use crate::d::*;",
        "use crate::d as e;",
        "use crate::d::*; fn f(build: u8) { g(build); }",
        "use crate::d::*; fn f(x: X) { x.build(); vec![x.build(), X { build: 1 }]; }",
        "use std::d::*; fn f(_: B) {}",
    ] {
        assert_eq!(found(a, d), "", "{a}");
    }
}

#[test]
fn a_chain_of_re_exports_ends_at_the_definition() {
    let files = |a: &'static str, end: &'static str| {
        project(&[
            ("lib.rs", "mod a; mod one; pub use one::Thing;"),
            ("a.rs", a),
            ("one/mod.rs", "pub mod two; pub use two::*;"),
            ("one/two/mod.rs", "mod three; pub use three::{Inner as Thing, self as third};"),
            ("one/two/three.rs", end),
        ])
    };
    let back = "pub struct Inner; use crate::a::A;";
    for a in [
        "crate::one::Thing",
        "crate::Thing",
        "crate::one::two::Thing",
        "crate::one::third::Inner",
        "super::Thing",
    ] {
        let text: &'static str = format!("pub struct A; use {a};").leak();
        assert_eq!(circles(&files(text, back)), ["a.rs one/two/three.rs"], "{a}");
        assert_eq!(circles(&files(text, "pub struct Inner;")), Vec::<String>::new(), "{a}");
    }
    let endless = project(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::*;"),
        ("b.rs", "pub use crate::a::*; fn f() { crate::a::X; }"),
    ]);
    assert_eq!(endless.faults(), ["src/b.rs:1: crate::a::X was not found"]);
}

#[test]
fn a_circle_of_three_is_one_component_with_its_shortest_way() {
    let project = three(
        "use crate::b::B; pub struct A;",
        "use crate::c::C; pub struct B;",
        "use crate::a::A; pub struct C;",
    );
    assert_eq!(circles(&project), ["a.rs b.rs c.rs"]);
    let text = project.circles(false).remove(0);
    assert!(text.contains("shortest circle: a.rs -> b.rs -> c.rs -> a.rs"), "{text}");
    assert!(text.contains("c.rs -> a.rs: crate::a::A (1)"), "{text}");
    let two = three(
        "use crate::{b::B, c::C}; pub struct A;",
        "use crate::c::C; pub struct B;",
        "use crate::a::A; pub struct C;",
    );
    assert!(
        two.circles(false)[0].contains("shortest circle: a.rs -> c.rs -> a.rs"),
        "{:?}",
        two.circles(false)
    );
    let line = three("use crate::b::B; pub struct A;", "use crate::c::C; pub struct B;", "pub struct C;");
    assert!(circles(&line).is_empty());
    let many = project_of_two_circles();
    assert_eq!(circles(&many), ["a.rs b.rs", "c.rs d.rs"]);
}

fn project_of_two_circles() -> Project {
    project(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "pub struct A; use crate::b::B; use crate::c::C;"),
        ("b.rs", "pub struct B; use crate::a::A;"),
        ("c.rs", "pub struct C; use crate::d::D;"),
        ("d.rs", "pub struct D; use crate::c::C;"),
    ])
}

#[test]
fn a_mod_file_with_code_is_a_file() {
    let files = |module: &'static str, child: &'static str| {
        circles(&project(&[("lib.rs", "mod m;"), ("m/mod.rs", module), ("m/child.rs", child)]))
    };
    let both = ["m/child.rs m/mod.rs"];
    assert_eq!(
        files("pub mod child; pub fn shared() { child::run() }", "use super::shared; pub fn run() {}"),
        both
    );
    assert_eq!(files("mod child; use child::run; pub struct S;", "pub fn run() { let _ = super::S; }"), both);
    assert_eq!(files("mod child; pub use child::run; pub struct S;", "use super::*; pub fn run() {}"), both);
    let inline = "mod child; pub mod other { pub struct O; use super::child::run; }";
    assert_eq!(files(inline, "use super::other::O; pub fn run() {}"), both);
    // `T` is defined elsewhere, and its path leads through a file with code.
    let third = "pub mod child; pub mod third; pub use third::T; pub fn f() { child::run(); }";
    let found = circles(&project(&[
        ("lib.rs", "mod m;"),
        ("m/mod.rs", third),
        ("m/child.rs", "pub fn run() {} use crate::m::T;"),
        ("m/third.rs", "pub struct T;"),
    ]));
    assert_eq!(found, both);
    assert!(files("pub mod child; pub use child::run;", "use super::*; pub fn run() {}").is_empty());
    assert!(
        files(
            "//! Docs.\n#[doc(hidden)] pub mod child; pub use child::run;",
            "use super::run as x; pub fn run() {}"
        )
        .is_empty()
    );
    assert!(
        files(
            "mod child; #[cfg(test)] mod tests { use super::child::run; }",
            "use super::*; pub fn run() {}"
        )
        .is_empty()
    );
    // A child may use what its parent defines, if the parent only declares it.
    assert!(files("mod child; pub struct S;", "use super::S; pub fn run() {}").is_empty());
    // A private import of the parent leads past it.
    assert!(files("mod child; use std::fmt; pub struct S;", "use super::fmt; pub fn run() {}").is_empty());
}

#[test]
fn the_roots_and_generated_items_are_resolved() {
    let id = "macro_rules! id { ($name:ident) => { pub struct $name; } } id!(KeyId);";
    let text = &format!("{id} pub struct A; use crate::b::B;");
    assert_eq!(circles(&three(text, "pub struct B; use crate::a::KeyId;", "")), ["a.rs b.rs"]);
    let root =
        |a: &'static str| circles(&project(&[("lib.rs", "mod a; pub fn run() { a::go() }"), ("a.rs", a)]));
    assert_eq!(root("pub fn go() { crate::run() }"), ["a.rs lib.rs"]);
    assert!(root("pub fn go() { run() }").is_empty());
    let binary = project(&[("lib.rs", "pub fn run() {}"), ("main.rs", "fn main() { apiconn::run() }")]);
    let import = &binary.imports.all[0];
    assert_eq!((import.from.as_str(), import.written.as_deref()), ("main.rs", Some("lib.rs")));
    let same = "mod inner { pub fn inner() -> crate::a::A { todo!() } } pub use inner::inner; pub struct B;";
    assert_eq!(circles(&three("pub struct A; fn f() { crate::b::inner(); }", same, "")), ["a.rs b.rs"]);
    assert!(
        three("use crate::b::Outer; fn f() { crate::b::fmt::Write; }", "use std::{fmt, other::*};", "")
            .faults()
            .is_empty()
    );
    let fault = three("use crate::b::Missing;", "pub struct B;", "").faults();
    assert_eq!(fault, ["src/a.rs:1: crate::b::Missing was not found"]);
    assert_eq!(project(&[("lib.rs", "mod a;")]).faults(), ["src/lib.rs:1: module a has no file"]);
    assert_eq!(project(&[("lib.rs", ""), ("a.rs", "")]).faults(), ["src/a.rs: no module declares this file"]);
    assert!(project(&[("lib.rs", "fn f( {}")]).faults()[0].contains("does not parse"));
}
