//! Revoking tokens and secrets, by a client (RFC 7009) and by the administrator.

use crate::actions::clients::secrets;
use crate::actions::resolve::all_pages;
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::credentials::format::{CredentialKind, recognise};
use crate::credentials::refresh;
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::family::Family;
use crate::domain::id::ClientId;
use crate::domain::page::TokenFilter;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{TokenKind, TokenRecord};
use crate::store::{ReadTx, StoreError};

/// A request to revoke a credential.
pub struct RevocationRequest {
    pub credential: SecretText,
    /// The authenticated client. It can be `None` for a client secret, whose possession is sufficient.
    pub client: Option<ClientId>,
}

/// Revokes a credential. Returns false if it is unknown, revoked already or another client's. The response to the caller
/// is the same in every case (RFC 7009 section 2.2).
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn revoke_credential(change: &mut Change<'_>, request: &RevocationRequest) -> Result<bool, ActionError> {
    match recognise(&request.credential) {
        Ok(CredentialKind::ClientSecret) => secrets::revoke_presented(change, &request.credential),
        Ok(CredentialKind::AccessToken | CredentialKind::RefreshToken) => {
            match find_token(change.read(), &request.credential)? {
                Some(record)
                    if Some(&record.client.id) == request.client.as_ref()
                        && record.token.kind == TokenKind::Access =>
                {
                    give_back_access_token(change, &record)
                }
                Some(mut record) if Some(&record.client.id) == request.client.as_ref() => {
                    revoke_token(change, &mut record)
                }
                _ => Ok(false),
            }
        }
        Ok(CredentialKind::AuthorizationCode) | Err(_) => Ok(false),
    }
}

/// Revokes an access token that its own client gives back. The audit has no record of it: a client could write any number, and
/// the rights of no client or user change. The token's row has the moment.
fn give_back_access_token(change: &mut Change<'_>, record: &TokenRecord) -> Result<bool, ActionError> {
    if record.token.revoked_at.is_some() {
        return Ok(false);
    }
    // The caller commits the transaction of a request, also without an event.
    change.write().revoke_token(&record.token.id)?;
    Ok(true)
}

/// Returns the stored token of a presented one. The place of a refresh token in its family is part of the record; any text
/// with the selector of the family finds it.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn find_token(read: &dyn ReadTx, presented: &SecretText) -> Result<Option<TokenRecord>, StoreError> {
    match recognise(presented) {
        Ok(CredentialKind::AccessToken) => read.token_by_digest(&Digest::of(presented)),
        Ok(CredentialKind::RefreshToken) => match refresh::selector(presented) {
            Some(selector) => read.refresh_token(&selector, &Digest::of(presented)),
            None => Ok(None),
        },
        Ok(CredentialKind::ClientSecret | CredentialKind::AuthorizationCode) | Err(_) => Ok(None),
    }
}

/// Revokes a token. Returns false if it is already revoked. With a refresh token, every token of the same authorization
/// code is ended (RFC 7009 section 2.1).
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base requires a reason and none was given; otherwise [`ActionError::Store`].
pub fn revoke_token(change: &mut Change<'_>, record: &mut TokenRecord) -> Result<bool, ActionError> {
    if record.token.revoked_at.is_some() {
        return Ok(false);
    }
    change.require_reason()?;
    let now = change.now();
    change.write().revoke_token(&record.token.id)?;
    if record.token.kind == TokenKind::Refresh {
        change.write().end_family_of_token(&record.token.id)?;
        let family = record.family.get_or_insert(Family { ended_at: None, expires_at: None });
        family.ended_at.get_or_insert(now);
    }
    change.record(ObjectKind::Token, AuditVerb::Revoke, &record.token.id, &record.client.name, vec!["state"]);
    record.token.revoked_at = Some(now);
    Ok(true)
}

/// Returns every token that a filter matches.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read.
pub fn all_matching(
    read: &dyn ReadTx,
    filter: &TokenFilter,
    now: Timestamp,
) -> Result<Vec<TokenRecord>, ActionError> {
    all_pages(|request| read.list_tokens(filter, request, now))
}
