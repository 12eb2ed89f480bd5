//! Tokens, and the uses of secrets.

use std::sync::LazyLock;

use rusqlite::{Row, params};

use crate::credentials::digest::Digest;
use crate::domain::State;
use crate::domain::handle::Handle;
use crate::domain::id::{GrantId, SecretId, TokenId};
use crate::domain::page::{Page, PageRequest, StateFilter, TokenFilter};
use crate::domain::time::Timestamp;
use crate::domain::token::TokenRecord;
use crate::store::Match;
use crate::store::tokens::{NewToken, TokenReads, TokenWrites};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order, range_end};
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{
    CLIENT, CLIENT_WIDTH, GRANT, GRANT_WIDTH, TOKEN, TOKEN_WIDTH, USER, USER_WIDTH,
};

// A grant names the client whose token it is, so `c` serves the grant's columns too.
const JOINED: &str = "JOIN clients c ON c.seq = t.client_seq \
     LEFT JOIN permission_groups p ON p.seq = c.group_seq \
     LEFT JOIN secrets s ON s.seq = t.secret_seq \
     LEFT JOIN grants g ON g.seq = t.grant_seq \
     LEFT JOIN users u ON u.seq = g.user_seq \
     LEFT JOIN authorization_codes a ON a.seq = t.code_seq";
/// How many rows are sorted rather than met in order.
const FEW: i64 = 2000;
const SECRET_AT: usize = TOKEN_WIDTH + CLIENT_WIDTH;
const GRANT_AT: usize = SECRET_AT + 3;
const USER_AT: usize = GRANT_AT + GRANT_WIDTH;
const FAMILY_AT: usize = USER_AT + USER_WIDTH;

fn columns() -> String {
    format!("{TOKEN}, {CLIENT}, s.secret_id, s.delivered_at, s.revoked_at, {GRANT}, {USER}, a.ended_at")
}

fn held(row: &Row<'_>, at: usize) -> rusqlite::Result<TokenRecord> {
    let secret = match rows::optional_text(row, at + SECRET_AT)? {
        None => None,
        Some(id) => {
            let delivered_at = rows::optional_time(row, at + SECRET_AT + 1)?;
            Some((id, rows::phase(delivered_at, rows::optional_time(row, at + SECRET_AT + 2)?)))
        }
    };
    let has_grant = rows::optional_text::<GrantId>(row, at + GRANT_AT)?.is_some();
    let authorization = if has_grant {
        Some((rows::grant(row, at + GRANT_AT)?, rows::user(row, at + USER_AT)?))
    } else {
        None
    };
    Ok(TokenRecord {
        token: rows::token(row, at)?,
        client: rows::client(row, at + TOKEN_WIDTH)?,
        secret,
        authorization,
        family_ended_at: rows::optional_time(row, at + FAMILY_AT)?,
    })
}

/// What a token's acceptance asks of its joined rows, as SQL for lists. The rule itself is `TokenRecord::refusal`, and a
/// test holds both to the same answers.
const ACCEPTED: &str = "t.revoked_at IS NULL AND t.used_at IS NULL AND a.ended_at IS NULL AND c.stored_state = 'active' AND s.revoked_at IS NULL \
     AND g.revoked_at IS NULL AND u.disabled_at IS NULL";
const ENDED: &str = "(t.revoked_at IS NOT NULL OR t.used_at IS NOT NULL OR a.ended_at IS NOT NULL OR c.stored_state = 'revoked' OR s.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL)";

impl SqliteTx<'_> {
    /// Whether so few tokens have not expired that they can be sorted.
    fn few_alive(&self, now: Timestamp) -> Result<bool, StoreError> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM tokens WHERE expires_at > ?1 LIMIT {FEW})");
        self.only(&sql, [now.millis()], |row| Ok(row.get::<_, i64>(0)? < FEW))
    }
}

