//! One file an endpoint.

pub mod introspect;
pub mod metadata;
pub mod token;
