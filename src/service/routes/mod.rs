//! One file an endpoint.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod introspect;
pub(crate) mod metadata;
pub(crate) mod revoke;
pub(crate) mod token;
