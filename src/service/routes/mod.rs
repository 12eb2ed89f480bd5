//! One file an endpoint.

pub(super) mod assets;
pub(super) mod introspect;
pub(super) mod metadata;
pub(super) mod revoke;
pub(super) mod token;
