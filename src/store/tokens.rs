//! Access and refresh tokens.

use crate::credentials::digest::Digest;
use crate::domain::family::Nonce;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, GrantId, SecretId, TokenId};
use crate::domain::page::{Page, PageRequest, TokenFilter};
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, TokenRecord};

use crate::store::error::StoreError;
use crate::store::lookup::Match;

/// A token to be stored.
pub struct NewToken<'a> {
    pub token: &'a Token,
    /// Digest of the text of an access token, or of the selector of a refresh token.
    pub digest: &'a Digest,
    pub client: &'a ClientId,
    /// The secret with which the client authenticated.
    pub secret: Option<&'a SecretId>,
    /// The grant that allows the token.
    pub grant: Option<&'a GrantId>,
    /// Digest of the authorization code from which the token was issued.
    pub code: Option<&'a Digest>,
}

/// The exchange of a refresh token for its successor.
pub struct RefreshExchange<'a> {
    pub token: &'a TokenId,
    /// Digest of the presented token, which must be the newest one of its family.
    pub presented: &'a Digest,
    /// Digest of the successor.
    pub successor: &'a Digest,
    /// The nonce from which the successor was derived, if the exchange may be repeated.
    pub nonce: Option<&'a Nonce>,
    /// Expiry of the successor.
    pub expires_at: Timestamp,
}

/// Reads of tokens.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait TokenReads {
    /// Returns the digest of the authorization code from which a token was issued.
    fn code_of_token(&self, id: &TokenId) -> Result<Option<Digest>, StoreError>;
    /// Returns the refresh token whose selector has the digest `selector`, with the place of the token with the digest
    /// `presented` in its family, and the objects on which its validity depends.
    fn refresh_token(&self, selector: &Digest, presented: &Digest)
    -> Result<Option<TokenRecord>, StoreError>;
    /// Returns the access token with this digest, and the objects on which its validity depends.
    fn token_by_digest(&self, digest: &Digest) -> Result<Option<TokenRecord>, StoreError>;
    /// Finds tokens by a handle: an exact id or the prefix of an id.
    fn find_token(&self, handle: &Handle) -> Result<Match<TokenRecord>, StoreError>;
    /// Returns a page of tokens, newest first.
    fn list_tokens(
        &self,
        filter: &TokenFilter,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<TokenRecord>, StoreError>;
    /// Returns at most `limit` tokens whose id starts with `prefix` and that are neither expired nor revoked, for
    /// completion.
    fn tokens_starting(
        &self,
        prefix: &str,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<TokenRecord>, StoreError>;
}

/// Changes of tokens.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait TokenWrites {
    /// Adds a token. Returns false if another token has its id.
    fn insert_token(&mut self, token: &NewToken<'_>) -> Result<bool, StoreError>;
    /// Revokes one token that is not revoked.
    fn revoke_token(&mut self, id: &TokenId) -> Result<(), StoreError>;
    /// Begins the family of a refresh token that was just added. `newest` is the digest of its text.
    fn begin_family(&mut self, token: &TokenId, newest: &Digest) -> Result<(), StoreError>;
    /// Exchanges the newest refresh token of a family for its successor, which is issued now. Returns false if the presented
    /// token is not the newest one.
    fn exchange_refresh_token(&mut self, exchange: &RefreshExchange<'_>) -> Result<bool, StoreError>;
    /// Uses the newest refresh token of a family without a successor: it expires at `expires_at`, and the exchange before it
    /// cannot be repeated any more. Returns false if the presented token is not the newest one.
    fn use_refresh_token(
        &mut self,
        token: &TokenId,
        presented: &Digest,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Erases at most `limit` nonces of exchanges that can no longer be repeated.
    fn erase_nonces(&mut self, limit: u32) -> Result<(), StoreError>;
}
