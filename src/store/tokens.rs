//! Tokens in the store.

use crate::credentials::digest::Digest;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, GrantId, SecretId, TokenId};
use crate::domain::page::{Page, PageRequest, TokenFilter};
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, TokenRecord};

use crate::store::{Match, StoreError};

/// A token to be stored.
pub struct NewToken<'a> {
    /// What it is.
    pub token: &'a Token,
    /// What it is looked up by.
    pub digest: &'a Digest,
    /// Who it is issued to.
    pub client: &'a ClientId,
    /// The secret that was presented for it.
    pub secret: Option<&'a SecretId>,
    /// The grant it rests on.
    pub grant: Option<&'a GrantId>,
    /// The authorization code it comes from.
    pub code: Option<&'a Digest>,
}

/// Reads of tokens. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait TokenReads {
    /// The digest of the authorization code that a token comes from.
    fn code_of_token(&self, id: &TokenId) -> Result<Option<Digest>, StoreError>;
    /// The token with that digest, and all that its validity hangs on.
    fn token_by_digest(&self, digest: &Digest) -> Result<Option<TokenRecord>, StoreError>;
    /// What a handle leads to: an id or the beginning of one.
    fn find_token(&self, handle: &Handle) -> Result<Match<TokenRecord>, StoreError>;
    /// A page of tokens, newest first.
    fn list_tokens(
        &self,
        filter: &TokenFilter,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<TokenRecord>, StoreError>;
    /// Tokens neither expired nor revoked whose id begins so, newest first: at most `limit`, for completion.
    fn tokens_starting(
        &self,
        prefix: &str,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<TokenRecord>, StoreError>;
}

/// Changes of tokens. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait TokenWrites {
    /// Adds a token. False if another has its id.
    fn insert_token(&mut self, token: &NewToken<'_>) -> Result<bool, StoreError>;
    /// Notes that a secret has obtained its first token.
    fn note_first_use(&mut self, secret: &SecretId, at: Timestamp) -> Result<(), StoreError>;
    /// Ends a token by itself.
    fn revoke_token(&mut self, id: &TokenId, at: Timestamp) -> Result<(), StoreError>;
    /// Uses a refresh token. False if it was used before.
    fn use_refresh_token(&mut self, id: &TokenId, at: Timestamp) -> Result<bool, StoreError>;
}
