//! What users are asked, and the authorization codes that come of it.

use crate::credentials::digest::Digest;
use crate::domain::code::{CodeChallenge, CodeRecord, RedirectTarget};
use crate::domain::id::{ClientId, GrantId, TokenId};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

use crate::store::StoreError;

/// What a consumer asks of a user, checked, and waiting for the user's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRequest {
    /// Who asks.
    pub client: ClientId,
    /// Where the answer goes.
    pub redirect_uri: RedirectTarget,
    /// What the answer repeats, as it was sent.
    pub state: Option<String>,
    /// What is asked for.
    pub scopes: ScopeSet,
    /// What the redeemer of the code must prove.
    pub challenge: CodeChallenge,
}

/// A code to be stored.
pub struct NewCode<'a> {
    /// What it is looked up by.
    pub digest: &'a Digest,
    /// Who it is issued to.
    pub client: &'a ClientId,
    /// The grant it rests on.
    pub grant: &'a GrantId,
    /// Where it is sent.
    pub redirect_uri: &'a RedirectTarget,
    /// What the user allowed.
    pub scopes: &'a ScopeSet,
    /// What its redeemer must prove.
    pub challenge: &'a CodeChallenge,
    /// When.
    pub at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
}

/// Reads of codes. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeReads {
    /// The code with that digest, and all that its validity hangs on.
    fn code_by_digest(&self, digest: &Digest) -> Result<Option<CodeRecord>, StoreError>;
    /// What the user of that session is being asked on the page whose form has that token, unless that was too long ago.
    fn consent_request(
        &self,
        form: &Digest,
        session: &Digest,
        now: Timestamp,
    ) -> Result<Option<ConsentRequest>, StoreError>;
}

/// Changes of codes. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeWrites {
    /// Notes what a user is being asked.
    fn insert_consent_request(
        &mut self,
        form: &Digest,
        session: &Digest,
        request: &ConsentRequest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes away what a user was asked. False if somebody has taken it before.
    fn take_consent_request(&mut self, form: &Digest, session: &Digest) -> Result<bool, StoreError>;
    /// Removes questions that were not answered before that moment: at most `limit` of them.
    fn sweep_consent_requests(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError>;
    /// Adds a code.
    fn insert_code(&mut self, code: &NewCode<'_>) -> Result<(), StoreError>;
    /// Uses a code. False if it was used before.
    fn redeem_code(&mut self, digest: &Digest, at: Timestamp) -> Result<bool, StoreError>;
    /// Ends all that was issued from a code. False if that was done before.
    fn end_family_of_code(&mut self, digest: &Digest, at: Timestamp) -> Result<bool, StoreError>;
    /// Ends all that was issued from the code that a token comes from. False if that was done before.
    fn end_family_of_token(&mut self, token: &TokenId, at: Timestamp) -> Result<bool, StoreError>;
}
