//! Tokens: issuing, introspecting and ending them.

use crate::domain::audit::{ObjectKind, Verb};
use crate::domain::client::{Client, GrantType, Profile};
use crate::domain::id::{ClientId, SecretId, TokenId};
use crate::domain::page::TokenFilter;
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::token::{HeldSecret, HeldToken, Token, TokenKind};
use crate::secrets::digest::Digest;
use crate::secrets::format::{Recognised, recognise};
use crate::secrets::mint::{self, Random};
use crate::secrets::plain::Plain;
use crate::store::tokens::NewToken;
use crate::store::{ReadTx, StoreError, WriteTx};

use super::secrets::{VerifyRefusal, verify};
use super::{ActionError, Change};

/// A client that has proved who it is.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who it is.
    pub client: Client,
    /// By which secret.
    pub secret: SecretId,
}

/// Authenticates a client by its id and secret. Every refusal looks alike to the caller of the service.
///
/// # Errors
/// The outer error is the store's; the inner one says why the client is refused.
pub fn authenticate(
    read: &dyn ReadTx,
    client_id: &str,
    secret: &Plain,
    now: Timestamp,
) -> Result<Result<Authenticated, VerifyRefusal>, StoreError> {
    Ok(verify(read, secret, now)?.and_then(|HeldSecret { secret: Secret { id, .. }, client }| {
        if client.id.as_str() == client_id {
            Ok(Authenticated { client, secret: id })
        } else {
            Err(VerifyRefusal::Unknown)
        }
    }))
}

/// Why no token was issued, in the words of RFC 6749 section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueRefusal {
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// A scope that the client does not hold.
    InvalidScope,
    /// The client is refused by now.
    InvalidClient,
}

/// The scopes to issue: all that the client holds where none was asked for, else exactly those asked for.
///
/// # Errors
/// Refuses scopes that the client does not hold, and an answer of no scopes at all.
pub fn narrow(client: &Client, asked: Option<&ScopeSet>) -> Result<ScopeSet, IssueRefusal> {
    let held = client.scopes();
    let scopes = match asked {
        None => held,
        Some(asked) if held.covers(asked) => asked.clone(),
        Some(_) => return Err(IssueRefusal::InvalidScope),
    };
    if scopes.is_empty() { Err(IssueRefusal::InvalidScope) } else { Ok(scopes) }
}

/// A token just issued.
pub struct IssuedToken {
    /// To be handed over once.
    pub plain: Plain,
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
/// The outer error is the store's; the inner one says why no token was issued.
pub fn issue_client_credentials(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    request: &ClientCredentials,
) -> Result<Result<IssuedToken, IssueRefusal>, StoreError> {
    let Some(client) = write.client(&request.client)?.filter(|client| client.refusal(now).is_none()) else {
        return Ok(Err(IssueRefusal::InvalidClient));
    };
    let secret = write.secrets_of(&client.id)?.into_iter().find(|secret| secret.id == request.secret);
    let Some(secret) = secret.filter(|secret| secret.is_live(now)) else {
        return Ok(Err(IssueRefusal::InvalidClient));
    };
    if !client.may_use(GrantType::ClientCredentials) {
        return Ok(Err(IssueRefusal::UnauthorizedClient));
    }
    let scopes = match narrow(&client, request.scopes.as_ref()) {
        Ok(scopes) => scopes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let own_lifetime = match &client.profile {
        Profile::Key => None,
        Profile::Consumer(profile) => profile.access_token_lifetime,
    };
    let lifetime = match own_lifetime {
        Some(lifetime) => lifetime,
        None => write.settings()?.access_token_lifetime,
    };
    // A token never outlives its client.
    let expires_at = client.expires_at.map_or(now.plus(lifetime), |end| end.min(now.plus(lifetime)));
    let minted = mint::access_token(random);
    let token = Token {
        id: TokenId::from_random(&mint::id(random)),
        kind: TokenKind::Access,
        scopes,
        issued_at: now,
        expires_at,
        revoked_at: None,
    };
    write.insert_token(&NewToken {
        token: &token,
        digest: &minted.digest,
        client: &client.id,
        secret: Some(&request.secret),
        grant: None,
    })?;
    // Once in a secret's life, so that a rotation knows at once that somebody would miss it.
    if secret.first_used_at.is_none() {
        write.note_first_use(&secret.id, now)?;
    }
    Ok(Ok(IssuedToken { plain: minted.plain, token }))
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

/// Whether a presented credential is accepted at `now` (RFC 7662). Takes access tokens and client secrets; a refresh
/// token is not shown as something a resource server could accept (RFC 9700 section 4.10).
///
/// # Errors
/// Fails where the store cannot be read.
pub fn introspect(read: &dyn ReadTx, plain: &Plain, now: Timestamp) -> Result<Introspection, StoreError> {
    match recognise(plain) {
        Ok(Recognised::AccessToken) => {
            let held = read.token_by_digest(&Digest::of(plain))?;
            Ok(held
                .filter(|held| held.token.kind == TokenKind::Access && held.refusal(now).is_none())
                .map_or(Introspection::Inactive, |held| Introspection::Token(Box::new(held))))
        }
        Ok(Recognised::ClientSecret(_)) => Ok(verify(read, plain, now)?
            .map_or(Introspection::Inactive, |held| Introspection::Secret(Box::new(held)))),
        Ok(Recognised::RefreshToken | Recognised::AuthorizationCode) | Err(_) => Ok(Introspection::Inactive),
    }
}

/// The stored token behind a presented one.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn by_plain(read: &dyn ReadTx, plain: &Plain) -> Result<Option<HeldToken>, StoreError> {
    match recognise(plain) {
        Ok(Recognised::AccessToken | Recognised::RefreshToken) => read.token_by_digest(&Digest::of(plain)),
        Ok(Recognised::ClientSecret(_) | Recognised::AuthorizationCode) | Err(_) => Ok(None),
    }
}

/// Ends a token by itself; true if it was not ended already.
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
    super::select::all_pages(|request| read.list_tokens(filter, request, now))
}
