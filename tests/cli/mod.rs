//! The command line, run in this process.

mod audit;
mod bad_input;
mod catalog;
mod errors;
mod grants;
mod help;
mod lists;
mod output;
mod rotation;
mod settings;
mod story;
mod terminal;
mod users;
mod views;
mod views_base;
