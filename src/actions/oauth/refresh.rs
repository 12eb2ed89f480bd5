//! Exchanging a refresh token for new tokens (RFC 6749 section 6), once (RFC 9700 section 4.14.2).

use crate::credentials::digest::Digest;
use crate::credentials::format::Recognised;
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::client::GrantType;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refusal::{Check, Other};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::store::StoreError;

use crate::actions::authenticate::{Checked, of_kind};
use crate::actions::grants::label;
use crate::actions::oauth::{IssuedPair, Pair, issue_pair, present_client, present_secret};
use crate::actions::{ActionError, Change};

/// A refresh token as it is presented.
pub struct Refresh {
    /// Who presents it.
    pub client: ClientId,
    /// The secret that proves that; none for a public client.
    pub secret: Option<SecretId>,
    /// The token.
    pub token: SecretText,
    /// What the access token shall allow; none is all.
    pub scopes: Option<ScopeSet>,
}

/// Exchanges a refresh token for an access token and the next refresh token. Presented a second time, it ends its whole
/// family, since one of the two who have it has stolen it; this is kept although the request is refused.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed.
pub fn refresh(change: &mut Change<'_>, request: &Refresh) -> Result<Checked<IssuedPair>, ActionError> {
    let refused = |check: Check| Ok(Err(Box::new(check)));
    let now = change.now();
    if let Err(check) = present_client(change.read(), &request.client, GrantType::AuthorizationCode, now)? {
        return Ok(Err(check));
    }
    if let Err(malformed) = of_kind(&request.token, &Recognised::RefreshToken) {
        return refused(Check::RefreshMalformed(malformed));
    }
    let Some(held) = change.read().token_by_digest(&Digest::of(&request.token))? else {
        return refused(Check::RefreshUnknown);
    };
    // A stranger's try changes nothing for its owner.
    if held.client.id != request.client {
        return refused(Check::RefreshOfOther(Other::from(&held.client)));
    }
    let id = &held.token.id;
    let (Some((grant, _)), Some(code)) = (&held.authorization, change.read().code_of_token(id)?) else {
        return Err(StoreError::Damaged("a refresh token rests on no authorization".to_owned()).into());
    };
    if let Some(rotated_at) = held.token.used_at {
        if change.write().end_family_of_token(id, now)? {
            let name = label(grant);
            change.record(ObjectKind::Grant, Verb::RefreshTokenReused, &grant.id, &name, vec!["tokens"]);
        }
        return refused(Check::RefreshReused { rotated_at });
    }
    if let Some(check) = Check::of_refresh_token(&held, now) {
        return refused(check);
    }
    if let Some(secret) = &request.secret
        && let Err(check) = present_secret(change.write(), &held.client, secret, now)?
    {
        return Ok(Err(check));
    }
    let scopes = match &request.scopes {
        None => held.scopes(),
        Some(asked) if !held.token.scopes.covers(asked) => {
            return refused(Check::ScopeBeyondToken { missing: asked.without(&held.token.scopes) });
        }
        Some(asked) if !held.scopes().covers(asked) => {
            return refused(Check::ScopeBeyondGrant { missing: asked.without(&held.scopes()) });
        }
        Some(asked) => asked.clone(),
    };
    if scopes.is_empty() {
        return refused(Check::ScopeNone);
    }
    if !change.write().use_refresh_token(id, now)? {
        return refused(Check::RefreshReused { rotated_at: now });
    }
    let pair = Pair {
        client: &held.client,
        secret: request.secret.as_ref(),
        grant: &grant.id,
        code: &code,
        scopes,
        all_scopes: held.token.scopes.clone(),
    };
    Ok(Ok(issue_pair(change, pair)?))
}
