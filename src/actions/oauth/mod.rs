//! Tokens: issuing, introspecting and ending them.

pub mod authorize;
mod code;
mod refresh;
mod revoke;

pub use crate::actions::oauth::code::{CodeExchange, redeem_code};
pub use crate::actions::oauth::refresh::{Refresh, refresh};
pub use crate::actions::oauth::revoke::{Presented, revoke_presented};

use crate::credentials::digest::Digest;
use crate::credentials::format::{Recognised, recognise};
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::client::{Client, GrantType, Profile};
use crate::domain::id::{ClientId, GrantId, SecretId};
use crate::domain::page::TokenFilter;
use crate::domain::refusal::Check;
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Secret;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{HeldSecret, HeldToken, Token, TokenKind};
use crate::store::tokens::NewToken;
use crate::store::{ReadTx, StoreError, WriteTx};

use crate::actions::authenticate::{Checked, accepted};
use crate::actions::clients::secrets::verify;
use crate::actions::{ActionError, Change};

/// The scopes to issue: all that the client holds where none was asked for, else exactly those asked for.
///
/// # Errors
/// Refuses scopes that the client does not hold, and an answer of no scopes at all.
pub fn narrow(client: &Client, asked: Option<&ScopeSet>) -> Checked<ScopeSet> {
    match Check::of_scopes(client, asked) {
        Some(check) => Err(Box::new(check)),
        None => Ok(asked.cloned().unwrap_or_else(|| client.scopes())),
    }
}

/// A token just issued.
pub struct IssuedToken {
    /// To be handed over once.
    pub plain: SecretText,
    /// What the store keeps of it.
    pub token: Token,
}

/// What to issue by client credentials.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Who proved who it is.
    pub client: ClientId,
    /// By which secret.
    pub secret: SecretId,
    /// What it asked for; none is all.
    pub scopes: Option<ScopeSet>,
}

/// Issues an access token by client credentials (RFC 6749 section 4.4). The client is read again in the transaction that
/// stores the token, since an administrator may have ended it since it was authenticated.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed.
pub fn issue_client_credentials(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    request: &ClientCredentials,
) -> Result<Checked<IssuedToken>, StoreError> {
    // One query for both: this is what the service is asked most.
    let held = write.secret(&request.secret)?.filter(|held| held.client.id == request.client);
    let Some(HeldSecret { secret, client }) = held else { return Ok(Err(Box::new(Check::SecretUnknown))) };
    if let Err(check) = may_ask(&client, GrantType::ClientCredentials, now) {
        return Ok(Err(check));
    }
    if let Err(check) = still_good(write, &secret, now)? {
        return Ok(Err(check));
    }
    let scopes = match narrow(&client, request.scopes.as_ref()) {
        Ok(scopes) => scopes,
        Err(check) => return Ok(Err(check)),
    };
    let origin = Origin { secret: Some(&request.secret), grant: None, code: None };
    issue(write, random, now, TokenKind::Access, &client, scopes, origin).map(Ok)
}

/// The client as it is in the transaction that issues, where it is accepted and may ask in this way.
fn present_client(
    read: &dyn ReadTx,
    id: &ClientId,
    grant_type: GrantType,
    now: Timestamp,
) -> Result<Checked<Client>, StoreError> {
    let client = read.client(id)?.ok_or_else(|| StoreError::Damaged("a client is gone".to_owned()))?;
    Ok(may_ask(&client, grant_type, now).map(|()| client))
}

fn may_ask(client: &Client, grant_type: GrantType, now: Timestamp) -> Checked<()> {
    accepted(client, now)?;
    if client.may_use(grant_type) {
        Ok(())
    } else {
        Err(Box::new(Check::GrantTypeNotAllowed { asked: grant_type.as_str() }))
    }
}

/// The secret that a client presented, as it is in the transaction that issues.
fn present_secret(
    write: &mut dyn WriteTx,
    client: &Client,
    id: &SecretId,
    now: Timestamp,
) -> Result<Checked<()>, StoreError> {
    let secret = write.secrets_of(&client.id)?.into_iter().find(|secret| secret.id == *id);
    let Some(secret) = secret else { return Ok(Err(Box::new(Check::SecretUnknown))) };
    still_good(write, &secret, now)
}

/// Refuses a secret that has ended since its client was authenticated, and notes the first use of one that has not: once
/// in a secret's life, so that a rotation knows at once that somebody would miss it.
fn still_good(write: &mut dyn WriteTx, secret: &Secret, now: Timestamp) -> Result<Checked<()>, StoreError> {
    if let Some(check) = Check::of_secret(secret, now) {
        return Ok(Err(Box::new(check)));
    }
    if secret.first_used_at.is_none() {
        write.record_first_use(&secret.id, now)?;
    }
    Ok(Ok(()))
}

/// What a token comes from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    secret: Option<&'a SecretId>,
    grant: Option<&'a GrantId>,
    code: Option<&'a Digest>,
}

