//! Uses of secrets, grants and sessions, counted in memory. A request waits only for the row of its own token to be
//! written; the writer stores the counts later.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::credentials::digest::Digest;
use crate::domain::id::{GrantId, SecretId};
use crate::domain::time::Timestamp;
use crate::store::usage::{SecretUsage, Uses};

/// Uses since the writer last stored them: the last time, and the count.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    secrets: Mutex<HashMap<SecretId, (Timestamp, i64)>>,
    grants: Mutex<HashMap<GrantId, (Timestamp, i64)>>,
    sessions: Mutex<HashMap<[u8; 32], (Timestamp, i64)>>,
}

fn add<K: Eq + Hash>(uses: &Mutex<HashMap<K, (Timestamp, i64)>>, key: K, at: Timestamp, count: i64) {
    let mut uses = uses.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = uses.entry(key).or_insert((at, 0));
    entry.0 = entry.0.max(at);
    entry.1 += count;
}

fn take<K: Eq + Hash>(
    uses: &Mutex<HashMap<K, (Timestamp, i64)>>,
) -> impl Iterator<Item = (K, (Timestamp, i64))> {
    std::mem::take(&mut *uses.lock().unwrap_or_else(PoisonError::into_inner)).into_iter()
}

impl Usage {
    /// Counts a use of a secret.
    pub(crate) fn secret(&self, secret: &SecretId, at: Timestamp) {
        add(&self.secrets, secret.clone(), at, 1);
    }

    /// Counts a use of a token of a grant.
    pub(crate) fn grant(&self, grant: &GrantId, at: Timestamp) {
        add(&self.grants, grant.clone(), at, 1);
    }

    /// Counts a request of a session.
    pub(crate) fn session(&self, session: &Digest, at: Timestamp) {
        add(&self.sessions, *session.as_bytes(), at, 1);
    }

    /// Removes and returns all counts.
    pub(crate) fn take(&self) -> Uses {
        Uses {
            secrets: take(&self.secrets)
                .map(|(secret, (last_used_at, uses))| SecretUsage { secret, last_used_at, uses })
                .collect(),
            grants: take(&self.grants).map(|(grant, (last, _))| (grant, last)).collect(),
            sessions: take(&self.sessions)
                .map(|(session, (last, _))| (Digest::from_bytes(session), last))
                .collect(),
        }
    }

    /// Adds counts that could not be stored back to those of the meantime.
    pub(crate) fn put_back(&self, uses: Uses) {
        for usage in uses.secrets {
            add(&self.secrets, usage.secret, usage.last_used_at, usage.uses);
        }
        for (grant, last) in uses.grants {
            add(&self.grants, grant, last, 0);
        }
        for (session, last) in uses.sessions {
            add(&self.sessions, *session.as_bytes(), last, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_put_back_are_added_and_the_latest_time_is_kept() {
        let usage = Usage::default();
        let secret: SecretId = "sec_7Hq2mZ0xPa4T".parse().unwrap();
        let grant: GrantId = "grt_7Hq2mZ0xPa4T".parse().unwrap();
        usage.secret(&secret, Timestamp::from_millis(5));
        usage.secret(&secret, Timestamp::from_millis(3));
        usage.grant(&grant, Timestamp::from_millis(7));
        let taken = usage.take();
        assert!(usage.take().is_empty());
        usage.secret(&secret, Timestamp::from_millis(4));
        usage.put_back(taken);
        let all = usage.take();
        assert_eq!(all.secrets, [SecretUsage { secret, last_used_at: Timestamp::from_millis(5), uses: 3 }]);
        assert_eq!(all.grants, [(grant, Timestamp::from_millis(7))]);
    }
}
