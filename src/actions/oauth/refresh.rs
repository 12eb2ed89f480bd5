//! Exchanging a refresh token for new tokens (RFC 6749 section 6), once (RFC 9700 section 4.14.2).

use crate::actions::authenticate::ensure_kind;
use crate::actions::grants::label;
use crate::actions::oauth::issue::{IssuedPair, PairOrigin, issue_pair, reload_client, reload_secret};
use crate::actions::oauth::scopes::without_openid_connect;
use crate::actions::stop::{Stop, into_decision};
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::credentials::format::CredentialKind;
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::consumer::GrantType;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refusal::{Check, ClientRef, Decision};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::store::StoreError;

/// A request to exchange a refresh token.
pub struct RefreshRequest {
    /// The client that was authenticated.
    pub client: ClientId,
    /// The secret that it presented; `None` for a public client.
    pub secret: Option<SecretId>,
    pub token: SecretText,
    /// The scopes of the new access token; `None` for all scopes of the refresh token.
    pub scopes: Option<ScopeSet>,
}

/// Exchanges a refresh token for an access token and the next refresh token. Presented a second time, a refresh token ends
/// its whole family, because two programs have it and one of them stole it. The refused request commits that change.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub fn refresh(
    change: &mut Change<'_>,
    request: &RefreshRequest,
) -> Result<Decision<IssuedPair>, ActionError> {
    into_decision(try_refresh(change, request))
}

fn try_refresh(change: &mut Change<'_>, request: &RefreshRequest) -> Result<IssuedPair, Stop<ActionError>> {
    let now = change.now();
    reload_client(change.read(), &request.client, GrantType::AuthorizationCode, now)?;
    ensure_kind(&request.token, &CredentialKind::RefreshToken).map_err(Check::RefreshMalformed)?;
    let record = change.read().token_by_digest(&Digest::of(&request.token))?.ok_or(Check::RefreshUnknown)?;
    // Another client's attempt changes nothing for the token's owner.
    if record.client.id != request.client {
        return Err(Check::RefreshOfOther(ClientRef::from(&record.client)).into());
    }
    let id = &record.token.id;
    let (Some((grant, _)), Some(code)) = (&record.authorization, change.read().code_of_token(id)?) else {
        return Err(StoreError::Damaged("a refresh token has no grant".to_owned()).into());
    };
    if let Some(rotated_at) = record.token.used_at {
        if change.write().end_family_of_token(id)? {
            let name = label(grant);
            change.record(ObjectKind::Grant, AuditVerb::RefreshTokenReused, &grant.id, &name, vec!["tokens"]);
        }
        return Err(Check::RefreshReused { rotated_at }.into());
    }
    if let Some(check) = Check::of_refresh_token(&record, now) {
        return Err(check.into());
    }
    if let Some(secret) = &request.secret {
        reload_secret(change.write(), &record.client, secret, now)?;
    }
    let requested = without_openid_connect(change.read(), &record.client, request.scopes.as_ref())?;
    let scopes = match &requested {
        None => record.scopes(),
        Some(asked) if !record.token.scopes.covers(asked) => {
            return Err(Check::ScopeBeyondToken { missing: asked.without(&record.token.scopes) }.into());
        }
        Some(asked) if !record.scopes().covers(asked) => {
            return Err(Check::ScopeBeyondGrant { missing: asked.without(&record.scopes()) }.into());
        }
        Some(asked) => asked.clone(),
    };
    if scopes.is_empty() {
        return Err(Check::ScopeNone.into());
    }
    if !change.write().use_refresh_token(id)? {
        return Err(Check::RefreshReused { rotated_at: now }.into());
    }
    let pair = PairOrigin {
        client: &record.client,
        secret: request.secret.as_ref(),
        grant: &grant.id,
        code: &code,
        scopes,
        all_scopes: record.token.scopes.clone(),
    };
    Ok(issue_pair(change, pair)?)
}