/// Mints a token and stores it.
fn issue(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    kind: TokenKind,
    client: &Client,
    scopes: ScopeSet,
    origin: Origin<'_>,
) -> Result<IssuedToken, StoreError> {
    let own_lifetime = match (&client.profile, kind) {
        (Profile::Key, _) => None,
        (Profile::Consumer(profile), TokenKind::Access) => profile.access_token_lifetime,
        (Profile::Consumer(profile), TokenKind::Refresh) => profile.refresh_token_lifetime,
    };
    let lifetime = match (own_lifetime, kind) {
        (Some(lifetime), _) => lifetime,
        (None, TokenKind::Access) => write.settings()?.access_token_lifetime,
        (None, TokenKind::Refresh) => write.settings()?.refresh_token_lifetime,
    };
    // A token never outlives its client.
    let expires_at = client.expires_at.map_or(now.plus(lifetime), |end| end.min(now.plus(lifetime)));
    let minted = match kind {
        TokenKind::Access => mint::access_token(random),
        TokenKind::Refresh => mint::refresh_token(random),
    };
    let mut token = Token {
        id: mint::token_id(random, now),
        kind,
        scopes,
        issued_at: now,
        expires_at,
        used_at: None,
        revoked_at: None,
    };
    let Origin { secret, grant, code } = origin;
    let client = &client.id;
    while !write.insert_token(&NewToken {
        token: &token,
        digest: &minted.digest,
        client,
        secret,
        grant,
        code,
    })? {
        token.id = mint::token_id(random, now);
    }
    Ok(IssuedToken { plain: minted.plain, token })
}

/// What a user's authorization gives a consumer: an access token, and a refresh token for the next one.
pub struct IssuedPair {
    /// For resource servers.
    pub access: IssuedToken,
    /// For this service.
    pub refresh: IssuedToken,
    /// The authorization that both rest on.
    pub grant: GrantId,
}

/// What an access token and its refresh token are issued for.
struct Pair<'a> {
    client: &'a Client,
    secret: Option<&'a SecretId>,
    grant: &'a GrantId,
    code: &'a Digest,
    /// Of the access token.
    scopes: ScopeSet,
    /// Of the refresh token: a narrower access token does not shrink it (RFC 6749 section 6).
    all_scopes: ScopeSet,
}

fn issue_pair(change: &mut Change<'_>, pair: Pair<'_>) -> Result<IssuedPair, StoreError> {
    let now = change.now();
    let Pair { client, secret, grant, code, scopes, all_scopes } = pair;
    let origin = Origin { secret, grant: Some(grant), code: Some(code) };
    // A refresh token is worth nothing without a live secret, so it does not end with the one that was shown for it: a
    // rotation in a hurry would else sign out every user.
    let refresh_origin = Origin { secret: None, ..origin };
    let (write, random) = change.write_and_random();
    let access = issue(write, random, now, TokenKind::Access, client, scopes, origin)?;
    let refresh = issue(write, random, now, TokenKind::Refresh, client, all_scopes, refresh_origin)?;
    Ok(IssuedPair { access, refresh, grant: grant.clone() })
}

/// What introspection found.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// A token that is accepted.
    Token(Box<HeldToken>),
    /// A client secret that is accepted.
    Secret(Box<HeldSecret>),
    /// Anything else, with the reason where one is known.
    Inactive,
}

/// Whether a presented credential is accepted at `now` (RFC 7662). Takes tokens and client secrets. Whoever answers with
/// it must not let a refresh token look like something that a resource server could accept (RFC 9700 section 4.10).
///
/// # Errors
/// Fails where the store cannot be read.
pub fn introspect(
    read: &dyn ReadTx,
    plain: &SecretText,
    now: Timestamp,
) -> Result<Introspection, StoreError> {
    match recognise(plain) {
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => {
            let held = read.token_by_digest(&Digest::of(plain))?;
            Ok(held
                .filter(|held| held.refusal(now).is_none())
                .map_or(Introspection::Inactive, |held| Introspection::Token(Box::new(held))))
        }
        Ok(Recognised::ClientSecret(_)) => Ok(verify(read, plain, now)?
            .map_or(Introspection::Inactive, |held| Introspection::Secret(Box::new(held)))),
        Ok(Recognised::AuthorizationCode) | Err(_) => Ok(Introspection::Inactive),
    }
}

/// The stored token behind a presented one.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn by_plain(read: &dyn ReadTx, plain: &SecretText) -> Result<Option<HeldToken>, StoreError> {
    match recognise(plain) {
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => read.token_by_digest(&Digest::of(plain)),
        Ok(Recognised::ClientSecret(_) | Recognised::AuthorizationCode) | Err(_) => Ok(None),
    }
}

/// Ends a token; true if it was not ended already. A refresh token takes everything along that comes from the same
/// authorization code (RFC 7009 section 2.1).
///
/// # Errors
/// Asks for a reason where the base wants one.
pub fn revoke(change: &mut Change<'_>, held: &mut HeldToken) -> Result<bool, ActionError> {
    if held.token.revoked_at.is_some() {
        return Ok(false);
    }
    change.require_reason()?;
    let now = change.now();
    change.write().revoke_token(&held.token.id, now)?;
    if held.token.kind == TokenKind::Refresh {
        change.write().end_family_of_token(&held.token.id, now)?;
        held.family_ended_at.get_or_insert(now);
    }
    change.record(ObjectKind::Token, Verb::Revoke, &held.token.id, &held.client.name, vec!["state"]);
    held.token.revoked_at = Some(now);
    Ok(true)
}

/// Every token that a filter finds.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn all_matching(
    read: &dyn ReadTx,
    filter: &TokenFilter,
    now: Timestamp,
) -> Result<Vec<HeldToken>, ActionError> {
    crate::actions::resolve::all_pages(|request| read.list_tokens(filter, request, now))
}
