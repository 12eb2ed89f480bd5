//! The service, over real connections.

mod account;
mod assets;
mod authorize;
mod client_auth;
mod codes;
mod edge;
mod faults;
mod introspection;
mod metadata;
mod operation;
mod pages;
mod refresh;
mod refusals;
mod requests;
mod revocation;
mod throttles;
mod tokens;
