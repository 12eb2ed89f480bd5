//! SQL of grants.

use rusqlite::{Params, ToSql, params};

use crate::domain::State;
use crate::domain::StateCounts;
use crate::domain::grant::{Grant, StoredGrantState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, GrantId, UserId};
use crate::domain::name::Text;
use crate::domain::page::{GrantFilter, Page, PageRequest, StateFilter};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;
use crate::store::clients::{ClientReads as _, Impact};
use crate::store::error::StoreError;
use crate::store::grants::{GrantReads, GrantWrites};
use crate::store::lookup::Match;
use crate::store::transactions::WriteTx as _;
use crate::store::users::UserReads as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order, row_limit};
use crate::store::sqlite::query::lookup;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// The tables that [`Grant`] is read from.
const TABLES: &str = "grants g JOIN users u ON u.seq = g.user_seq JOIN clients c ON c.seq = g.client_seq";
/// Neither the grant nor its consumer is revoked.
const ACTIVE: &str = "g.revoked_at IS NULL AND c.stored_state <> 'revoked'";
const NEWEST: Order = Order { list: "grants", table: "g", column: None, descending: true };

impl FromRow for Grant {
    fn columns() -> Vec<&'static str> {
        vec![
            "g.grant_id",
            "u.user_id",
            "u.username",
            "c.client_id",
            "c.name",
            "g.scope",
            "g.created_at",
            "g.last_used_at",
            "g.revoked_at",
            "g.revoke_reason",
            "c.stored_state",
            "c.stored_state_at",
            "c.stored_state_reason",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.text()?,
            user: row.text()?,
            username: row.text()?,
            client: row.text()?,
            client_name: row.text()?,
            scopes: row.text()?,
            created_at: row.time()?,
            last_used_at: row.optional_time()?,
            stored_state: {
                let revoked_at = row.optional_time()?;
                let reason = row.optional_text()?;
                let consumer_is_revoked = row.str()? == "revoked";
                let consumer_state_at = row.time()?;
                let consumer_reason = row.optional_text()?;
                match revoked_at {
                    Some(at) => StoredGrantState::Revoked { at, reason },
                    // Revoking a consumer revokes its grants without changing their rows.
                    None if consumer_is_revoked => {
                        StoredGrantState::Revoked { at: consumer_state_at, reason: consumer_reason }
                    }
                    None => StoredGrantState::Active,
                }
            },
        })
    }
}

impl SqliteTx<'_> {
    fn grants(&self, conditions: &str, params: impl Params) -> Result<Vec<Grant>, StoreError> {
        let sql = format!("SELECT {} FROM {TABLES} WHERE {conditions}", select::<Grant>());
        self.rows(&sql, params, Grant::read)
    }
}

/// Adds the condition that a grant is in one of these states.
fn in_state(query: &mut ListQuery, state: StateFilter) {
    match state {
        StateFilter::All => {}
        StateFilter::NotRevoked | StateFilter::Only(State::Active) => query.when(ACTIVE),
        StateFilter::Only(State::Revoked) => query.one_of(
            ["g.revoked_at IS NOT NULL", "g.revoked_at IS NULL AND c.stored_state = 'revoked'"]
                .map(str::to_owned),
        ),
        // A grant is neither disabled nor does it expire.
        StateFilter::Only(State::Disabled | State::Expired) => query.when("0"),
    }
}

