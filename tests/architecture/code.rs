//! The code of a file as a flat list of words, marks and strings, without comments, documentation and tests.

use std::str::FromStr;

use proc_macro2::{Delimiter, LineColumn, Span, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::tree;

/// A part of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An identifier or a keyword.
    Word(String),
    /// A punctuation mark or bracket.
    Mark(char),
    /// The value of a string, byte string, C string or raw string.
    Text(String),
    /// Any other literal.
    Other,
}

/// Ranges of the source text that are compiled only in tests.
pub type Ranges = Vec<(LineColumn, LineColumn)>;

/// Returns true if a position is in one of the ranges.
pub fn is_in(ranges: &Ranges, span: Span) -> bool {
    ranges.iter().any(|(start, end)| (*start..*end).contains(&span.start()))
}

/// The pieces of a text, for a pattern.
pub fn pieces(text: &str) -> Vec<(usize, Piece)> {
    let mut found = Vec::new();
    if let Ok(stream) = TokenStream::from_str(text) {
        flatten(stream, &Vec::new(), &mut found);
    }
    found
}

/// The pieces of a file without its tests, each with its line.
pub fn read(text: &str, tests: &Ranges) -> Vec<(usize, Piece)> {
    let mut found = Vec::new();
    if let Ok(stream) = TokenStream::from_str(text) {
        flatten(stream, tests, &mut found);
    }
    found
}

fn flatten(stream: TokenStream, tests: &Ranges, found: &mut Vec<(usize, Piece)>) {
    let tokens: Vec<_> = stream.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        at += 1;
        let span = token.span();
        if is_in(tests, span) {
            continue;
        }
        let line = span.start().line;
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let inner = usize::from(
                    matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == '!'),
                );
                if tokens.get(at + inner).is_some_and(is_documentation) {
                    at += inner + 1;
                } else {
                    found.push((line, Piece::Mark('#')));
                }
            }
            TokenTree::Punct(mark) => found.push((line, Piece::Mark(mark.as_char()))),
            TokenTree::Ident(word) => found.push((line, Piece::Word(word.to_string()))),
            TokenTree::Literal(literal) => found.push((line, value(literal))),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::None => (' ', ' '),
                };
                found.push((line, Piece::Mark(open)));
                flatten(group.stream(), tests, found);
                found.push((group.span_close().start().line, Piece::Mark(close)));
            }
        }
    }
}

/// Returns true if a group after `#` is `[doc …]`. A doc comment has this form, too.
fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "doc")
}

fn value(literal: &proc_macro2::Literal) -> Piece {
    let lossy = |bytes: &[u8]| Piece::Text(String::from_utf8_lossy(bytes).into_owned());
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Piece::Text(text.value()),
        syn::Lit::ByteStr(bytes) => lossy(&bytes.value()),
        syn::Lit::CStr(text) => lossy(text.value().as_bytes()),
        _ => Piece::Other,
    }
}

/// The ranges of a file that exist only in tests.
pub fn tests(file: &syn::File) -> Ranges {
    let mut tests = Tests::default();
    if tree::is_test_only(&file.attrs) {
        tests.note(file.span());
    }
    tests.visit_file(file);
    tests.found
}

#[derive(Default)]
struct Tests {
    found: Ranges,
}

impl Tests {
    fn note(&mut self, span: Span) {
        self.found.push((span.start(), span.end()));
    }
}

/// Notes a node under `cfg(test)`, and looks into every other one.
macro_rules! note_tests {
    ($($method:ident: $node:ty),* $(,)?) => {
        $(fn $method(&mut self, node: &'ast $node) {
            if tree::is_test_only(&node.attrs) {
                self.note(node.span());
            } else {
                visit::$method(self, node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for Tests {
    note_tests! {
        visit_arm: syn::Arm,
        visit_expr_array: syn::ExprArray,
        visit_expr_assign: syn::ExprAssign,
        visit_expr_block: syn::ExprBlock,
        visit_expr_call: syn::ExprCall,
        visit_expr_for_loop: syn::ExprForLoop,
        visit_expr_if: syn::ExprIf,
        visit_expr_loop: syn::ExprLoop,
        visit_expr_macro: syn::ExprMacro,
        visit_expr_match: syn::ExprMatch,
        visit_expr_method_call: syn::ExprMethodCall,
        visit_expr_path: syn::ExprPath,
        visit_expr_return: syn::ExprReturn,
        visit_expr_struct: syn::ExprStruct,
        visit_expr_unsafe: syn::ExprUnsafe,
        visit_expr_while: syn::ExprWhile,
        visit_field: syn::Field,
        visit_field_pat: syn::FieldPat,
        visit_field_value: syn::FieldValue,
        visit_impl_item_const: syn::ImplItemConst,
        visit_impl_item_fn: syn::ImplItemFn,
        visit_impl_item_macro: syn::ImplItemMacro,
        visit_impl_item_type: syn::ImplItemType,
        visit_local: syn::Local,
        visit_stmt_macro: syn::StmtMacro,
        visit_trait_item_const: syn::TraitItemConst,
        visit_trait_item_fn: syn::TraitItemFn,
        visit_trait_item_type: syn::TraitItemType,
        visit_variant: syn::Variant,
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if tree::is_test_only(tree::attributes(item)) {
            self.note(item.span());
        } else {
            visit::visit_item(self, item);
        }
    }
}
