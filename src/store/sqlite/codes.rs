//! Questions to users, and authorization codes.

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::code::{AuthorizationCode, CodeRecord, RedirectTarget};
use crate::domain::id::TokenId;
use crate::domain::time::Timestamp;
use crate::store::codes::{CodeReads, CodeWrites, ConsentRequest, NewCode};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{CLIENT, CLIENT_WIDTH, GRANT, GRANT_WIDTH, USER, USER_WIDTH};

const GRANT_AT: usize = CLIENT_WIDTH;
const USER_AT: usize = GRANT_AT + GRANT_WIDTH;
const CODE_AT: usize = USER_AT + USER_WIDTH;

impl CodeReads for SqliteTx<'_> {
    fn code_by_digest(&self, digest: &Digest) -> Result<Option<CodeRecord>, StoreError> {
        self.first(
            &format!(
                "SELECT {CLIENT}, {GRANT}, {USER}, a.redirect_uri, a.scope, a.code_challenge, a.issued_at, a.expires_at, \
                   a.redeemed_at, a.ended_at \
                 FROM authorization_codes a JOIN clients c ON c.seq = a.client_seq \
                 LEFT JOIN permission_groups p ON p.seq = c.group_seq \
                 JOIN grants g ON g.seq = a.grant_seq JOIN users u ON u.seq = g.user_seq WHERE a.digest = ?1"
            ),
            [digest.as_bytes()],
            |row| {
                let client = rows::client(row, 0)?;
                Ok(CodeRecord {
                    code: AuthorizationCode {
                        client: client.id.clone(),
                        redirect_uri: RedirectTarget::checked(row.get(CODE_AT)?),
                        scopes: rows::text(row, CODE_AT + 1)?,
                        challenge: rows::text(row, CODE_AT + 2)?,
                        issued_at: rows::time(row, CODE_AT + 3)?,
                        expires_at: rows::time(row, CODE_AT + 4)?,
                        redeemed_at: rows::optional_time(row, CODE_AT + 5)?,
                        ended_at: rows::optional_time(row, CODE_AT + 6)?,
                    },
                    client,
                    grant: rows::grant(row, GRANT_AT)?,
                    user: rows::user(row, USER_AT)?,
                })
            },
        )
    }

    fn consent_request(
        &self,
        form: &Digest,
        session: &Digest,
        now: Timestamp,
    ) -> Result<Option<ConsentRequest>, StoreError> {
        self.first(
            "SELECT c.client_id, q.redirect_uri, q.state, q.scope, q.code_challenge FROM consent_requests q \
             JOIN sessions s ON s.seq = q.session_seq JOIN clients c ON c.seq = q.client_seq \
             WHERE q.digest = ?1 AND s.digest = ?2 AND q.expires_at > ?3",
            params![form.as_bytes(), session.as_bytes(), now.millis()],
            |row| {
                Ok(ConsentRequest {
                    client: rows::text(row, 0)?,
                    redirect_uri: RedirectTarget::checked(row.get(1)?),
                    state: row.get(2)?,
                    scopes: rows::text(row, 3)?,
                    challenge: rows::text(row, 4)?,
                })
            },
        )
    }
}

impl CodeWrites for SqliteTx<'_> {
    fn insert_consent_request(
        &mut self,
        form: &Digest,
        session: &Digest,
        request: &ConsentRequest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO consent_requests (digest, session_seq, client_seq, redirect_uri, state, scope, code_challenge, expires_at) \
             VALUES (?1, (SELECT seq FROM sessions WHERE digest = ?2), (SELECT seq FROM clients WHERE client_id = ?3), ?4, ?5, ?6, ?7, ?8)",
            params![
                form.as_bytes(),
                session.as_bytes(),
                request.client.as_str(),
                request.redirect_uri.as_str(),
                request.state.as_deref(),
                request.scopes.to_string(),
                request.challenge.as_str(),
                expires_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn take_consent_request(&mut self, form: &Digest, session: &Digest) -> Result<bool, StoreError> {
        let taken = self.execute(
            "DELETE FROM consent_requests WHERE digest = ?1 AND session_seq = (SELECT seq FROM sessions WHERE digest = ?2)",
            params![form.as_bytes(), session.as_bytes()],
        )?;
        Ok(taken == 1)
    }

    fn sweep_consent_requests(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM consent_requests WHERE seq IN (SELECT seq FROM consent_requests WHERE expires_at < ?1 LIMIT ?2)",
            params![before.millis(), limit],
        )?;
        Ok(())
    }

    fn insert_code(&mut self, code: &NewCode<'_>) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO authorization_codes (digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, issued_at, expires_at) \
             VALUES (?1, (SELECT seq FROM clients WHERE client_id = ?2), (SELECT seq FROM grants WHERE grant_id = ?3), ?4, ?5, ?6, ?7, ?8)",
            params![
                code.digest.as_bytes(),
                code.client.as_str(),
                code.grant.as_str(),
                code.redirect_uri.as_str(),
                code.scopes.to_string(),
                code.challenge.as_str(),
                code.at.millis(),
                code.expires_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn redeem_code(&mut self, digest: &Digest, at: Timestamp) -> Result<bool, StoreError> {
        let redeemed = self.execute(
            "UPDATE authorization_codes SET redeemed_at = ?2 WHERE digest = ?1 AND redeemed_at IS NULL",
            params![digest.as_bytes(), at.millis()],
        )?;
        Ok(redeemed == 1)
    }

    fn end_family_of_code(&mut self, digest: &Digest, at: Timestamp) -> Result<bool, StoreError> {
        let ended = self.execute(
            "UPDATE authorization_codes SET ended_at = ?2 WHERE digest = ?1 AND ended_at IS NULL",
            params![digest.as_bytes(), at.millis()],
        )?;
        Ok(ended == 1)
    }

    fn end_family_of_token(&mut self, token: &TokenId, at: Timestamp) -> Result<bool, StoreError> {
        let ended = self.execute(
            "UPDATE authorization_codes SET ended_at = ?2 \
             WHERE seq = (SELECT code_seq FROM tokens WHERE token_id = ?1) AND ended_at IS NULL",
            params![token.as_str(), at.millis()],
        )?;
        Ok(ended == 1)
    }
}
