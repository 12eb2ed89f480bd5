//! One file an endpoint.

pub(super) mod account;
pub(super) mod assets;
pub(super) mod authorize;
pub(super) mod consent;
pub(super) mod introspect;
pub(super) mod metadata;
pub(super) mod page;
pub(super) mod revoke;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod token;
