//! Credentials: minting, recognising, digesting and verifying them.
//!
//! A credential in plain text is a [`SecretText`](crate::domain::secret_text::SecretText), which cannot be
//! printed or copied. The store contains its [`Digest`](digest::Digest).

pub mod base62;
pub mod constant_time;
pub mod digest;
pub mod format;
pub mod mint;
pub mod password;
pub mod pkce;
pub mod refresh;
pub mod seal;
