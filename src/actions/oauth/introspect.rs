//! Introspection of tokens and secrets (RFC 7662).

use crate::actions::clients::secrets::verify;
use crate::actions::oauth::revoke::find_token;
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::client::Client;
use crate::domain::introspection::{Introspected, IntrospectionRight, may_introspect};
use crate::domain::secret::SecretRecord;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{TokenKind, TokenRecord};
use crate::store::{ReadTx, StoreError};

/// The result of an introspection.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// A valid token that the caller may introspect.
    Token(Box<TokenRecord>),
    /// The valid secret of a key, which the caller may introspect.
    Secret(Box<SecretRecord>),
    /// The credential is valid, and a key with the scope for introspection would learn so. The caller does not.
    NotPermitted,
    /// Any other text, and a credential that the caller may not introspect.
    Inactive,
}

/// Checks whether a presented token or secret is valid at `now`, and whether `caller`, which authenticated with its secret,
/// may learn so. A caller without the right gets the answer for an inactive credential (RFC 7662 section 2.2). An answer
/// about a refresh token must not look like one that a resource server could accept (RFC 9700 section 4.10).
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn introspect(
    read: &dyn ReadTx,
    caller: &Client,
    presented: &SecretText,
    now: Timestamp,
) -> Result<Introspection, StoreError> {
    match recognise(presented) {
        Ok(CredentialKind::AccessToken | CredentialKind::RefreshToken) => {
            let record = find_token(read, presented)?;
            let Some(record) = record.filter(|record| record.refusal(now).is_none()) else {
                return Ok(Introspection::Inactive);
            };
            let credential = match record.token.kind {
                TokenKind::Access => Introspected::AccessToken(&record.client),
                TokenKind::Refresh => Introspected::RefreshToken(&record.client),
            };
            let right = may_introspect(caller, credential);
            Ok(permitted(right, || Introspection::Token(Box::new(record))))
        }
        Ok(CredentialKind::ClientSecret) => {
            let Ok(record) = verify(read, presented, now)? else { return Ok(Introspection::Inactive) };
            let right = may_introspect(caller, Introspected::Secret(&record.client));
            Ok(permitted(right, || Introspection::Secret(Box::new(record))))
        }
        Ok(CredentialKind::AuthorizationCode) | Err(_) => Ok(Introspection::Inactive),
    }
}

fn permitted(right: IntrospectionRight, result: impl FnOnce() -> Introspection) -> Introspection {
    match right {
        IntrospectionRight::Permitted => result(),
        IntrospectionRight::NeedsScope => Introspection::NotPermitted,
        IntrospectionRight::Never => Introspection::Inactive,
    }
}
