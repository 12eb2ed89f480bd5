//! The endpoints: one file each. `routers.rs` lists them with their paths; `error_layer.rs` answers their errors.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod developers;
mod error_layer;
pub(crate) mod introspect;
pub(crate) mod metadata;
mod page_redirect;
pub(crate) mod revoke;
pub(crate) mod routers;
pub(crate) mod token;
