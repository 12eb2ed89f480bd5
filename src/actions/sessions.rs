//! Signing in and out.

use crate::credentials::digest::Digest;
use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::State;
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::name::Name;
use crate::domain::refusal::{Check, Decision, Refusal};
use crate::domain::secret_text::SecretText;
use crate::domain::session::{HeldSession, KNOWN_BROWSER, SESSION_LIFETIME};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::sessions::NewSession;
use crate::store::{Match, ReadTx, StoreError, WriteTx};

/// How many sessions that are long over go with each new one, so that they cannot pile up.
const ALONG: u32 = 4;

/// Somebody who may be about to sign in, and what their password is checked against.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The user.
    pub user: User,
    /// The PHC string of their password.
    pub password_hash: String,
}

/// The user with that sign-in name.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn candidate(read: &dyn ReadTx, username: &str) -> Result<Option<Candidate>, StoreError> {
    let Ok(name) = username.parse::<Name>() else { return Ok(None) };
    let Match::One(user) = read.find_user(&Handle::Name(name))? else { return Ok(None) };
    Ok(read.password_hash(&user.id)?.map(|password_hash| Candidate { user, password_hash }))
}

/// A sign-in whose password was right.
pub struct SignIn {
    /// Who.
    pub user: UserId,
    /// What the password was checked against.
    pub password_hash: String,
    /// The browser's own cookie.
    pub browser: Digest,
    /// The session that the browser had before.
    pub replaced: Option<Digest>,
}

/// Begins a session, with a new cookie whatever the browser had before (RFC 6749 section 10.12). The user is read again:
/// an administrator may have disabled them, or set another password, while this one was being checked.
///
/// # Errors
/// The outer error is the store's; the inner one says which check failed.
pub fn begin(
    write: &mut dyn WriteTx,
    random: &mut Random,
    now: Timestamp,
    sign_in: &SignIn,
) -> Result<Decision<SecretText>, StoreError> {
    let Match::One(user) = write.find_user(&Handle::Id(sign_in.user.to_string()))? else {
        return Ok(Decision::Refused(Check::UnknownUser.into()));
    };
    if user.state() != State::Active {
        let since = user.disabled_at.unwrap_or(now);
        let refusal = Refusal::from(Check::SignInDisabled { since });
        return Ok(Decision::Refused(Box::new(refusal.about(&user))));
    }
    if write.password_hash(&user.id)?.as_deref() != Some(sign_in.password_hash.as_str()) {
        return Ok(Decision::Refused(Box::new(Refusal::from(Check::WrongPassword).about(&user))));
    }
    if let Some(replaced) = &sign_in.replaced {
        write.end_session(replaced)?;
    }
    write.sweep_sessions(now.minus(KNOWN_BROWSER), ALONG)?;
    let cookie = mint::browser_secret(random);
    write.insert_session(&NewSession {
        digest: &Digest::of(&cookie),
        browser: &sign_in.browser,
        user: &user.id,
        expires_at: now.plus(SESSION_LIFETIME),
    })?;
    Ok(Decision::Allowed(cookie))
}

/// The session of that cookie, if somebody is signed in by it.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn current(
    read: &dyn ReadTx,
    digest: &Digest,
    now: Timestamp,
) -> Result<Option<HeldSession>, StoreError> {
    Ok(read.session_by_digest(digest)?.filter(|session| session.is_live(now)))
}
