//! Introspection of tokens and secrets (RFC 7662).

use crate::actions::clients::secrets::verify;
use crate::actions::oauth::revoke::find_token;
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::secret::SecretRecord;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::TokenRecord;
use crate::store::{ReadTx, StoreError};

/// The result of an introspection.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// A token that is valid.
    Token(Box<TokenRecord>),
    /// A client secret that is valid.
    Secret(Box<SecretRecord>),
    /// The text is anything else.
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
        Ok(CredentialKind::AccessToken | CredentialKind::RefreshToken) => {
            Ok(find_token(read, presented)?
                .filter(|record| record.refusal(now).is_none())
                .map_or(Introspection::Inactive, |record| Introspection::Token(Box::new(record))))
        }
        Ok(CredentialKind::ClientSecret(_)) => Ok(verify(read, presented, now)?
            .map_or(Introspection::Inactive, |record| Introspection::Secret(Box::new(record)))),
        Ok(CredentialKind::AuthorizationCode) | Err(_) => Ok(Introspection::Inactive),
    }
}
