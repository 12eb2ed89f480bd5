//! SQL of the failure counters for rate limits.

use rusqlite::params;

use crate::domain::throttle::{Counter, SubjectKind};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::throttles::{ThrottleKey, ThrottleReads, ThrottleWrites};
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::row_limit;

impl ThrottleReads for SqliteTx<'_> {
    fn throttle(&self, key: &ThrottleKey) -> Result<Option<Counter>, StoreError> {
        self.first(
            "SELECT failures, last_failure_at, leaked_at FROM throttles WHERE kind = ?1 AND subject = ?2",
            params![key.kind.as_str(), key.digest],
            |row| {
                Ok(Counter { failures: row.value()?, last_failure_at: row.time()?, leaked_at: row.time()? })
            },
        )
    }
}

impl ThrottleWrites for SqliteTx<'_> {
    fn set_throttle(&mut self, key: &ThrottleKey, counter: Counter) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO throttles (kind, subject, failures, last_failure_at, leaked_at) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (kind, subject) DO UPDATE SET failures = excluded.failures, \
               last_failure_at = excluded.last_failure_at, leaked_at = excluded.leaked_at",
            params![
                key.kind.as_str(),
                key.digest,
                counter.failures,
                counter.last_failure_at.millis(),
                counter.leaked_at.millis()
            ],
        )?;
        Ok(())
    }

    fn clear_throttle(&mut self, key: &ThrottleKey) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM throttles WHERE kind = ?1 AND subject = ?2",
            params![key.kind.as_str(), key.digest],
        )?;
        Ok(())
    }

    fn keep_throttles(&mut self, kind: SubjectKind, count: usize) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM throttles WHERE (kind, subject) IN \
               (SELECT kind, subject FROM throttles WHERE kind = ?1 ORDER BY last_failure_at \
                LIMIT max(0, (SELECT count(*) FROM throttles WHERE kind = ?1) - ?2))",
            params![kind.as_str(), row_limit(count)],
        )?;
        Ok(())
    }

    fn delete_old_throttles(&mut self, until: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.execute(
            "DELETE FROM throttles WHERE (kind, subject) IN \
               (SELECT kind, subject FROM throttles WHERE last_failure_at <= ?1 ORDER BY last_failure_at LIMIT ?2)",
            params![until.millis(), row_limit(limit)],
        )
    }

    fn clamp_future_throttles(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.execute(
            "UPDATE throttles SET last_failure_at = ?1, leaked_at = min(leaked_at, ?1) WHERE (kind, subject) IN \
               (SELECT kind, subject FROM throttles WHERE last_failure_at > ?1 ORDER BY last_failure_at DESC LIMIT ?2)",
            params![self.now().millis(), row_limit(limit)],
        )
    }
}
