//! Bytes that must not leak: how they are minted, recognised, digested and kept out of every output.
//!
//! A plain secret is a [`plain::SecretText`]: no `Debug`, no `Display`, no `Serialize`, no `Clone`. What the store gets is a
//! [`digest::Digest`].

pub mod digest;
pub mod format;
pub mod mint;
pub mod password;
pub mod pkce;
