//! Exchanging a refresh token for new tokens (RFC 6749 section 6). The refresh tokens of a family are a chain: each is
//! exchanged for one successor (RFC 9700 section 4.14.2).

use crate::actions::authenticate::ensure_kind;
use crate::actions::grants::label;
use crate::actions::oauth::issue::{
    IssuedPair, TokenOrigin, expiry, issue_access_token, reload_client, reload_secret,
};
use crate::actions::oauth::revoke::find_token;
use crate::actions::oauth::scopes::without_openid_connect;
use crate::actions::stop::{Stop, into_decision};
use crate::actions::{ActionError, Change};
use crate::credentials::digest::Digest;
use crate::credentials::format::CredentialKind;
use crate::credentials::refresh::{nonce, successor};
use crate::domain::audit::{AuditVerb, ObjectKind};
use crate::domain::consumer::GrantType;
use crate::domain::family::{ChainPlace, Nonce, RefreshRules};
use crate::domain::id::{ClientId, SecretId};
use crate::domain::refresh_policy::RefreshRotation;
use crate::domain::refusal::{Check, ClientRef, Decision};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::domain::time::{Span, Timestamp};
use crate::domain::token::TokenRecord;
use crate::store::tokens::RefreshExchange;

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

/// The effect of an exchange on the chain of the family.
enum Step {
    /// The newest token gets a successor.
    Advance,
    /// The newest token is given out again, because rotation is off.
    Keep,
    /// The predecessor of the newest token gets the newest token again, which is derived from this nonce.
    Repeat(Nonce),
}

/// Exchanges a refresh token for an access token and the next refresh token.
///
/// The predecessor of the newest token gets the newest token again if its exchange was less than the grace ago and the newest
/// token has not been used, so that parallel requests and a retry after a lost response do no harm. Any other use of a token
/// that is not the newest ends the whole family, because two programs have it and one of them stole it. The refused request
/// commits that change.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be written.
pub fn refresh(
    change: &mut Change<'_>,
    request: RefreshRequest,
) -> Result<Decision<IssuedPair>, ActionError> {
    into_decision(try_refresh(change, request))
}

fn try_refresh(change: &mut Change<'_>, request: RefreshRequest) -> Result<IssuedPair, Stop<ActionError>> {
    let now = change.now();
    reload_client(change.read(), &request.client, GrantType::AuthorizationCode, "refresh_token", now)?;
    ensure_kind(&request.token, &CredentialKind::RefreshToken).map_err(Check::RefreshMalformed)?;
    let record = find_token(change.read(), &request.token)?.ok_or(Check::RefreshUnknown)?;
    // Another client's attempt changes nothing for the token's owner.
    if record.client.id != request.client {
        return Err(Check::RefreshOfOther(ClientRef::from(&record.client)).into());
    }
    let id = &record.token.id;
    let (Some((grant, _)), Some(code)) = (&record.authorization, change.read().code_of_token(id)?) else {
        return Err(change.read().damaged("a refresh token has no grant").into());
    };
    let rules = RefreshRules::of(&record.client, &change.read().settings()?);
    let step = match &record.place {
        ChainPlace::Newest if rules.rotation == RefreshRotation::Off => Step::Keep,
        ChainPlace::Newest => Step::Advance,
        ChainPlace::Predecessor(predecessor) => match predecessor.repeatable(rules.grace, now) {
            Some(nonce) => Step::Repeat(nonce.clone()),
            None => return Err(end_reused_family(change, &record, Some(predecessor.exchanged_at))?.into()),
        },
        ChainPlace::Other => return Err(end_reused_family(change, &record, None)?.into()),
    };
    if let Some(check) = Check::of_refresh_token(&record, now) {
        return Err(check.into());
    }
    if let Some(secret) = &request.secret {
        reload_secret(change.write(), &record.client, secret, now)?;
    }
    let requested = without_openid_connect(change.read(), &record.client, request.scopes.as_ref())?;
    let scopes = access_scopes(&record, requested.as_ref())?;
    // Without the parameter, the client asks for all scopes of the token, also for those that the user has withdrawn since.
    let asked = requested.unwrap_or_else(|| record.token.scopes.intersection(&record.client.scopes()));
    let refresh = advance(change, request.token, &record, rules, &step)?;
    let origin = TokenOrigin {
        client: &record.client,
        secret: request.secret.as_ref(),
        grant: Some(&grant.id),
        code: Some(&code),
        family_end: record.family.and_then(|family| family.expires_at),
    };
    let (write, random) = change.write_and_random();
    let access = issue_access_token(write, random, now, scopes, origin)?;
    Ok(IssuedPair { access, refresh, grant: grant.id.clone(), asked })
}

