//! The service, over real connections.

mod account;
mod assets;
mod authorize;
mod bad_heads;
mod bad_input;
mod checklist;
mod client_auth;
mod codes;
mod edge;
mod faults;
mod introspection;
mod latency;
mod metadata;
mod oauth2_crate;
mod operation;
mod pages;
mod races;
mod refresh;
mod refusals;
mod requests;
mod revocation;
mod slow;
mod switches;
mod throttles;
mod tokens;
mod whole_run;
