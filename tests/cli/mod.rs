//! The command line, run in this process.

mod bad_input;
mod errors;
mod help;
mod story;
