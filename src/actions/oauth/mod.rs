//! The OAuth protocol: authorization, and issuing, introspecting and revoking tokens. One file per request.

pub mod authorize;
pub mod client_credentials;
pub mod code;
pub mod introspect;
mod issue;
pub mod refresh;
pub mod revoke;
pub mod scopes;

pub use client_credentials::{ClientCredentials, issue_client_credentials};
pub use code::{CodeExchange, redeem_code};
pub use introspect::{Introspection, introspect};
pub use issue::{IssuedPair, IssuedToken};
pub use refresh::{RefreshRequest, refresh};
pub use revoke::{RevocationRequest, revoke_credential};
