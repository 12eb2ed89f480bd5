//! SQL of last uses.

use rusqlite::params;

use crate::store::error::StoreError;
use crate::store::usage::{UsageWrites, Uses};

use crate::store::sqlite::connection::transaction::SqliteTx;

impl UsageWrites for SqliteTx<'_> {
    fn add_uses(&mut self, uses: &Uses) -> Result<(), StoreError> {
        for usage in &uses.secrets {
            let (id, last) = (usage.secret.as_str(), usage.last_used_at.millis());
            self.execute(
                "UPDATE secrets SET uses = uses + ?3, last_used_at = max(ifnull(last_used_at, 0), ?2) WHERE secret_id = ?1",
                params![id, last, usage.uses],
            )?;
            self.execute(
                "UPDATE clients SET last_used_at = max(ifnull(last_used_at, 0), ?2) \
                 WHERE seq = (SELECT client_seq FROM secrets WHERE secret_id = ?1)",
                params![id, last],
            )?;
        }
        for (grant, last) in &uses.grants {
            self.execute(
                "UPDATE grants SET last_used_at = max(ifnull(last_used_at, 0), ?2) WHERE grant_id = ?1",
                params![grant.as_str(), last.millis()],
            )?;
        }
        for (session, last) in &uses.sessions {
            self.execute(
                "UPDATE sessions SET last_seen_at = max(last_seen_at, ?2) WHERE digest = ?1",
                params![session.as_bytes(), last.millis()],
            )?;
        }
        Ok(())
    }
}