impl GrantReads for SqliteTx<'_> {
    fn find_grant(&self, handle: &Handle) -> Result<Match<Grant>, StoreError> {
        match handle {
            Handle::Id(id) => lookup::by_id(self, TABLES, "g.grant_id", id),
            Handle::Pair(pair) => {
                let (user, consumer) = (&pair.0, &pair.1);
                let (Match::One(user), Match::One(client)) =
                    (self.find_user(user)?, self.find_client(ClientKind::Consumer, consumer)?)
                else {
                    return Ok(Match::None);
                };
                if let Some(grant) = self.active_grant(&user.id, &client.id)? {
                    return Ok(Match::One(grant));
                }
                let last = self.grants(
                    "u.user_id = ?1 AND c.client_id = ?2 ORDER BY g.seq DESC LIMIT 1",
                    params![user.id.as_str(), client.id.as_str()],
                )?;
                Ok(lookup::matched(last))
            }
            Handle::Name(_) => Ok(Match::None),
        }
    }

    fn active_grant(&self, user: &UserId, client: &ClientId) -> Result<Option<Grant>, StoreError> {
        let mut grants = self.grants(
            &format!("u.user_id = ?1 AND c.client_id = ?2 AND {ACTIVE}"),
            params![user.as_str(), client.as_str()],
        )?;
        Ok(grants.pop())
    }

    fn list_grants(&self, filter: &GrantFilter, page: &PageRequest) -> Result<Page<Grant>, StoreError> {
        let mut query = ListQuery::new();
        in_state(&mut query, filter.state);
        if let Some(user) = &filter.user {
            query.with("g.user_seq = (SELECT seq FROM users WHERE user_id = ?)", user.to_string());
        }
        if let Some(client) = &filter.client {
            query.with("g.client_seq = (SELECT seq FROM clients WHERE client_id = ?)", client.to_string());
        }
        if let Some(scope) = &filter.scope {
            query.with("instr(' ' || g.scope || ' ', ?) > 0", format!(" {scope} "));
        }
        if let Some(moment) = filter.unused_since {
            query.with("g.created_at < ? AND ifnull(g.last_used_at, 0) < ?", moment.millis());
        }
        if let Some(glob) = &filter.name_glob {
            query.with("u.username || '/' || c.name GLOB ?", glob.clone());
        }
        query.page(self, TABLES, &NEWEST, page)
    }

    fn grants_starting(
        &self,
        prefix: &str,
        active_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        let condition = if active_only { format!("{ACTIVE} AND") } else { String::new() };
        if prefix.len() <= GrantId::PREFIX.len() {
            return self.grants(&format!("{condition} 1 ORDER BY g.seq DESC LIMIT ?1"), [row_limit(limit)]);
        }
        self.grants(
            &format!("{condition} g.grant_id >= ?1 AND g.grant_id < ?2 ORDER BY g.grant_id LIMIT ?3"),
            params![prefix, range_end(prefix), row_limit(limit)],
        )
    }

    fn grants_of_pair(
        &self,
        user: &str,
        consumer: Option<&str>,
        active_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        // Without INDEXED BY, SQLite reads all grants that each user ever gave.
        let (index, condition) = if active_only {
            ("INDEXED BY grants_active_pair", format!(" AND {ACTIVE}"))
        } else {
            ("INDEXED BY grants_user", String::new())
        };
        let grants = |conditions: &str, params: &[&dyn ToSql]| {
            self.rows(
                &format!(
                    "SELECT {} FROM users u JOIN grants g {index} ON g.user_seq = u.seq \
                     JOIN clients c ON c.seq = g.client_seq WHERE {conditions}{condition} \
                     ORDER BY u.username, c.name, g.revoked_at IS NOT NULL, g.seq DESC LIMIT {limit}",
                    select::<Grant>()
                ),
                params,
                Grant::read,
            )
        };
        match consumer {
            None => grants("u.username >= ?1 AND u.username < ?2", &[&user, &range_end(user)]),
            Some(consumer) => grants(
                "u.username = ?1 AND c.name >= ?2 AND c.name < ?3",
                &[&user, &consumer, &range_end(consumer)],
            ),
        }
    }

    fn grant_tokens(&self, id: &GrantId, now: Timestamp) -> Result<i64, StoreError> {
        self.only(
            &format!(
                "SELECT count(*) FROM (SELECT 1 FROM tokens t WHERE t.grant_seq = (SELECT seq FROM grants WHERE grant_id = ?1) \
                 AND t.revoked_at IS NULL AND t.expires_at > ?2 LIMIT {})",
                Impact::CAP
            ),
            params![id.as_str(), now.millis()],
            rows::value,
        )
    }

    fn nth_latest_grant_change(
        &self,
        user: &UserId,
        since: Timestamp,
        now: Timestamp,
        nth: u32,
    ) -> Result<Option<Timestamp>, StoreError> {
        // A grant that changed after `since` is active, or was revoked after `since`. Older revoked grants are not read, nor are
        // the records of other events, which clients cause: the condition is that of the index.
        self.first(
            "SELECT at FROM audit INDEXED BY audit_grant_changes \
             WHERE via = 'serve' AND event IN ('grant.create', 'grant.edit', 'grant.revoke') \
               AND at > ?2 AND at <= ?3 AND object_id IN \
               (SELECT grant_id FROM grants INDEXED BY grants_active_pair \
                  WHERE user_seq = (SELECT seq FROM users WHERE user_id = ?1) AND revoked_at IS NULL \
                UNION ALL SELECT grant_id FROM grants \
                  WHERE user_seq = (SELECT seq FROM users WHERE user_id = ?1) AND revoked_at > ?2) \
             ORDER BY at DESC LIMIT 1 OFFSET ?4",
            params![user.as_str(), since.millis(), now.millis(), nth.saturating_sub(1)],
            rows::time,
        )
    }

    fn count_grants(&self) -> Result<StateCounts, StoreError> {
        // Counting by two partial indexes, then correcting for revoked consumers, is faster than joining every grant.
        self.only(
            "SELECT (SELECT count(*) FROM grants WHERE revoked_at IS NULL), (SELECT count(*) FROM grants WHERE revoked_at IS NOT NULL), \
               (SELECT count(*) FROM clients c JOIN grants g ON g.client_seq = c.seq \
                WHERE c.kind = 'consumer' AND c.stored_state = 'revoked' AND g.revoked_at IS NULL)",
            [],
            |row| {
                let (not_revoked, revoked, with_consumer): (i64, i64, i64) =
                    (row.value()?, row.value()?, row.value()?);
                Ok(StateCounts {
                    active: not_revoked - with_consumer,
                    revoked: revoked + with_consumer,
                    ..StateCounts::default()
                })
            },
        )
    }
}

impl GrantWrites for SqliteTx<'_> {
    fn insert_grant(&mut self, grant: &Grant) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at) \
             VALUES (?1, (SELECT seq FROM users WHERE user_id = ?2), (SELECT seq FROM clients WHERE client_id = ?3), ?4, ?5)",
            params![
                grant.id.as_str(),
                grant.user.as_str(),
                grant.client.as_str(),
                grant.scopes.to_string(),
                grant.created_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn set_grant_scopes(&mut self, id: &GrantId, scopes: &ScopeSet) -> Result<(), StoreError> {
        self.execute(
            "UPDATE grants SET scope = ?2 WHERE grant_id = ?1",
            params![id.as_str(), scopes.to_string()],
        )?;
        Ok(())
    }

    fn revoke_grant(&mut self, id: &GrantId, reason: Option<&Text>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE grants SET revoked_at = ?2, revoke_reason = ?3 WHERE grant_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), self.now().millis(), reason.map(Text::as_str)],
        )?;
        Ok(())
    }
}
