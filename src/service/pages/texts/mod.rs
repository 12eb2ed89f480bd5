//! Every word of the pages, in every language. A language that lacks a word does not compile.

mod english;
mod select;
mod spanish;
mod words;

pub(crate) use select::words;
pub(crate) use words::{Amount, Moment, Trouble, Words};
