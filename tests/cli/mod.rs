//! The command line, run in this process.

mod bad_input;
mod errors;
mod help;
mod output;
mod story;
mod views;
mod views_base;
