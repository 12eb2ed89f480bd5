//! Throttles: asking whether an attempt is looked at, and counting those that failed.
//!
//! The counters are in the store, so that a restart does not reset them. Between [`check`] and [`note_failure`] as many
//! attempts run side by side as the caller lets: for passwords that is the number that is hashed at once, and the caller
//! asks after it has its place there. Secrets of clients have 190 random bits, so nothing is gained by refusing a right
//! one: they are counted to slow down whoever sends wrong ones.

use crate::credentials::digest::{hex, sha256};
use crate::domain::refusal::Check;
use crate::domain::throttle;
use crate::domain::throttle::{Account, FORGOTTEN_AFTER, Subject, Verdict};
use crate::domain::time::Timestamp;
use crate::store::throttles::ThrottleKey;
use crate::store::{ReadTx, StoreError, WriteTx};

/// How many forgotten counters a sweep removes at most.
const SWEEP: usize = 200;
/// How many go with each failure, so that they cannot pile up faster than they are swept.
const ALONG: usize = 4;

/// Where the counter of a subject is kept.
fn key(subject: &Subject) -> ThrottleKey {
    let text = match subject {
        Subject::Password(Account::User(user)) => user.to_string(),
        Subject::Password(Account::Unknown(name)) => bucket(name),
        Subject::KnownBrowser { user, device } => format!("{user} {}", hex(device)),
        Subject::PasswordFrom(address) | Subject::ClientSecretFrom(address) => address.clone(),
        Subject::ClientSecret(client) => client.to_string(),
    };
    ThrottleKey { kind: subject.kind(), digest: sha256(text.as_bytes()) }
}

/// One of 65,536 for each name that nobody has. People type passwords where a name is asked for: two bytes of a digest
/// tell nothing of one, and strangers' names cannot fill the store.
fn bucket(name: &str) -> String {
    let digest = sha256(name.to_lowercase().as_bytes());
    format!("unknown {}", hex(&digest[..2]))
}

/// Whether an attempt by all of these is looked at.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn check(read: &dyn ReadTx, subjects: &[Subject], now: Timestamp) -> Result<Verdict, StoreError> {
    subjects.iter().try_fold(Verdict::Free, |verdict, subject| {
        let counter = read.throttle(&key(subject))?;
        Ok(verdict.and(throttle::verdict(subject.kind(), counter, now)))
    })
}

/// The check that fails where an attempt by all of these is not looked at: of the subject that waits longest.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn failed_check(
    read: &dyn ReadTx,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Option<Check>, StoreError> {
    let mut longest = None;
    for subject in subjects {
        if let Verdict::Wait(until) = check(read, std::slice::from_ref(subject), now)?
            && longest.is_none_or(|(_, before)| before < until)
        {
            longest = Some((subject.kind(), until));
        }
    }
    Ok(longest.map(|(kind, until)| Check::Throttled { what: kind.into(), until }))
}

/// Counts a failure of each, and says from when on the next attempt is looked at.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn note_failure(
    write: &mut dyn WriteTx,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict::Free;
    for subject in subjects {
        let key = key(subject);
        let counter = throttle::after_failure(write.throttle(&key)?, now);
        write.set_throttle(&key, counter)?;
        verdict = verdict.and(throttle::verdict(subject.kind(), Some(counter), now));
    }
    write.delete_old_throttles(now.minus(FORGOTTEN_AFTER), ALONG)?;
    Ok(verdict)
}

/// Forgets the failures of a subject after a success. Those of an address stay, see
/// [`is_cleared_by_success`](crate::domain::throttle::SubjectKind::is_cleared_by_success).
///
/// # Errors
/// Fails where the store cannot be written.
pub fn clear(write: &mut dyn WriteTx, subject: &Subject) -> Result<(), StoreError> {
    if subject.kind().is_cleared_by_success() { write.clear_throttle(&key(subject)) } else { Ok(()) }
}

/// Removes what is forgotten, and takes back what a clock that was set back has left in the future; says how many
/// counters that were. Cheap, to be called about once a minute.
///
/// # Errors
/// Fails where the store cannot be written.
pub fn sweep(write: &mut dyn WriteTx) -> Result<usize, StoreError> {
    let now = write.now();
    let settled = write.clamp_future_throttles(SWEEP)?;
    Ok(settled + write.delete_old_throttles(now.minus(FORGOTTEN_AFTER), SWEEP)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_apart_and_names_are_not_kept() {
        let user = "usr_7Hq2mZ0xPa4T".parse().unwrap();
        let unknown = |name: &str| key(&Subject::Password(Account::Unknown(name.to_owned())));
        assert_eq!(unknown("Tech1"), unknown("tech1"));
        assert_ne!(unknown("tech1"), unknown("tech2"));
        assert_ne!(unknown("usr_7Hq2mZ0xPa4T"), key(&Subject::Password(Account::User(user))));
        assert_ne!(unknown("tech1").digest, sha256(b"tech1"));
        let address = "192.0.2.1".to_owned();
        assert_ne!(
            key(&Subject::PasswordFrom(address.clone())),
            key(&Subject::ClientSecretFrom(address)),
            "passwords and secrets are counted apart"
        );
    }
}
