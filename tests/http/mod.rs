//! The service, over real connections.

mod client_auth;
mod edge;
mod introspection;
mod metadata;
mod operation;
mod refusals;
mod requests;
mod throttles;
mod tokens;