impl TokenReads for SqliteTx<'_> {
    fn code_of_token(&self, id: &TokenId) -> Result<Option<Digest>, StoreError> {
        self.first(
            "SELECT a.digest FROM tokens t JOIN authorization_codes a ON a.seq = t.code_seq WHERE t.token_id = ?1",
            [id.as_str()],
            |row| row.get(0).map(Digest::from_bytes),
        )
    }

    fn token_by_digest(&self, digest: &Digest) -> Result<Option<TokenRecord>, StoreError> {
        // Every introspection asks this, so the text is made once.
        static SQL: LazyLock<String> =
            LazyLock::new(|| format!("SELECT {} FROM tokens t {JOINED} WHERE t.digest = ?1", columns()));
        self.first(&SQL, [digest.as_bytes()], |row| held(row, 0))
    }

    fn find_token(&self, handle: &Handle) -> Result<Match<TokenRecord>, StoreError> {
        let Handle::Id(id) = handle else { return Ok(Match::None) };
        let find = |condition: &str, params: &[&str]| {
            self.rows(
                &format!("SELECT {} FROM tokens t {JOINED} WHERE {condition}", columns()),
                rusqlite::params_from_iter(params),
                |row| held(row, 0),
            )
        };
        let exact = find("t.token_id = ?1", &[id])?;
        let found = if exact.is_empty() {
            find("t.token_id >= ?1 AND t.token_id < ?2 ORDER BY t.token_id LIMIT 10", &[id, &range_end(id)])?
        } else {
            exact
        };
        Ok(Self::matched(found))
    }

    fn list_tokens(
        &self,
        filter: &TokenFilter,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<TokenRecord>, StoreError> {
        let mut query = ListQuery::new();
        let mut tables = format!("tokens t {JOINED}");
        match filter.state {
            StateFilter::All => {}
            StateFilter::NotRevoked => query.when(&format!("NOT {ENDED}")),
            StateFilter::Only(State::Active) => {
                query.when(ACCEPTED);
                query.with("+c.expires_order > ?", now.millis());
                if self.few_alive(now)? {
                    // After a quiet night the newest are dead, and the list would go through all of them.
                    query.with("t.expires_at > ?", now.millis());
                    tables = format!("tokens t INDEXED BY tokens_expiry {JOINED}");
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
        query.page(self, &columns(), &tables, &order, page, held)
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
            // After a quiet night every token is dead, and the search for a living one would read them all.
            query.when("t.seq > (SELECT max(seq) FROM tokens) - 5000");
            Order { list: "starting", table: "t", column: None, descending: true }
        } else {
            query.with("t.token_id >= ?", prefix.to_owned());
            query.with("t.token_id < ?", range_end(prefix));
            Order { list: "starting", table: "t", column: Some("token_id"), descending: false }
        };
        Ok(query
            .page(
                self,
                &columns(),
                &format!("tokens t {JOINED}"),
                &order,
                &PageRequest { after: None, limit },
                held,
            )?
            .items)
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

    fn note_first_use(&mut self, secret: &SecretId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET first_used_at = ?2 WHERE secret_id = ?1 AND first_used_at IS NULL",
            params![secret.as_str(), at.millis()],
        )?;
        Ok(())
    }

    fn revoke_token(&mut self, id: &TokenId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE tokens SET revoked_at = ?2 WHERE token_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), at.millis()],
        )?;
        Ok(())
    }

    fn use_refresh_token(&mut self, id: &TokenId, at: Timestamp) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE tokens SET used_at = ?2 WHERE token_id = ?1 AND kind = 'refresh' AND used_at IS NULL",
            params![id.as_str(), at.millis()],
        )?;
        Ok(used == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_held_token_are_where_the_reader_expects_them() {
        let count = |text: &str| text.split(", ").count();
        assert_eq!(count(TOKEN), TOKEN_WIDTH);
        assert_eq!(count(CLIENT), CLIENT_WIDTH);
        assert_eq!(count(GRANT), GRANT_WIDTH);
        assert_eq!(count(rows::SECRET), rows::SECRET_WIDTH);
        assert_eq!(count(USER), USER_WIDTH);
        assert_eq!(count(&columns()), FAMILY_AT + 1);
    }
}
