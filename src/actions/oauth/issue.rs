//! Minting and storing tokens, and the checks in the transaction that stores them.

use crate::actions::Change;
use crate::actions::authenticate::ensure_usable;
use crate::actions::stop::Stop;
use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::client::{Client, Profile};
use crate::domain::consumer::GrantType;
use crate::domain::id::{ClientId, GrantId, SecretId};
use crate::domain::refusal::{Check, Refusal};
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Secret;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
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
    /// The refresh token, for this service.
    pub refresh: IssuedToken,
    /// The grant on which both are based.
    pub grant: GrantId,
}

/// The objects on which a token is based.
#[derive(Clone, Copy)]
pub(crate) struct TokenOrigin<'a> {
    pub secret: Option<&'a SecretId>,
    pub grant: Option<&'a GrantId>,
    pub code: Option<&'a Digest>,
}

/// The objects that an access token and its refresh token are issued for.
pub(crate) struct PairOrigin<'a> {
    pub client: &'a Client,
    pub secret: Option<&'a SecretId>,
    pub grant: &'a GrantId,
    pub code: &'a Digest,
    /// The scopes of the access token.
    pub scopes: ScopeSet,
    /// The scopes of the refresh token: a narrower access token does not shrink it (RFC 6749 section 6).
    pub all_scopes: ScopeSet,
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
    now: Timestamp,
) -> Result<Client, Stop<StoreError>> {
    let client =
        read.client(id)?.ok_or_else(|| StoreError::Damaged("the row of a client is missing".to_owned()))?;
    ensure_may_use(&client, grant_type, now)?;
    Ok(client)
}

/// Refuses a client that is not usable at `now` or was not added for the grant type.
///
/// # Errors
/// [`Refusal`] with the cause.
pub(crate) fn ensure_may_use(
    client: &Client,
    grant_type: GrantType,
    now: Timestamp,
) -> Result<(), Box<Refusal>> {
    ensure_usable(client, now)?;
    if client.may_use(grant_type) {
        Ok(())
    } else {
        let check = Check::GrantTypeNotAllowed { asked: grant_type.as_str() };
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

/// Mints a token and stores it.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub(crate) fn issue(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    kind: TokenKind,
    client: &Client,
    scopes: ScopeSet,
    origin: TokenOrigin<'_>,
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
    let TokenOrigin { secret, grant, code } = origin;
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

/// Issues an access token and a refresh token for a user's authorization.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub(crate) fn issue_pair(change: &mut Change<'_>, pair: PairOrigin<'_>) -> Result<IssuedPair, StoreError> {
    let now = change.now();
    let PairOrigin { client, secret, grant, code, scopes, all_scopes } = pair;
    let origin = TokenOrigin { secret, grant: Some(grant), code: Some(code) };
    // A refresh token is useless without a valid secret, so it does not end with the secret that obtained it: otherwise an
    // urgent rotation would sign out every user.
    let refresh_origin = TokenOrigin { secret: None, ..origin };
    let (write, random) = change.write_and_random();
    let access = issue(write, random, now, TokenKind::Access, client, scopes, origin)?;
    let refresh = issue(write, random, now, TokenKind::Refresh, client, all_scopes, refresh_origin)?;
    Ok(IssuedPair { access, refresh, grant: grant.clone() })
}
