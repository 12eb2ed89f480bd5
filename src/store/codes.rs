//! Consent requests, and the authorization codes that are issued once a user has allowed them.

use crate::credentials::digest::Digest;
use crate::domain::code::{CodeChallenge, CodeRecord, RedirectTarget};
use crate::domain::id::{ClientId, GrantId, TokenId};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// A valid authorization request that waits for the user's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRequest {
    pub client: ClientId,
    pub redirect_uri: RedirectTarget,
    /// The request's `state` parameter, which the response repeats unchanged.
    pub state: Option<String>,
    pub scopes: ScopeSet,
    /// PKCE challenge; the token request must prove its verifier.
    pub challenge: CodeChallenge,
}

/// An authorization code to be stored.
pub struct NewCode<'a> {
    pub digest: &'a Digest,
    pub client: &'a ClientId,
    /// The grant that allows the code and the tokens issued from it.
    pub grant: &'a GrantId,
    pub redirect_uri: &'a RedirectTarget,
    pub scopes: &'a ScopeSet,
    pub challenge: &'a CodeChallenge,
    pub expires_at: Timestamp,
}

/// Reads of codes and consent requests.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeReads {
    /// Returns the code with this digest, and the objects on which its validity depends.
    fn code_by_digest(&self, digest: &Digest) -> Result<Option<CodeRecord>, StoreError>;
    /// Returns the consent request whose form contains the CSRF token with digest `form`, if it belongs to `session` and
    /// has not expired.
    fn consent_request(
        &self,
        form: &Digest,
        session: &Digest,
        now: Timestamp,
    ) -> Result<Option<ConsentRequest>, StoreError>;
}

/// Changes of codes and consent requests.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeWrites {
    /// Adds a consent request of a session.
    fn insert_consent_request(
        &mut self,
        form: &Digest,
        session: &Digest,
        request: &ConsentRequest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Deletes a consent request. Returns false if it no longer exists, so that a decision counts once.
    fn take_consent_request(&mut self, form: &Digest, session: &Digest) -> Result<bool, StoreError>;
    /// Deletes at most `limit` consent requests that expired before `before`.
    fn sweep_consent_requests(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError>;
    /// Adds an authorization code that is issued now.
    fn insert_code(&mut self, code: &NewCode<'_>) -> Result<(), StoreError>;
    /// Redeems a code. Returns false if it was redeemed before.
    fn redeem_code(&mut self, digest: &Digest) -> Result<bool, StoreError>;
    /// Ends a code and all tokens issued from it. Returns false if they were ended before.
    fn end_family_of_code(&mut self, digest: &Digest) -> Result<bool, StoreError>;
    /// Ends the code from which a token was issued, and all tokens issued from that code. Returns false if they were ended
    /// before.
    fn end_family_of_token(&mut self, token: &TokenId) -> Result<bool, StoreError>;
}
