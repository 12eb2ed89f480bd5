//! SQL of decisions on the consent page and of authorization codes.

use std::sync::LazyLock;

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::client::Client;
use crate::domain::code::{AuthorizationCode, CodeBinding, CodeRecord, RedirectTarget};
use crate::domain::grant::Grant;
use crate::domain::id::{GrantId, TokenId};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::codes::{CodeReads, CodeWrites, DecisionRecord, NewCode, NewConsentDecision};
use crate::store::error::StoreError;
use crate::store::transactions::{ReadTx as _, WriteTx as _};

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// Reads from `authorization_codes a` and the tables of [`Client`], [`Grant`] and [`User`].
impl FromRow for CodeRecord {
    fn columns() -> Vec<&'static str> {
        let code = vec![
            "a.redirect_uri",
            "a.scope",
            "a.code_challenge",
            "a.needs_redirect_uri",
            "a.issued_at",
            "a.expires_at",
            "a.redeemed_at",
            "a.ended_at",
        ];
        [Client::columns(), code, Grant::columns(), User::columns()].concat()
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        let client: Client = row.read()?;
        Ok(Self {
            code: AuthorizationCode {
                client: client.id.clone(),
                redirect_uri: RedirectTarget::checked(row.value()?),
                scopes: row.text()?,
                binding: match (row.optional_text()?, row.value()?) {
                    (Some(challenge), false) => CodeBinding::Challenge(challenge),
                    (None, true) => CodeBinding::RedirectUri,
                    (None, false) => CodeBinding::Client,
                    (Some(_), true) => return Err(row.unreadable()),
                },
                issued_at: row.time()?,
                expires_at: row.time()?,
                redeemed_at: row.optional_time()?,
                ended_at: row.optional_time()?,
            },
            client,
            grant: row.read()?,
            user: row.read()?,
        })
    }
}

impl CodeReads for SqliteTx<'_> {
    fn code_by_digest(&self, digest: &Digest) -> Result<Option<CodeRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            format!(
                "SELECT {} FROM authorization_codes a JOIN clients c ON c.seq = a.client_seq \
                 LEFT JOIN permission_groups p ON p.seq = c.group_seq \
                 JOIN grants g ON g.seq = a.grant_seq JOIN users u ON u.seq = g.user_seq WHERE a.digest = ?1",
                select::<CodeRecord>()
            )
        });
        self.first(&SQL, [digest.as_bytes()], CodeRecord::read)
    }

    fn nth_latest_code(
        &self,
        grant: &GrantId,
        since: Timestamp,
        now: Timestamp,
        nth: u32,
    ) -> Result<Option<Timestamp>, StoreError> {
        // Read backwards from the newest, so the number of older codes does not matter.
        self.first(
            "SELECT issued_at FROM authorization_codes INDEXED BY authorization_codes_grant \
             WHERE grant_seq = (SELECT seq FROM grants WHERE grant_id = ?1) AND issued_at > ?2 AND issued_at <= ?3 \
             ORDER BY issued_at DESC LIMIT 1 OFFSET ?4",
            params![grant.as_str(), since.millis(), now.millis(), nth.saturating_sub(1)],
            rows::time,
        )
    }
}

impl CodeWrites for SqliteTx<'_> {
    fn record_consent_decision(
        &mut self,
        decision: &NewConsentDecision<'_>,
        most: u32,
    ) -> Result<DecisionRecord, StoreError> {
        let now = self.now().millis();
        let session = decision.session.as_bytes();
        self.execute(
            "DELETE FROM consent_decisions \
             WHERE session_seq = (SELECT seq FROM sessions WHERE digest = ?1) AND expires_at <= ?2",
            params![session, now],
        )?;
        let recorded = self.execute(
            "INSERT INTO consent_decisions (digest, session_seq, expires_at) \
             SELECT ?1, s.seq, ?3 FROM sessions s WHERE s.digest = ?2 \
               AND (SELECT count(*) FROM consent_decisions d WHERE d.session_seq = s.seq) < ?4 \
             ON CONFLICT (digest) DO NOTHING",
            params![decision.form.as_bytes(), session, decision.expires_at.millis(), most],
        )?;
        if recorded == 1 {
            return Ok(DecisionRecord::Recorded);
        }
        let answered = self.first(
            "SELECT 1 FROM consent_decisions WHERE digest = ?1",
            [decision.form.as_bytes()],
            rows::value::<i64>,
        )?;
        if answered.is_some() {
            return Ok(DecisionRecord::AnsweredBefore);
        }
        let until = self.first(
            "SELECT expires_at FROM consent_decisions \
             WHERE session_seq = (SELECT seq FROM sessions WHERE digest = ?1) ORDER BY expires_at LIMIT 1",
            [session],
            rows::time,
        )?;
        let until = until.ok_or_else(|| self.damaged("the row of a session is missing"))?;
        Ok(DecisionRecord::Full { until })
    }

    fn sweep_consent_decisions(&mut self, before: Timestamp, limit: u32) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM consent_decisions WHERE digest IN \
               (SELECT digest FROM consent_decisions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
            params![before.millis(), limit],
        )?;
        Ok(())
    }

    fn insert_code(&mut self, code: &NewCode<'_>) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO authorization_codes (digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, needs_redirect_uri, issued_at, expires_at) \
             VALUES (?1, (SELECT seq FROM clients WHERE client_id = ?2), (SELECT seq FROM grants WHERE grant_id = ?3), ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                code.digest.as_bytes(),
                code.client.as_str(),
                code.grant.as_str(),
                code.redirect_uri.as_str(),
                code.scopes.to_string(),
                match code.binding {
                    CodeBinding::Challenge(challenge) => Some(challenge.as_str()),
                    CodeBinding::RedirectUri | CodeBinding::Client => None,
                },
                *code.binding == CodeBinding::RedirectUri,
                self.now().millis(),
                code.expires_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn redeem_code(&mut self, digest: &Digest) -> Result<bool, StoreError> {
        let redeemed = self.execute(
            "UPDATE authorization_codes SET redeemed_at = ?2 WHERE digest = ?1 AND redeemed_at IS NULL",
            params![digest.as_bytes(), self.now().millis()],
        )?;
        Ok(redeemed == 1)
    }

    fn end_family_of_code(&mut self, digest: &Digest) -> Result<bool, StoreError> {
        let ended = self.execute(
            "UPDATE authorization_codes SET ended_at = ?2 WHERE digest = ?1 AND ended_at IS NULL",
            params![digest.as_bytes(), self.now().millis()],
        )?;
        Ok(ended == 1)
    }

    fn end_family_of_token(&mut self, token: &TokenId) -> Result<bool, StoreError> {
        let ended = self.execute(
            "UPDATE authorization_codes SET ended_at = ?2 \
             WHERE seq = (SELECT code_seq FROM tokens WHERE token_id = ?1) AND ended_at IS NULL",
            params![token.as_str(), self.now().millis()],
        )?;
        Ok(ended == 1)
    }
}
