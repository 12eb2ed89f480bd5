//! Shell completion: commands and flags, and ids and names from the store.
//!
//! Completion only reads the store, never waits long for it, and prints no error: it runs at the shell's prompt.

mod candidates;
mod completers;
mod engine;
mod hook;
mod shells;
mod store_path;

pub use crate::completion::completers::{
    States, consumers, declared_scopes, grants, groups, keys, refusals, scopes, settings, tokens, users,
    words,
};
pub use crate::completion::hook::{Shell, hook, registration};
