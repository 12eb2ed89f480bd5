//! Labels that are hashed together with data, so that a hash made for one purpose never equals a hash made for another.
//!
//! Stored hashes depend on these bytes: a change of one label invalidates every audit chain that was written before.

/// The first bytes of [`Record::canonical_bytes`](crate::domain::audit::Record::canonical_bytes).
pub const AUDIT_RECORD: &[u8] = b"apiconn audit ";

/// Precedes the id of the store in the hash that the first audit record follows.
pub const AUDIT_GENESIS: &str = "apiconn audit of store ";

/// Precedes the fields of a form token, each of which follows a NUL.
pub const FORM_TOKEN: &str = "apiconn form";

/// Precedes the payload of a consent form in its seal.
pub const CONSENT_FORM: &str = "apiconn consent form";
