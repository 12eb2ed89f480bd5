//! SQL of access and refresh tokens.

use std::sync::LazyLock;

use rusqlite::params;

use crate::credentials::constant_time;
use crate::credentials::digest::Digest;
use crate::domain::State;
use crate::domain::client::Client;
use crate::domain::family::{ChainPlace, Family, Nonce, Predecessor, RefreshRules};
use crate::domain::grant::Grant;
use crate::domain::handle::Handle;
use crate::domain::id::{GrantId, SecretId, TokenId};
use crate::domain::page::{Page, PageRequest, StateFilter, TokenFilter};
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, TokenKind, TokenRecord};
use crate::domain::user::User;
use crate::store::base::BaseReads as _;
use crate::store::error::StoreError;
use crate::store::lookup::Match;
use crate::store::tokens::{NewToken, RefreshExchange, TokenReads, TokenWrites};
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::clients::stored_lifetime;
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
        vec!["t.token_id", "t.kind", "t.scope", "t.issued_at", "t.expires_at", "t.revoked_at"]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.text()?,
            kind: TokenKind::from_word(row.str()?).ok_or_else(|| row.unreadable())?,
            scopes: row.text()?,
            issued_at: row.time()?,
            expires_at: row.time()?,
            revoked_at: row.optional_time()?,
        })
    }
}

/// A token as its row and the rows around it state it. Only the settings are missing for a [`TokenRecord`].
struct TokenRow {
    record: TokenRecord,
    /// The moment at which the code of the family was issued.
    code_issued_at: Option<Timestamp>,
}

impl FromRow for TokenRow {
    fn columns() -> Vec<&'static str> {
        [
            Token::columns(),
            Client::columns(),
            vec!["s.secret_id", "s.delivered_at", "s.revoked_at"],
            Grant::columns(),
            User::columns(),
            vec!["a.issued_at", "a.ended_at"],
        ]
        .concat()
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        let token = row.read()?;
        let client = row.read()?;
        let secret = {
            let id = row.optional_text()?;
            let phase = phase(row.optional_time()?, row.optional_time()?);
            id.map(|id| (id, phase))
        };
        let authorization = {
            let grant = row.optional()?;
            grant.zip(row.optional()?)
        };
        let code_issued_at = row.optional_time()?;
        let ended_at = row.optional_time()?;
        let family = code_issued_at.map(|_| Family { ended_at, expires_at: None });
        let place = ChainPlace::Newest;
        Ok(Self {
            record: TokenRecord { token, client, secret, authorization, family, place },
            code_issued_at,
        })
    }
}

/// Reads from `families f`.
struct Chain {
    newest: Digest,
    /// The digest of the token before, and the facts about it.
    previous: Option<(Digest, Predecessor)>,
}

impl FromRow for Chain {
    fn columns() -> Vec<&'static str> {
        vec!["f.newest", "f.previous", "f.nonce", "f.exchanged_at", "f.previous_expires_at"]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        let newest = Digest::from_bytes(row.value()?);
        let previous = row.value::<Option<[u8; 32]>>()?.map(Digest::from_bytes);
        let nonce = row.value::<Option<[u8; 32]>>()?.map(Nonce::from_bytes);
        let times = (row.optional_time()?, row.optional_time()?);
        let previous = match (previous, times) {
            (Some(digest), (Some(exchanged_at), Some(expires_at))) => {
                Some((digest, Predecessor { exchanged_at, expires_at, nonce }))
            }
            _ => None,
        };
        Ok(Self { newest, previous })
    }
}

impl Chain {
    /// Returns the place of the token with this digest.
    fn place(self, presented: &Digest) -> ChainPlace {
        let is = |digest: &Digest| constant_time::equal(digest.as_bytes(), presented.as_bytes());
        match self.previous {
            _ if is(&self.newest) => ChainPlace::Newest,
            Some((digest, predecessor)) if is(&digest) => ChainPlace::Predecessor(predecessor),
            _ => ChainPlace::Other,
        }
    }
}

/// The rule [`TokenRecord::refusal`] without expiry, as SQL for lists. A test compares the results of both.
const ACCEPTED: &str = "t.revoked_at IS NULL AND a.ended_at IS NULL AND c.stored_state = 'active' AND s.revoked_at IS NULL \
     AND g.revoked_at IS NULL AND u.disabled_at IS NULL";
/// Condition for which a token is revoked for good.
const ENDED: &str = "(t.revoked_at IS NOT NULL OR a.ended_at IS NOT NULL OR c.stored_state = 'revoked' OR s.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL)";

