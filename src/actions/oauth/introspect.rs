//! Introspection of tokens and secrets (RFC 7662).

use crate::actions::clients::secrets::verify;
use crate::credentials::digest::Digest;
use crate::credentials::format::{Recognised, recognise};
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{HeldSecret, HeldToken};
use crate::store::{ReadTx, StoreError};

/// The result of an introspection.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// A token that is valid.
    Token(Box<HeldToken>),
    /// A client secret that is valid.
    Secret(Box<HeldSecret>),
    /// Anything else.
    Inactive,
}

/// Checks whether a presented token or client secret is valid at `now` (RFC 7662 section 2.2). An answer about a refresh
/// token must not look like one that a resource server could accept (RFC 9700 section 4.10).
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn introspect(
    read: &dyn ReadTx,
    presented: &SecretText,
    now: Timestamp,
) -> Result<Introspection, StoreError> {
    match recognise(presented) {
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => {
            let held = read.token_by_digest(&Digest::of(presented))?;
            Ok(held
                .filter(|held| held.refusal(now).is_none())
                .map_or(Introspection::Inactive, |held| Introspection::Token(Box::new(held))))
        }
        Ok(Recognised::ClientSecret(_)) => Ok(verify(read, presented, now)?
            .map_or(Introspection::Inactive, |held| Introspection::Secret(Box::new(held)))),
        Ok(Recognised::AuthorizationCode) | Err(_) => Ok(Introspection::Inactive),
    }
}
