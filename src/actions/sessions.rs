//! Sessions: signing in and recognising a signed-in browser.

use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::State;
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::name::Name;
use crate::domain::refusal::{Check, Decision, Refusal};
use crate::domain::secret_text::SecretText;
use crate::domain::session::{KNOWN_BROWSER, SESSION_LIFETIME, SessionRecord};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::sessions::NewSession;
use crate::store::{Match, ReadTx, StoreError, WriteTx};

/// The number of sessions of one user that the store keeps, live and ended. Bounds the table.
const KEPT_OF_USER: u32 = 100;
/// The number of old sessions that are deleted with each new one. Bounds the table.
const SWEEP: u32 = 4;

/// A user and the hash of the user's password.
#[derive(Clone, Debug)]
pub struct UserCredentials {
    pub user: User,
    /// The PHC string of the password.
    pub password_hash: String,
}

/// Returns the user with a sign-in name, or `None` if there is no such user.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn user_credentials(read: &dyn ReadTx, username: &str) -> Result<Option<UserCredentials>, StoreError> {
    let Ok(name) = username.parse::<Name>() else { return Ok(None) };
    let Match::One(user) = read.find_user(&Handle::Name(name))? else { return Ok(None) };
    Ok(read.password_hash(&user.id)?.map(|password_hash| UserCredentials { user, password_hash }))
}

/// A request to begin a session for a user whose password was verified.
pub struct SessionRequest {
    pub user: UserId,
    /// The PHC string against which the password was verified.
    pub password_hash: String,
    /// The digest of the cookie that identifies the browser.
    pub browser: Digest,
    /// The digest of the browser's previous session cookie.
    pub replaced: Option<Digest>,
}

/// Begins a session and returns its new cookie, so that a cookie from before the sign-in is never reused. The user is
/// read again, because an administrator may have disabled the user or changed the password during the verification. The
/// user's oldest session ends if there are too many.
///
/// # Errors
/// [`StoreError`] if the store cannot be written. A refusal is a [`Decision`].
pub fn begin(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    request: &SessionRequest,
) -> Result<Decision<SecretText>, StoreError> {
    let Match::One(user) = write.find_user(&Handle::Id(request.user.to_string()))? else {
        return Ok(Decision::Refused(Check::UnknownUser.into()));
    };
    if user.state() != State::Active {
        let since = user.disabled_at.unwrap_or(now);
        let refusal = Refusal::from(Check::SignInDisabled { since });
        return Ok(Decision::Refused(Box::new(refusal.about(&user))));
    }
    if write.password_hash(&user.id)?.as_deref() != Some(request.password_hash.as_str()) {
        return Ok(Decision::Refused(Box::new(Refusal::from(Check::WrongPassword).about(&user))));
    }
    if let Some(replaced) = &request.replaced {
        write.end_session(replaced)?;
    }
    write.sweep_sessions(now.minus(KNOWN_BROWSER), SWEEP)?;
    let cookie = mint::browser_secret(random);
    write.insert_session(&NewSession {
        digest: &Digest::of(&cookie),
        browser: &request.browser,
        user: &user.id,
        expires_at: now.plus(SESSION_LIFETIME),
    })?;
    write.delete_oldest_sessions(&user.id, KEPT_OF_USER)?;
    Ok(Decision::Allowed(cookie))
}

/// Returns the session of a cookie if it authenticates a user at `now`.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn current(
    read: &dyn ReadTx,
    digest: &Digest,
    now: Timestamp,
) -> Result<Option<SessionRecord>, StoreError> {
    Ok(read.session_by_digest(digest)?.filter(|session| session.is_live(now)))
}