/// Ends the family of a refresh token that was used again, and returns the check that failed. A family that has ended, or reached
/// the end of its lifetime, stays as it is.
fn end_reused_family(
    change: &mut Change<'_>,
    record: &TokenRecord,
    rotated_at: Option<Timestamp>,
) -> Result<Check, ActionError> {
    if let Some(ended_at) = record.family.and_then(|family| family.ended_at) {
        return Ok(Check::RefreshRevoked { at: Some(ended_at) });
    }
    let end = record.family.and_then(|family| family.expires_at);
    if let Some(at) = end.filter(|end| *end <= change.now()) {
        return Ok(Check::RefreshFamilyExpired { at });
    }
    if change.write().end_family_of_token(&record.token.id)?
        && let Some((grant, _)) = &record.authorization
    {
        let name = label(grant);
        change.record(ObjectKind::Grant, AuditVerb::RefreshTokenReused, &grant.id, &name, vec!["tokens"]);
    }
    Ok(Check::RefreshReused { rotated_at })
}

/// Returns the scopes of the new access token: the requested ones, or all that the refresh token still has.
fn access_scopes(record: &TokenRecord, requested: Option<&ScopeSet>) -> Result<ScopeSet, Check> {
    let available = record.scopes();
    let scopes = match requested {
        None => available,
        Some(asked) if !record.token.scopes.covers(asked) => {
            return Err(Check::ScopeBeyondToken { missing: asked.without(&record.token.scopes) });
        }
        Some(asked) if !available.covers(asked) => {
            return Err(Check::ScopeBeyondGrant { missing: asked.without(&available) });
        }
        Some(asked) => asked.clone(),
    };
    match requested {
        _ if !scopes.is_empty() => Ok(scopes),
        Some(_) => Err(Check::ScopeNone),
        None => Err(Check::ScopeNoneLeft),
    }
}

/// Changes the chain of the family, and returns the refresh token of the response.
fn advance(
    change: &mut Change<'_>,
    token: SecretText,
    record: &TokenRecord,
    rules: RefreshRules,
    step: &Step,
) -> Result<SecretText, Stop<ActionError>> {
    let now = change.now();
    let id = &record.token.id;
    let expires_at = expiry(&record.client, rules.idle_lifetime, now);
    let presented = Digest::of(&token);
    let (refresh, is_newest) = match step {
        Step::Repeat(nonce) => (successor(&token, nonce).ok_or(Check::RefreshUnknown)?.plain, true),
        Step::Keep => {
            let is_newest = change.write().use_refresh_token(id, &presented, expires_at)?;
            (token, is_newest)
        }
        Step::Advance => {
            let nonce = nonce(change.random());
            let next = successor(&token, &nonce).ok_or(Check::RefreshUnknown)?;
            let is_newest = change.write().exchange_refresh_token(&RefreshExchange {
                token: id,
                presented: &presented,
                successor: &next.digest,
                nonce: (rules.grace.span() > Span::seconds(0)).then_some(&nonce),
                expires_at,
            })?;
            (next.plain, is_newest)
        }
    };
    // The transaction holds the write lock since before the record was read, so this only guards against a damaged store.
    if is_newest { Ok(refresh) } else { Err(Check::RefreshReused { rotated_at: Some(now) }.into()) }
}
