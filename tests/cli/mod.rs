//! The command line, run in this process.

mod help;
mod story;
