//! Decisions on the consent page, and the authorization codes that are issued for them.

use crate::credentials::digest::Digest;
use crate::domain::code::{CodeBinding, CodeRecord, RedirectTarget};
use crate::domain::id::{ClientId, GrantId, TokenId};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// A decision on the consent page to be stored.
pub struct NewConsentDecision<'a> {
    /// The digest of the form's seal.
    pub form: &'a Digest,
    /// The digest of the session's cookie. The session must exist.
    pub session: &'a Digest,
    /// The moment at which the form expires.
    pub expires_at: Timestamp,
}

/// The outcome of recording a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionRecord {
    /// The form is answered now.
    Recorded,
    /// The form was answered before.
    AnsweredBefore,
    /// The session has too many decisions; the first of their forms expires at `until`.
    Full { until: Timestamp },
}

/// An authorization code to be stored.
pub struct NewCode<'a> {
    pub digest: &'a Digest,
    pub client: &'a ClientId,
    /// The grant that allows the code and the tokens issued from it.
    pub grant: &'a GrantId,
    pub redirect_uri: &'a RedirectTarget,
    pub scopes: &'a ScopeSet,
    pub binding: &'a CodeBinding,
    pub expires_at: Timestamp,
}

/// Reads of codes.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeReads {
    /// Returns the code with this digest, and the objects on which its validity depends.
    fn code_by_digest(&self, digest: &Digest) -> Result<Option<CodeRecord>, StoreError>;
    /// Returns the moment at which the `nth` latest code of a grant was issued after `since` and until `now`, counted from 1.
    fn nth_latest_code(
        &self,
        grant: &GrantId,
        since: Timestamp,
        now: Timestamp,
        nth: u32,
    ) -> Result<Option<Timestamp>, StoreError>;
}

/// Changes of codes and decisions on the consent page.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait CodeWrites {
    /// Records the decision about a consent form, unless it was recorded before or the session has `most` decisions whose
    /// forms have not expired. Deletes the session's decisions whose forms have expired.
    fn record_consent_decision(
        &mut self,
        decision: &NewConsentDecision<'_>,
        most: u32,
    ) -> Result<DecisionRecord, StoreError>;
    /// Deletes at most `limit` decisions about forms that expired before `before`.
    fn sweep_consent_decisions(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError>;
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
