//! SQL of access and refresh tokens.

use std::sync::LazyLock;

use rusqlite::params;

use crate::credentials::digest::Digest;
use crate::domain::State;
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::handle::Handle;
use crate::domain::id::{GrantId, SecretId, TokenId};
use crate::domain::page::{Page, PageRequest, StateFilter, TokenFilter};
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, TokenKind, TokenRecord};
use crate::domain::user::User;
use crate::store::error::StoreError;
use crate::store::lookup::Match;
use crate::store::tokens::{NewToken, TokenReads, TokenWrites};
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order};
use crate::store::sqlite::query::lookup;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};
use crate::store::sqlite::secrets::phase;

/// The tables that [`TokenRecord`] is read from. A grant and its tokens have the same client, so `c` also serves the columns of [`Grant`].
const TABLES: &str = "tokens t JOIN clients c ON c.seq = t.client_seq \
     LEFT JOIN permission_groups p ON p.seq = c.group_seq \
     LEFT JOIN secrets s ON s.seq = t.secret_seq \
     LEFT JOIN grants g ON g.seq = t.grant_seq \
     LEFT JOIN users u ON u.seq = g.user_seq \
     LEFT JOIN authorization_codes a ON a.seq = t.code_seq";
/// Up to this number of rows, sorting is faster than reading an index in the list's order and skipping most rows.
const FEW: i64 = 2000;

/// Reads from `tokens t`.
impl FromRow for Token {
    fn columns() -> Vec<&'static str> {
        vec!["t.token_id", "t.kind", "t.scope", "t.issued_at", "t.expires_at", "t.revoked_at", "t.used_at"]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.text()?,
            kind: TokenKind::from_word(row.str()?).ok_or_else(|| row.unreadable())?,
            scopes: row.text()?,
            issued_at: row.time()?,
            expires_at: row.time()?,
            revoked_at: row.optional_time()?,
            used_at: row.optional_time()?,
        })
    }
}

impl FromRow for TokenRecord {
    fn columns() -> Vec<&'static str> {
        [
            Token::columns(),
            Client::columns(),
            vec!["s.secret_id", "s.delivered_at", "s.revoked_at"],
            Grant::columns(),
            User::columns(),
            vec!["a.ended_at"],
        ]
        .concat()
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            token: row.read()?,
            client: row.read()?,
            secret: {
                let id = row.optional_text()?;
                let phase = phase(row.optional_time()?, row.optional_time()?);
                id.map(|id| (id, phase))
            },
            authorization: {
                let grant = row.optional()?;
                grant.zip(row.optional()?)
            },
            family_ended_at: row.optional_time()?,
        })
    }
}

/// The rule [`TokenRecord::refusal`] without expiry, as SQL for lists. A test compares the results of both.
const ACCEPTED: &str = "t.revoked_at IS NULL AND t.used_at IS NULL AND a.ended_at IS NULL AND c.stored_state = 'active' AND s.revoked_at IS NULL \
     AND g.revoked_at IS NULL AND u.disabled_at IS NULL";
/// Condition for which a token is revoked for good.
const ENDED: &str = "(t.revoked_at IS NOT NULL OR t.used_at IS NOT NULL OR a.ended_at IS NOT NULL OR c.stored_state = 'revoked' OR s.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL)";

impl SqliteTx<'_> {
    /// Returns true if fewer than [`FEW`] tokens have not expired.
    fn few_unexpired(&self, now: Timestamp) -> Result<bool, StoreError> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM tokens WHERE expires_at > ?1 LIMIT {FEW})");
        self.only(&sql, [now.millis()], |row| Ok(row.value::<i64>()? < FEW))
    }
}

