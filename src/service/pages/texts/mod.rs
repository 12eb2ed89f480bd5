//! The texts of the pages in each language. A language without one of the texts does not compile.

mod english;
mod select;
mod spanish;
mod words;

pub(crate) use select::words;
pub(crate) use words::{Problem, RoundedDuration, UtcDateTime, Words};
