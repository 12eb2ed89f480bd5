//! Commands, run in the test process.

mod audit;
mod bad_input;
mod catalog;
mod clients;
mod errors;
mod escape;
mod grants;
mod help;
mod hints;
mod json;
mod lists;
mod output;
mod pasted;
mod refusals;
mod rotation;
mod safeguards;
mod settings;
mod story;
mod terminal;
mod users;
mod verify;
mod views;
mod views_base;
mod web_origins;
