//! Sessions of signed-in users. The store knows a session by the digest of its cookie.

use crate::credentials::digest::Digest;
use crate::domain::id::UserId;
use crate::domain::session::SessionRecord;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;

/// A session to be stored.
pub struct NewSession<'a> {
    pub digest: &'a Digest,
    /// Digest of the cookie that identifies the browser across sessions.
    pub browser: &'a Digest,
    pub user: &'a UserId,
    pub expires_at: Timestamp,
}

/// Reads of sessions.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SessionReads {
    /// Returns the session with this digest, and its user.
    fn session_by_digest(&self, digest: &Digest) -> Result<Option<SessionRecord>, StoreError>;
    /// Returns true if the user has signed in with this browser before.
    fn is_known_browser(&self, browser: &Digest, user: &UserId) -> Result<bool, StoreError>;
}

/// Changes of sessions.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait SessionWrites {
    /// Adds a session of a user who has authenticated now. It ends when the user's session epoch changes.
    fn insert_session(&mut self, session: &NewSession<'_>) -> Result<(), StoreError>;
    /// Ends a session that has not ended.
    fn end_session(&mut self, digest: &Digest) -> Result<(), StoreError>;
    /// Deletes the oldest sessions of a user beyond the newest `kept`.
    fn delete_oldest_sessions(&mut self, user: &UserId, kept: u32) -> Result<(), StoreError>;
    /// Deletes at most `limit` sessions that expired before `before`.
    fn sweep_sessions(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError>;
}
