//! Sessions.

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::id::UserId;
use crate::domain::session::SessionRecord;
use crate::domain::time::Timestamp;
use crate::store::sessions::{NewSession, SessionReads, SessionWrites};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{USER, USER_WIDTH};

impl SessionReads for SqliteTx<'_> {
    fn session_by_digest(&self, digest: &Digest) -> Result<Option<SessionRecord>, StoreError> {
        self.first(
            &format!(
                "SELECT {USER}, s.authenticated_at, s.last_seen_at, s.expires_at, s.ended_at, s.epoch <> u.session_epoch \
                 FROM sessions s JOIN users u ON u.seq = s.user_seq WHERE s.digest = ?1"
            ),
            [digest.as_bytes()],
            |row| {
                Ok(SessionRecord {
                    user: rows::user(row, 0)?,
                    authenticated_at: rows::time(row, USER_WIDTH)?,
                    last_seen_at: rows::time(row, USER_WIDTH + 1)?,
                    expires_at: rows::time(row, USER_WIDTH + 2)?,
                    ended_at: rows::optional_time(row, USER_WIDTH + 3)?,
                    is_outdated: row.get(USER_WIDTH + 4)?,
                })
            },
        )
    }

    fn is_known_browser(&self, browser: &Digest, user: &UserId) -> Result<bool, StoreError> {
        let found = self.first(
            "SELECT 1 FROM sessions WHERE browser = ?1 AND user_seq = (SELECT seq FROM users WHERE user_id = ?2) LIMIT 1",
            params![browser.as_bytes(), user.as_str()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
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
                session.at.millis(),
                session.expires_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn end_session(&mut self, digest: &Digest, at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sessions SET ended_at = ?2 WHERE digest = ?1 AND ended_at IS NULL",
            params![digest.as_bytes(), at.millis()],
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
