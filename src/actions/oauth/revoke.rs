//! Revoking tokens and secrets: by their holder (RFC 7009) and by the administrator.

use crate::actions::clients::secrets;
use crate::actions::resolve::all_pages;
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::credentials::format::{Recognised, recognise};
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::id::ClientId;
use crate::domain::page::TokenFilter;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{HeldToken, TokenKind};
use crate::store::{ReadTx, StoreError};

/// A request to revoke a credential.
pub struct RevocationRequest {
    /// The credential.
    pub credential: SecretText,
    /// The client that asks. `None` is enough for a client secret, which proves itself.
    pub client: Option<ClientId>,
}

/// Revokes a credential. Returns true if that changed anything. A credential that is unknown, revoked already, or another
/// client's stays as it is, and is answered alike (RFC 7009 section 2.2).
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written; [`ActionError::ReasonRequired`] if the base asks for a reason and
/// none was given.
pub fn revoke_credential(change: &mut Change<'_>, request: &RevocationRequest) -> Result<bool, ActionError> {
    match recognise(&request.credential) {
        Ok(Recognised::ClientSecret(_)) => secrets::revoke_presented(change, &request.credential),
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => {
            match find_token(change.read(), &request.credential)? {
                Some(mut held) if Some(&held.client.id) == request.client.as_ref() => {
                    revoke_token(change, &mut held)
                }
                _ => Ok(false),
            }
        }
        Ok(Recognised::AuthorizationCode) | Err(_) => Ok(false),
    }
}

/// Returns the stored token of a presented one.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn find_token(read: &dyn ReadTx, presented: &SecretText) -> Result<Option<HeldToken>, StoreError> {
    match recognise(presented) {
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => {
            read.token_by_digest(&Digest::of(presented))
        }
        Ok(Recognised::ClientSecret(_) | Recognised::AuthorizationCode) | Err(_) => Ok(None),
    }
}

/// Revokes a token. Returns true if it was not revoked before. A refresh token takes every token along that comes from the
/// same authorization code (RFC 7009 section 2.1).
///
/// # Errors
/// [`ActionError::ReasonRequired`] if the base asks for a reason and none was given; [`ActionError::Store`] if the store
/// cannot be written.
pub fn revoke_token(change: &mut Change<'_>, held: &mut HeldToken) -> Result<bool, ActionError> {
    if held.token.revoked_at.is_some() {
        return Ok(false);
    }
    change.require_reason()?;
    let now = change.now();
    change.write().revoke_token(&held.token.id)?;
    if held.token.kind == TokenKind::Refresh {
        change.write().end_family_of_token(&held.token.id)?;
        held.family_ended_at.get_or_insert(now);
    }
    change.record(ObjectKind::Token, Verb::Revoke, &held.token.id, &held.client.name, vec!["state"]);
    held.token.revoked_at = Some(now);
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
) -> Result<Vec<HeldToken>, ActionError> {
    all_pages(|request| read.list_tokens(filter, request, now))
}
