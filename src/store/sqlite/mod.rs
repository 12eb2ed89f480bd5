//! The store in one SQLite file. All SQL is in this folder.

mod audit;
mod base;
mod client_lists;
mod clients;
mod codes;
mod connection;
mod error;
mod grants;
mod groups;
mod query;
mod refusals;
mod scopes;
mod secrets;
mod sessions;
pub(crate) mod store;
mod throttles;
mod tokens;
mod usage;
mod users;
