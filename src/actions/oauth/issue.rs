//! Minting and storing tokens, and the checks in the transaction that stores them.

use crate::actions::authenticate::ensure_usable;
use crate::actions::stop::Stop;
use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::credentials::refresh;
use crate::domain::client::{Client, Profile};
use crate::domain::consumer::GrantType;
use crate::domain::family::RefreshRules;
use crate::domain::id::{ClientId, GrantId, SecretId};
use crate::domain::refusal::{Check, Refusal};
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Secret;
use crate::domain::secret_text::SecretText;
use crate::domain::time::{Span, Timestamp};
use crate::domain::token::{Token, TokenKind};
use crate::store::tokens::NewToken;
use crate::store::{ReadTx, StoreError, WriteTx};

/// A token that was just issued.
pub struct IssuedToken {
    /// The token itself, which is delivered once.
    pub plain: SecretText,
    pub token: Token,
}

/// The tokens of a user's authorization: an access token, and a refresh token for the next one.
pub struct IssuedPair {
    /// The access token, for resource servers.
    pub access: IssuedToken,
    /// The refresh token, for this service, which is delivered once.
    pub refresh: SecretText,
    /// The grant on which both are based.
    pub grant: GrantId,
    /// The scopes that the client asked for with this request. Empty for a code: the authorization request asked for them.
    pub asked: ScopeSet,
}

/// The objects on which a token is based.
#[derive(Clone, Copy)]
pub(crate) struct TokenOrigin<'a> {
    pub client: &'a Client,
    pub secret: Option<&'a SecretId>,
    pub grant: Option<&'a GrantId>,
    pub code: Option<&'a Digest>,
    /// The end of the family by its lifetime. `None` if it has no such end, and for a token of the client itself.
    pub family_end: Option<Timestamp>,
}

/// Reads the client again in the transaction that issues, because an administrator may have disabled or revoked it since it
/// was authenticated.
///
/// # Errors
/// [`Stop::Refused`] if the client is not usable or may not use the grant type; [`StoreError`] if the store cannot be read.
pub(crate) fn reload_client(
    read: &dyn ReadTx,
    id: &ClientId,
    grant_type: GrantType,
    asked: &'static str,
    now: Timestamp,
) -> Result<Client, Stop<StoreError>> {
    let client = read.client(id)?.ok_or_else(|| read.damaged("the row of a client is missing"))?;
    ensure_may_use(&client, grant_type, asked, now)?;
    Ok(client)
}

/// Refuses a client that is not usable at `now` or was not added for the grant type. `asked` is the grant type that was sent:
/// a refresh needs the authorization code.
///
/// # Errors
/// [`Refusal`] with the cause.
pub(crate) fn ensure_may_use(
    client: &Client,
    grant_type: GrantType,
    asked: &'static str,
    now: Timestamp,
) -> Result<(), Box<Refusal>> {
    ensure_usable(client, now)?;
    if client.may_use(grant_type) {
        Ok(())
    } else {
        let check = Check::GrantTypeNotAllowed { asked };
        Err(Box::new(Refusal::from(check).of(client)))
    }
}

/// Checks the secret that the client presented again, in the transaction that issues.
///
/// # Errors
/// [`Stop::Refused`] if the secret is not valid any more; [`StoreError`] if the store fails.
pub(crate) fn reload_secret(
    write: &mut dyn WriteTx,
    client: &Client,
    id: &SecretId,
    now: Timestamp,
) -> Result<(), Stop<StoreError>> {
    let secret = write.secrets_of(&client.id)?.into_iter().find(|secret| secret.id == *id);
    recheck_secret(write, &secret.ok_or(Check::SecretUnknown)?, now)
}

/// Refuses a secret that has ended since its client was authenticated. The first use of a secret is written at once, so that
/// a rotation knows whether the secret is in use.
///
/// # Errors
/// [`Stop::Refused`] if the secret is not valid any more; [`StoreError`] if the store fails.
pub(crate) fn recheck_secret(
    write: &mut dyn WriteTx,
    secret: &Secret,
    now: Timestamp,
) -> Result<(), Stop<StoreError>> {
    if let Some(check) = Check::of_secret(secret, now) {
        return Err(check.into());
    }
    if secret.first_used_at.is_none() {
        write.record_first_use(&secret.id)?;
    }
    Ok(())
}

/// Returns the expiry of a token that is issued at `now`. A token never outlives its client.
pub(crate) fn expiry(client: &Client, lifetime: Span, now: Timestamp) -> Timestamp {
    let end = now.plus(lifetime);
    client.expires_at.map_or(end, |client_end| client_end.min(end))
}

/// Stores a token under a new id.
fn insert(
    write: &mut dyn WriteTx,
    random: &mut Random,
    digest: &Digest,
    mut token: Token,
    origin: TokenOrigin<'_>,
) -> Result<Token, StoreError> {
    let TokenOrigin { client, secret, grant, code, family_end: _ } = origin;
    let client = &client.id;
    while !write.insert_token(&NewToken { token: &token, digest, client, secret, grant, code })? {
        token.id = mint::token_id(random, token.issued_at);
    }
    Ok(token)
}

/// Mints an access token and stores it. It never outlives its family.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub(crate) fn issue_access_token(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    scopes: ScopeSet,
    origin: TokenOrigin<'_>,
) -> Result<IssuedToken, StoreError> {
    let own_lifetime = match &origin.client.profile {
        Profile::Key => None,
        Profile::Consumer(profile) => profile.access_token_lifetime,
    };
    let lifetime = match own_lifetime {
        Some(lifetime) => lifetime,
        None => write.settings()?.access_token_lifetime,
    };
    let end = expiry(origin.client, lifetime, now);
    let minted = mint::access_token(random);
    let token = Token {
        id: mint::token_id(random, now),
        kind: TokenKind::Access,
        scopes,
        issued_at: now,
        expires_at: origin.family_end.map_or(end, |family_end| family_end.min(end)),
        revoked_at: None,
    };
    let token = insert(write, random, &minted.digest, token, origin)?;
    Ok(IssuedToken { plain: minted.plain, token })
}

/// Mints the first refresh token of a family and stores it. Returns its text.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub(crate) fn begin_family(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    scopes: ScopeSet,
    origin: TokenOrigin<'_>,
) -> Result<SecretText, StoreError> {
    let rules = RefreshRules::of(origin.client, &write.settings()?);
    let minted = mint::refresh_token(random);
    let selector = refresh::selector(&minted.plain).expect("a minted refresh token has a selector");
    let token = Token {
        id: mint::token_id(random, now),
        kind: TokenKind::Refresh,
        scopes,
        issued_at: now,
        expires_at: expiry(origin.client, rules.idle_lifetime, now),
        revoked_at: None,
    };
    // A refresh token is useless without a valid secret, so it does not end with the secret that obtained it: otherwise an
    // urgent rotation would sign out every user.
    let token = insert(write, random, &selector, token, TokenOrigin { secret: None, ..origin })?;
    write.begin_family(&token.id, &minted.digest)?;
    Ok(minted.plain)
}
