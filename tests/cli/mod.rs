//! The command line, run in this process.

mod story;
mod terminal;
