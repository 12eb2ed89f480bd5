//! Sessions: browsers in which a user is signed in.

use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// The maximum duration of a session.
pub const SESSION_LIFETIME: Span = Span::hours(12);
/// A session without a request for this long ends.
pub const SESSION_IDLE: Span = Span::hours(1);

/// A browser is known to a user for this long after the user's last session in it.
pub const KNOWN_BROWSER: Span = Span::days(90);

/// A session and its user, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    pub user: User,
    /// The moment at which the user entered the password.
    pub authenticated_at: Timestamp,
    /// The moment of the last request, about one minute late.
    pub last_seen_at: Timestamp,
    /// The session is refused from this moment on.
    pub expires_at: Timestamp,
    /// The moment of the sign-out or of another early end.
    pub ended_at: Option<Timestamp>,
    /// True if the user was disabled, or the password was changed, after the session began.
    pub is_outdated: bool,
}

impl SessionRecord {
    /// Returns true if the session authenticates its user at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none()
            && !self.is_outdated
            && self.user.disabled_at.is_none()
            && now < self.expires_at
            && now < self.last_seen_at.plus(SESSION_IDLE)
    }
}
