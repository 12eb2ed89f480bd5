//! SQL of uses.

use rusqlite::params;

use crate::domain::id::ClientId;
use crate::domain::time::Day;
use crate::store::error::StoreError;
use crate::store::usage::{DayUses, ScopeUse, UsageReads, UsageWrites, Uses};

use crate::store::sqlite::connection::transaction::SqliteTx;

impl UsageReads for SqliteTx<'_> {
    fn client_days(&self, client: &ClientId) -> Result<Vec<DayUses>, StoreError> {
        self.rows(
            "SELECT d.day, d.uses FROM client_days d JOIN clients c ON c.seq = d.client_seq \
             WHERE c.client_id = ?1 ORDER BY d.day DESC",
            [client.as_str()],
            |row| Ok(DayUses { day: Day::from_number(row.value()?), uses: row.value()? }),
        )
    }

    fn client_scope_days(&self, client: &ClientId) -> Result<Vec<ScopeUse>, StoreError> {
        self.rows(
            "SELECT s.scope, s.last_day FROM client_scope_days s JOIN clients c ON c.seq = s.client_seq \
             WHERE c.client_id = ?1 ORDER BY s.scope",
            [client.as_str()],
            |row| Ok(ScopeUse { scope: row.text()?, last_day: Day::from_number(row.value()?) }),
        )
    }
}

impl UsageWrites for SqliteTx<'_> {
    fn add_uses(&mut self, uses: &Uses) -> Result<(), StoreError> {
        for usage in &uses.clients {
            for DayUses { day, uses } in &usage.days {
                self.execute(
                    "INSERT INTO client_days (client_seq, day, uses) SELECT seq, ?2, ?3 FROM clients WHERE client_id = ?1 \
                     ON CONFLICT (client_seq, day) DO UPDATE SET uses = uses + excluded.uses",
                    params![usage.client.as_str(), day.number(), uses],
                )?;
            }
            for ScopeUse { scope, last_day } in &usage.scopes {
                self.execute(
                    "INSERT INTO client_scope_days (client_seq, scope, last_day) \
                     SELECT seq, ?2, ?3 FROM clients WHERE client_id = ?1 \
                     ON CONFLICT (client_seq, scope) DO UPDATE SET last_day = excluded.last_day \
                     WHERE excluded.last_day > last_day",
                    params![usage.client.as_str(), scope.as_str(), last_day.number()],
                )?;
            }
        }
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

    fn sweep_client_days(&mut self, first_kept: Day, limit: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM client_days WHERE (client_seq, day) IN \
             (SELECT client_seq, day FROM client_days WHERE day < ?1 LIMIT ?2)",
            params![first_kept.number(), limit],
        )?;
        Ok(())
    }
}
