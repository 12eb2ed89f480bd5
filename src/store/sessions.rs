//! Sessions in the store. The cookie that a browser keeps is known here by its digest alone.

use crate::credentials::digest::Digest;
use crate::domain::id::UserId;
use crate::domain::session::SessionRecord;
use crate::domain::time::Timestamp;

use crate::store::StoreError;

/// A session to be stored.
pub struct NewSession<'a> {
    /// What it is looked up by.
    pub digest: &'a Digest,
    /// The browser, by the digest of its own cookie.
    pub browser: &'a Digest,
    /// Who signed in.
    pub user: &'a UserId,
    /// When.
    pub at: Timestamp,
    /// From when on it is over.
    pub expires_at: Timestamp,
}

/// Reads of sessions. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SessionReads {
    /// The session with that digest, and its user.
    fn session_by_digest(&self, digest: &Digest) -> Result<Option<SessionRecord>, StoreError>;
    /// Whether that user has signed in with that browser before.
    fn is_known_browser(&self, browser: &Digest, user: &UserId) -> Result<bool, StoreError>;
}

/// Changes of sessions. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SessionWrites {
    /// Adds a session of its user's present epoch.
    fn insert_session(&mut self, session: &NewSession<'_>) -> Result<(), StoreError>;
    /// Ends a session.
    fn end_session(&mut self, digest: &Digest, at: Timestamp) -> Result<(), StoreError>;
    /// Removes sessions that were over before that moment: at most `limit` of them.
    fn sweep_sessions(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError>;
}
