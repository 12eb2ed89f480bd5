//! Throttling: deciding whether an attempt is processed, and counting failed ones.
//!
//! The counters are in the store, so that a restart does not reset them. Between [`check`] and [`record_failure`], several
//! attempts can run at the same time. For passwords the hashing pool limits their number, so the caller enters the pool
//! before it calls [`check`]. Client secrets have 190 random bits and cannot be guessed, so a valid one is accepted
//! regardless of the counter. Wrong ones are counted to slow down clients that send them.

use crate::credentials::digest::{hex, sha256};
use crate::domain::throttle;
use crate::domain::throttle::{Account, FORGOTTEN_AFTER, Subject, SubjectKind, ThrottleDecision};
use crate::domain::time::Timestamp;
use crate::store::throttles::ThrottleKey;
use crate::store::{ReadTx, StoreError, WriteTx};

/// The maximum number of counters that a sweep deletes.
const SWEEP: usize = 200;
/// The number of old counters that are deleted with each failure. Bounds the table between two sweeps.
const SWEEP_PER_FAILURE: usize = 4;

/// The maximum number of counters of each kind of address. Beyond it the oldest is deleted: a caller with more addresses than
/// that is not limited by the counter of one.
const ADDRESSES: usize = 4096;

/// Returns the key of the counter of a subject.
fn key(subject: &Subject) -> ThrottleKey {
    let text = match subject {
        Subject::Password(Account::User(user)) => user.to_string(),
        Subject::Password(Account::Unknown(name)) => bucket(&name.to_lowercase()),
        Subject::KnownBrowser { user, device } => format!("{user} {}", hex(device)),
        Subject::PasswordFrom(range) | Subject::ClientSecretFrom(range) => range.as_str().to_owned(),
        Subject::ClientSecret(sent) => bucket(sent),
    };
    ThrottleKey { kind: subject.kind(), digest: sha256(text.as_bytes()) }
}

/// Returns one of 4,096 buckets for a text that a caller chose: a name that no user has, or a client id. Invented texts thus
/// cannot fill the store, and people who type a password into the name field do not reveal it by 12 bits of a digest.
fn bucket(sent: &str) -> String {
    let digest = sha256(sent.as_bytes());
    format!("unknown {}", hex(&[digest[0], digest[1] & 0xf0]))
}

/// Decides whether an attempt that counts for all of these subjects is processed.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn check(
    read: &dyn ReadTx,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<ThrottleDecision, StoreError> {
    subjects.iter().try_fold(ThrottleDecision::Free, |decision, subject| {
        let counter = read.throttle(&key(subject))?;
        Ok(decision.and(throttle::decision(subject.kind(), counter, now)))
    })
}

/// Returns the kind of the subject with the longest wait and the end of that wait, or `None` if the attempt is processed.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn longest_wait(
    read: &dyn ReadTx,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<Option<(SubjectKind, Timestamp)>, StoreError> {
    let mut longest = None;
    for subject in subjects {
        if let ThrottleDecision::Wait(until) = check(read, std::slice::from_ref(subject), now)?
            && longest.is_none_or(|(_, before)| before < until)
        {
            longest = Some((subject.kind(), until));
        }
    }
    Ok(longest)
}

/// Counts a failure of each subject and returns the decision about the next attempt.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn record_failure(
    write: &mut dyn WriteTx,
    subjects: &[Subject],
    now: Timestamp,
) -> Result<ThrottleDecision, StoreError> {
    let mut decision = ThrottleDecision::Free;
    for subject in subjects {
        let key = key(subject);
        let before = write.throttle(&key)?;
        let counter = throttle::after_failure(key.kind, before, now);
        write.set_throttle(&key, counter)?;
        if before.is_none() && key.kind.is_address() {
            write.keep_throttles(key.kind, ADDRESSES)?;
        }
        decision = decision.and(throttle::decision(subject.kind(), Some(counter), now));
    }
    write.delete_old_throttles(now.minus(FORGOTTEN_AFTER), SWEEP_PER_FAILURE)?;
    Ok(decision)
}

/// Resets the counter of a subject after a success. The counters of addresses are not reset, see
/// [`is_cleared_by_success`](crate::domain::throttle::SubjectKind::is_cleared_by_success).
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn clear(write: &mut dyn WriteTx, subject: &Subject) -> Result<(), StoreError> {
    if subject.kind().is_cleared_by_success() { write.clear_throttle(&key(subject)) } else { Ok(()) }
}

/// Deletes old counters, and corrects those whose last failure is in the future because the clock was set back. Returns
/// the number of counters. A call is cheap and meant to happen about once a minute.
///
/// # Errors
/// [`StoreError`] if the store cannot be written.
pub fn sweep(write: &mut dyn WriteTx) -> Result<usize, StoreError> {
    let now = write.now();
    let corrected = write.clamp_future_throttles(SWEEP)?;
    Ok(corrected + write.delete_old_throttles(now.minus(FORGOTTEN_AFTER), SWEEP)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::throttle::AddressRange;

    #[test]
    fn subjects_have_different_keys_without_names() {
        let user = "usr_7Hq2mZ0xPa4T".parse().unwrap();
        let unknown = |name: &str| key(&Subject::Password(Account::Unknown(name.to_owned())));
        assert_eq!(unknown("Tech1"), unknown("tech1"));
        assert_ne!(unknown("tech1"), unknown("tech2"));
        assert_ne!(unknown("usr_7Hq2mZ0xPa4T"), key(&Subject::Password(Account::User(user))));
        assert_ne!(unknown("tech1").digest, sha256(b"tech1"));
        let range = AddressRange::Subscriber("192.0.2.1".to_owned());
        assert_ne!(
            key(&Subject::PasswordFrom(range.clone())),
            key(&Subject::ClientSecretFrom(range)),
            "passwords and secrets have separate counters"
        );
    }
}
