//! SQL of sessions.

use std::sync::LazyLock;

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::id::UserId;
use crate::domain::session::SessionRecord;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::error::StoreError;
use crate::store::sessions::{NewSession, SessionReads, SessionWrites};
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// Reads from `sessions s` and the table of [`User`].
impl FromRow for SessionRecord {
    fn columns() -> Vec<&'static str> {
        let session = vec![
            "s.authenticated_at",
            "s.last_seen_at",
            "s.expires_at",
            "s.ended_at",
            "s.epoch <> u.session_epoch",
        ];
        [User::columns(), session].concat()
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            user: row.read()?,
            authenticated_at: row.time()?,
            last_seen_at: row.time()?,
            expires_at: row.time()?,
            ended_at: row.optional_time()?,
            is_outdated: row.value()?,
        })
    }
}

impl SessionReads for SqliteTx<'_> {
    fn session_by_digest(&self, digest: &Digest) -> Result<Option<SessionRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            format!(
                "SELECT {} FROM sessions s JOIN users u ON u.seq = s.user_seq WHERE s.digest = ?1",
                select::<SessionRecord>()
            )
        });
        self.first(&SQL, [digest.as_bytes()], SessionRecord::read)
    }

    fn is_known_browser(&self, browser: &Digest, user: &UserId) -> Result<bool, StoreError> {
        let session = self.first(
            "SELECT 1 FROM sessions WHERE browser = ?1 AND user_seq = (SELECT seq FROM users WHERE user_id = ?2) LIMIT 1",
            params![browser.as_bytes(), user.as_str()],
            rows::value::<i64>,
        )?;
        Ok(session.is_some())
    }
}

impl SessionWrites for SqliteTx<'_> {
    fn insert_session(&mut self, session: &NewSession<'_>) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO sessions (digest, browser, user_seq, epoch, authenticated_at, last_seen_at, expires_at) \
             SELECT ?1, ?2, seq, session_epoch, ?4, ?4, ?5 FROM users WHERE user_id = ?3",
            params![
                session.digest.as_bytes(),
                session.browser.as_bytes(),
                session.user.as_str(),
                self.now().millis(),
                session.expires_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn end_session(&mut self, digest: &Digest) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sessions SET ended_at = ?2 WHERE digest = ?1 AND ended_at IS NULL",
            params![digest.as_bytes(), self.now().millis()],
        )?;
        Ok(())
    }

    fn delete_oldest_sessions(&mut self, user: &UserId, kept: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE seq IN \
               (SELECT seq FROM sessions WHERE user_seq = (SELECT seq FROM users WHERE user_id = ?1) \
                ORDER BY seq DESC LIMIT -1 OFFSET ?2)",
            params![user.as_str(), kept],
        )?;
        Ok(())
    }

    fn sweep_sessions(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE seq IN (SELECT seq FROM sessions WHERE expires_at < ?1 LIMIT ?2)",
            params![before.millis(), limit],
        )?;
        Ok(())
    }
}
