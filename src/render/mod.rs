//! Output of a run: tables, JSON, CSV and lines on standard output; notes, warnings, errors and prompts on the terminal.
//!
//! No other module prints or prompts. [`output::Output`] holds the streams; each other file adds the methods for one kind
//! of output. Commands pass values of [`view`].

mod change;
mod diagnostics;
pub mod escape;
mod fields;
mod format;
mod list;
mod message;
mod object;
mod output;
pub mod prompt;
pub mod relative_time;
mod table;
pub mod view;
pub mod words;

pub use crate::render::change::{ChangeReport, Credentials, reveal};
pub use crate::render::format::Format;
pub use crate::render::list::List;
pub use crate::render::message::{Message, Warning};
pub use crate::render::output::Output;