impl TokenReads for SqliteTx<'_> {
    fn code_of_token(&self, id: &TokenId) -> Result<Option<Digest>, StoreError> {
        self.first(
            "SELECT a.digest FROM tokens t JOIN authorization_codes a ON a.seq = t.code_seq WHERE t.token_id = ?1",
            [id.as_str()],
            |row| row.value().map(Digest::from_bytes),
        )
    }

    fn token_by_digest(&self, digest: &Digest) -> Result<Option<TokenRecord>, StoreError> {
        // Every introspection runs this query, so its text is made once.
        static SQL: LazyLock<String> =
            LazyLock::new(|| format!("SELECT {} FROM {TABLES} WHERE t.digest = ?1", select::<TokenRecord>()));
        self.first(&SQL, [digest.as_bytes()], TokenRecord::read)
    }

    fn find_token(&self, handle: &Handle) -> Result<Match<TokenRecord>, StoreError> {
        match handle {
            Handle::Id(id) => lookup::by_id(self, TABLES, "t.token_id", id),
            Handle::Name(_) | Handle::Pair(_) => Ok(Match::None),
        }
    }

    fn list_tokens(
        &self,
        filter: &TokenFilter,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<TokenRecord>, StoreError> {
        let mut query = ListQuery::new();
        let mut tables = TABLES.to_owned();
        match filter.state {
            StateFilter::All => {}
            StateFilter::NotRevoked => query.when(&format!("NOT {ENDED}")),
            StateFilter::Only(State::Active) => {
                query.when(ACCEPTED);
                query.with("+c.expires_order > ?", now.millis());
                if self.few_unexpired(now)? {
                    // If most tokens have expired, reading in the list's order would skip all of them first.
                    query.with("t.expires_at > ?", now.millis());
                    tables = TABLES.replacen("tokens t", "tokens t INDEXED BY tokens_expiry", 1);
                } else {
                    query.with("+t.expires_at > ?", now.millis());
                }
            }
            StateFilter::Only(State::Revoked) => query.when(ENDED),
            StateFilter::Only(State::Disabled) => {
                query.when(&format!(
                    "NOT {ENDED} AND (c.stored_state = 'disabled' OR u.disabled_at IS NOT NULL)"
                ));
            }
            StateFilter::Only(State::Expired) => {
                query.when(ACCEPTED);
                query.with("(t.expires_at <= ? OR c.expires_order <= ?)", now.millis());
            }
        }
        if let Some(client) = &filter.client {
            query.with("t.client_seq = (SELECT seq FROM clients WHERE client_id = ?)", client.to_string());
        }
        if let Some(user) = &filter.user {
            query.with("g.user_seq = (SELECT seq FROM users WHERE user_id = ?)", user.to_string());
        }
        if let Some(grant) = &filter.grant {
            query.with("t.grant_seq = (SELECT seq FROM grants WHERE grant_id = ?)", grant.to_string());
        }
        if let Some(kind) = filter.kind {
            query.with("t.kind = ?", kind.as_str().to_owned());
        }
        if let Some(moment) = filter.issued_before {
            query.with("t.issued_at < ?", moment.millis());
        }
        let order = Order { list: "tokens", table: "t", column: None, descending: true };
        query.page(self, &tables, &order, page)
    }

    fn tokens_starting(
        &self,
        prefix: &str,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let mut query = ListQuery::new();
        query.with("t.revoked_at IS NULL AND t.expires_at > ?", now.millis());
        let order = if prefix.len() <= TokenId::PREFIX.len() {
            // If all tokens have expired, the search for one that has not would read all of them.
            query.when("t.seq > (SELECT max(seq) FROM tokens) - 5000");
            Order { list: "starting", table: "t", column: None, descending: true }
        } else {
            query.with("t.token_id >= ?", prefix.to_owned());
            query.with("t.token_id < ?", range_end(prefix));
            Order { list: "starting", table: "t", column: Some("token_id"), descending: false }
        };
        Ok(query.page(self, TABLES, &order, &PageRequest { after: None, limit })?.items)
    }
}

impl TokenWrites for SqliteTx<'_> {
    fn insert_token(&mut self, new: &NewToken<'_>) -> Result<bool, StoreError> {
        let token = new.token;
        let inserted = self.execute(
            "INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, code_seq, scope, issued_at, expires_at) \
             VALUES (?1, ?2, ?3, (SELECT seq FROM clients WHERE client_id = ?4), (SELECT seq FROM secrets WHERE secret_id = ?5), \
               (SELECT seq FROM grants WHERE grant_id = ?6), (SELECT seq FROM authorization_codes WHERE digest = ?7), ?8, ?9, ?10) \
             ON CONFLICT (token_id) DO NOTHING",
            params![
                token.id.as_str(),
                new.digest.as_bytes(),
                token.kind.as_str(),
                new.client.as_str(),
                new.secret.map(SecretId::as_str),
                new.grant.map(GrantId::as_str),
                new.code.map(Digest::as_bytes),
                token.scopes.to_string(),
                token.issued_at.millis(),
                token.expires_at.millis(),
            ],
        )?;
        Ok(inserted == 1)
    }

    fn revoke_token(&mut self, id: &TokenId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE tokens SET revoked_at = ?2 WHERE token_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), self.now().millis()],
        )?;
        Ok(())
    }

    fn use_refresh_token(&mut self, id: &TokenId) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE tokens SET used_at = ?2 WHERE token_id = ?1 AND kind = 'refresh' AND used_at IS NULL",
            params![id.as_str(), self.now().millis()],
        )?;
        Ok(used == 1)
    }
}
