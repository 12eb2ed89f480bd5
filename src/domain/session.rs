//! Sessions: browsers in which somebody is signed in.

use crate::domain::time::{Span, Timestamp};
use crate::domain::user::User;

/// How long a session lasts at most.
pub const SESSION_LIFETIME: Span = Span::hours(12);
/// How long a session lasts without a request.
pub const SESSION_IDLE: Span = Span::hours(1);

/// How long after its last session a browser counts as one that its user has signed in with before.
pub const KNOWN_BROWSER: Span = Span::days(90);

/// A session with the user whose it is, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSession {
    /// Who is signed in.
    pub user: User,
    /// When they gave their password.
    pub authenticated_at: Timestamp,
    /// When the last request came, within a minute or so.
    pub last_seen_at: Timestamp,
    /// From when on it is over.
    pub expires_at: Timestamp,
    /// When it was ended by itself.
    pub ended_at: Option<Timestamp>,
    /// Whether its user was disabled or got another password since it began.
    pub is_outdated: bool,
}

impl HeldSession {
    /// Whether somebody counts as signed in by it.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none()
            && !self.is_outdated
            && self.user.disabled_at.is_none()
            && now < self.expires_at
            && now < self.last_seen_at.plus(SESSION_IDLE)
    }
}
