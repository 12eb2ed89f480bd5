//! The service, over real connections.

mod account;
mod authorize;
mod client_auth;
mod codes;
mod edge;
mod introspection;
mod metadata;
mod operation;
mod pages;
mod refresh;
mod requests;
mod revocation;
mod tokens;
