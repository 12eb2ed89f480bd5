//! Types and rules of the product: keys, consumers, grants, users and tokens, and when each of them is accepted.
//!
//! Nothing here reads a clock, a file, a database or a command line, and nothing depends on HTTP.

pub mod audit;
pub mod base;
pub mod branding;
pub mod client;
pub mod code;
pub mod consumer;
pub mod ellipsis;
pub mod family;
pub mod finding;
pub mod grant;
pub mod group;
pub mod handle;
pub mod hash_labels;
pub mod host_names;
pub mod id;
pub mod introspection;
pub mod issuer;
pub mod name;
pub mod network;
pub mod page;
pub mod redirect;
pub mod refresh_policy;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod secret_text;
pub mod session;
pub mod settings;
pub mod state;
pub mod suggest;
pub mod throttle;
pub mod time;
pub mod token;
pub mod user;
pub mod web_origin;

pub use crate::domain::base::Base;
pub use crate::domain::state::{State, StateCounts};
