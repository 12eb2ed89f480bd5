//! The service, over real connections.

mod client_auth;
mod introspection;
mod metadata;
mod operation;
mod requests;
mod tokens;
