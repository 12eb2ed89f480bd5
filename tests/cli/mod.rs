//! The command line, run in this process.

mod bad_input;
mod errors;
mod help;
mod lists;
mod output;
mod rotation;
mod story;
mod views;
mod views_base;
