//! Uses of secrets, collected in memory: nothing but a token's own row is written while a request waits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::id::SecretId;
use crate::domain::time::Timestamp;
use crate::store::tokens::SecretUsage;

/// Uses of secrets since the last flush.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<HashMap<SecretId, (Timestamp, i64)>>);

impl Usage {
    /// Notes that a secret was accepted.
    pub(super) fn note(&self, secret: &SecretId, at: Timestamp) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = uses.entry(secret.clone()).or_insert((at, 0));
        entry.0 = entry.0.max(at);
        entry.1 += 1;
    }

    /// Takes everything that was noted.
    pub(super) fn take(&self) -> Vec<SecretUsage> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        uses.into_iter()
            .map(|(secret, (last_used_at, uses))| SecretUsage { secret, last_used_at, uses })
            .collect()
    }

    /// Puts back what could not be written.
    pub(super) fn put_back(&self, usage: Vec<SecretUsage>) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in usage {
            let entry = uses.entry(one.secret).or_insert((one.last_used_at, 0));
            entry.0 = entry.0.max(one.last_used_at);
            entry.1 += one.uses;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_back_is_not_lost_and_time_moves_forward() {
        let usage = Usage::default();
        let secret: SecretId = "sec_7Hq2mZ0xPa4T".parse().unwrap();
        usage.note(&secret, Timestamp::from_millis(5));
        usage.note(&secret, Timestamp::from_millis(3));
        let taken = usage.take();
        assert!(usage.take().is_empty());
        usage.note(&secret, Timestamp::from_millis(4));
        usage.put_back(taken);
        let all = usage.take();
        assert_eq!(all, [SecretUsage { secret, last_used_at: Timestamp::from_millis(5), uses: 3 }]);
    }
}