impl SqliteTx<'_> {
    /// Adds the end of the family by the present rules to a refresh token.
    fn with_family_end(&self, row: TokenRow) -> Result<TokenRecord, StoreError> {
        let TokenRow { mut record, code_issued_at } = row;
        if record.token.kind == TokenKind::Refresh
            && let (Some(family), Some(issued_at)) = (&mut record.family, code_issued_at)
        {
            family.expires_at = RefreshRules::of(&record.client, &self.settings()?).family_end(issued_at);
        }
        Ok(record)
    }

    /// Returns the condition that the family of a refresh token has reached its end, with its parameters bound.
    fn family_expired(&self, query: &mut ListQuery, now: Timestamp) -> Result<String, StoreError> {
        let by_settings = query.bind(stored_lifetime(self.settings()?.refresh_family_lifetime));
        let lifetime = format!("nullif(ifnull(c.refresh_family_lifetime, {by_settings}), 0)");
        let moment = query.bind(now.millis());
        Ok(format!("(t.kind = 'refresh' AND ifnull(a.issued_at + {lifetime} <= {moment}, 0))"))
    }

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
            LazyLock::new(|| format!("SELECT {} FROM {TABLES} WHERE t.digest = ?1", select::<TokenRow>()));
        self.first(&SQL, [digest.as_bytes()], TokenRow::read)?
            .map(|row| self.with_family_end(row))
            .transpose()
    }

    fn refresh_token(
        &self,
        selector: &Digest,
        presented: &Digest,
    ) -> Result<Option<TokenRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            format!(
                "SELECT {}, {} FROM {TABLES} JOIN families f ON f.token_seq = t.seq WHERE t.digest = ?1",
                select::<TokenRow>(),
                select::<Chain>()
            )
        });
        let read = |row: &mut RowCursor<'_>| Ok((row.read::<TokenRow>()?, row.read::<Chain>()?));
        let Some((row, chain)) = self.first(&SQL, [selector.as_bytes()], read)? else { return Ok(None) };
        let record = self.with_family_end(row)?;
        Ok(Some(TokenRecord { place: chain.place(presented), ..record }))
    }

    fn find_token(&self, handle: &Handle) -> Result<Match<TokenRecord>, StoreError> {
        match handle {
            Handle::Id(id) => {
                lookup::by_id(self, TABLES, "t.token_id", id)?.try_map(|row| self.with_family_end(row))
            }
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
                let family_expired = self.family_expired(&mut query, now)?;
                query.when(&format!("NOT {family_expired}"));
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
                let family_expired = self.family_expired(&mut query, now)?;
                let moment = query.bind(now.millis());
                query.when(&format!(
                    "(t.expires_at <= {moment} OR c.expires_order <= {moment} OR {family_expired})"
                ));
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
        let Page { items, next } = query.page(self, &tables, &order, page)?;
        let items = items.into_iter().map(|row| self.with_family_end(row)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
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
        let rows = query.page(self, TABLES, &order, &PageRequest { after: None, limit })?.items;
        rows.into_iter().map(|row| self.with_family_end(row)).collect()
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

    fn begin_family(&mut self, token: &TokenId, newest: &Digest) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO families (token_seq, newest) VALUES ((SELECT seq FROM tokens WHERE token_id = ?1), ?2)",
            params![token.as_str(), newest.as_bytes()],
        )?;
        Ok(())
    }

    fn exchange_refresh_token(&mut self, exchange: &RefreshExchange<'_>) -> Result<bool, StoreError> {
        let now = self.now().millis();
        let exchanged = self.execute(
            "UPDATE families SET newest = ?3, previous = newest, nonce = ?4, exchanged_at = ?5, \
               previous_expires_at = (SELECT expires_at FROM tokens WHERE seq = token_seq) \
             WHERE token_seq = (SELECT seq FROM tokens WHERE token_id = ?1) AND newest = ?2",
            params![
                exchange.token.as_str(),
                exchange.presented.as_bytes(),
                exchange.successor.as_bytes(),
                exchange.nonce.map(Nonce::as_bytes),
                now,
            ],
        )?;
        if exchanged == 1 {
            self.execute(
                "UPDATE tokens SET issued_at = ?2, expires_at = ?3 WHERE token_id = ?1",
                params![exchange.token.as_str(), now, exchange.expires_at.millis()],
            )?;
        }
        Ok(exchanged == 1)
    }

    fn use_refresh_token(
        &mut self,
        token: &TokenId,
        presented: &Digest,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE families SET nonce = NULL \
             WHERE token_seq = (SELECT seq FROM tokens WHERE token_id = ?1) AND newest = ?2",
            params![token.as_str(), presented.as_bytes()],
        )?;
        if used == 1 {
            self.execute(
                "UPDATE tokens SET expires_at = ?2 WHERE token_id = ?1",
                params![token.as_str(), expires_at.millis()],
            )?;
        }
        Ok(used == 1)
    }

    fn erase_nonces(&mut self, limit: u32) -> Result<(), StoreError> {
        let grace = self.settings()?.refresh_token_grace.span();
        self.execute(
            "UPDATE families SET nonce = NULL WHERE token_seq IN (SELECT f.token_seq FROM families f \
               JOIN tokens t ON t.seq = f.token_seq JOIN clients c ON c.seq = t.client_seq \
               WHERE f.nonce IS NOT NULL AND abs(?1 - f.exchanged_at) >= ifnull(c.refresh_token_grace, ?2) LIMIT ?3)",
            params![self.now().millis(), grace.millis(), limit],
        )?;
        Ok(())
    }
}
