//! Access and refresh tokens.

use crate::credentials::digest::Digest;
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
    pub digest: &'a Digest,
    pub client: &'a ClientId,
    /// The secret with which the client authenticated.
    pub secret: Option<&'a SecretId>,
    /// The grant that allows the token.
    pub grant: Option<&'a GrantId>,
    /// Digest of the authorization code from which the token was issued.
    pub code: Option<&'a Digest>,
}

/// Reads of tokens.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait TokenReads {
    /// Returns the digest of the authorization code from which a token was issued.
    fn code_of_token(&self, id: &TokenId) -> Result<Option<Digest>, StoreError>;
    /// Returns the token with this digest, and the objects on which its validity depends.
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
    /// Uses a refresh token. Returns false if it was used before.
    fn use_refresh_token(&mut self, id: &TokenId) -> Result<bool, StoreError>;
}
