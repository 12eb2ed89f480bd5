//! SQL of secrets.

use std::sync::LazyLock;

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::client::Client;
use crate::domain::id::{ClientId, SecretId};
use crate::domain::secret::SecretRecord;
use crate::domain::secret::{Phase, Secret};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::secrets::{SecretReads, SecretWrites};
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// The tables that [`SecretRecord`] is read from.
const TABLES: &str = "secrets s JOIN clients c ON c.seq = s.client_seq \
     LEFT JOIN permission_groups p ON p.seq = c.group_seq";

/// Reads from `secrets s`.
impl FromRow for Secret {
    fn columns() -> Vec<&'static str> {
        vec![
            "s.secret_id",
            "s.hint",
            "s.created_at",
            "s.expires_at",
            "s.delivered_at",
            "s.revoked_at",
            "s.last_used_at",
            "s.uses",
            "s.first_used_at",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.text()?,
            hint: row.value()?,
            created_at: row.time()?,
            expires_at: row.optional_time()?,
            phase: phase(row.optional_time()?, row.optional_time()?),
            last_used_at: row.optional_time()?,
            uses: row.value()?,
            first_used_at: row.optional_time()?,
        })
    }
}

impl FromRow for SecretRecord {
    fn columns() -> Vec<&'static str> {
        [Secret::columns(), Client::columns()].concat()
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self { secret: row.read()?, client: row.read()? })
    }
}

/// Returns the phase of a secret by its columns `delivered_at` and `revoked_at`.
pub(crate) fn phase(delivered_at: Option<Timestamp>, revoked_at: Option<Timestamp>) -> Phase {
    match (delivered_at, revoked_at) {
        (_, Some(at)) => Phase::Revoked(at),
        (Some(at), None) => Phase::Delivered(at),
        (None, None) => Phase::Pending,
    }
}

/// Makes the query of a secret and its client. Every request runs one, so callers keep the text.
fn query(condition: &str) -> String {
    format!("SELECT {} FROM {TABLES} WHERE {condition}", select::<SecretRecord>())
}

impl SecretReads for SqliteTx<'_> {
    fn secrets_of(&self, id: &ClientId) -> Result<Vec<Secret>, StoreError> {
        let sql = format!(
            "SELECT {} FROM secrets s JOIN clients c ON c.seq = s.client_seq WHERE c.client_id = ?1 ORDER BY s.seq DESC",
            select::<Secret>()
        );
        self.rows(&sql, [id.as_str()], Secret::read)
    }

    fn secret(&self, id: &SecretId) -> Result<Option<SecretRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| query("s.secret_id = ?1"));
        self.first(&SQL, [id.as_str()], SecretRecord::read)
    }

    fn secret_by_digest(&self, digest: &Digest) -> Result<Option<SecretRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| query("s.digest = ?1"));
        self.first(&SQL, [digest.as_bytes()], SecretRecord::read)
    }
}

impl SecretWrites for SqliteTx<'_> {
    fn insert_secret(
        &mut self,
        client: &ClientId,
        secret: &Secret,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        let (delivered_at, revoked_at) = match secret.phase {
            Phase::Pending => (None, None),
            Phase::Delivered(at) => (Some(at.millis()), None),
            Phase::Revoked(at) => (None, Some(at.millis())),
        };
        self.execute(
            "INSERT INTO secrets (secret_id, client_seq, digest, hint, created_at, delivered_at, expires_at, revoked_at) \
             VALUES (?1, (SELECT seq FROM clients WHERE client_id = ?2), ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                secret.id.as_str(),
                client.as_str(),
                digest.as_bytes(),
                secret.hint,
                secret.created_at.millis(),
                delivered_at,
                secret.expires_at.map(Timestamp::millis),
                revoked_at,
            ],
        )?;
        Ok(())
    }

    fn deliver_secret(&mut self, id: &SecretId) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE secrets SET delivered_at = ?2 WHERE secret_id = ?1 AND delivered_at IS NULL AND revoked_at IS NULL",
            params![id.as_str(), self.now().millis()],
        )?;
        Ok(changed == 1)
    }

    fn expire_secret(&mut self, id: &SecretId, expires_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET expires_at = ?2 WHERE secret_id = ?1",
            params![id.as_str(), expires_at.millis()],
        )?;
        Ok(())
    }

    fn revoke_secret(&mut self, id: &SecretId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET revoked_at = ?2 WHERE secret_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), self.now().millis()],
        )?;
        Ok(())
    }

    fn record_first_use(&mut self, id: &SecretId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET first_used_at = ?2 WHERE secret_id = ?1 AND first_used_at IS NULL",
            params![id.as_str(), self.now().millis()],
        )?;
        Ok(())
    }
}
