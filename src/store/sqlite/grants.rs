//! Grants.

use rusqlite::{Params, ToSql, params};

use crate::domain::State;
use crate::domain::grant::Grant;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, GrantId, UserId};
use crate::domain::name::Text;
use crate::domain::page::{GrantFilter, Page, PageRequest, StateFilter};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;
use crate::store::Match;
use crate::store::clients::{ClientReads as _, Impact};
use crate::store::grants::{GrantReads, GrantWrites};
use crate::store::users::UserReads as _;

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order, range_end};
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::GRANT;

const TABLES: &str = "grants g JOIN users u ON u.seq = g.user_seq JOIN clients c ON c.seq = g.client_seq";
/// In force: not ended by itself, nor with its consumer.
const LIVE: &str = "g.revoked_at IS NULL AND c.stored_state <> 'revoked'";
const NEWEST: Order = Order { list: "grants", table: "g", column: None, descending: true };

impl SqliteTx<'_> {
    fn grants(&self, conditions: &str, params: impl Params) -> Result<Vec<Grant>, StoreError> {
        self.rows(&format!("SELECT {GRANT} FROM {TABLES} WHERE {conditions}"), params, |row| {
            rows::grant(row, 0)
        })
    }
}

fn in_state(query: &mut ListQuery, state: StateFilter) {
    match state {
        StateFilter::All => {}
        StateFilter::NotRevoked | StateFilter::Only(State::Active) => query.when(LIVE),
        StateFilter::Only(State::Revoked) => query.one_of(
            ["g.revoked_at IS NOT NULL", "g.revoked_at IS NULL AND c.stored_state = 'revoked'"]
                .map(str::to_owned),
        ),
        // A grant is neither switched off nor does it expire.
        StateFilter::Only(State::Disabled | State::Expired) => query.when("0"),
    }
}

impl GrantReads for SqliteTx<'_> {
    fn find_grant(&self, handle: &Handle) -> Result<Match<Grant>, StoreError> {
        let found = match handle {
            Handle::Id(id) => {
                let exact = self.grants("g.grant_id = ?1", [id])?;
                if exact.is_empty() {
                    self.grants(
                        "g.grant_id >= ?1 AND g.grant_id < ?2 ORDER BY g.grant_id LIMIT 10",
                        params![id, range_end(id)],
                    )?
                } else {
                    exact
                }
            }
            Handle::Pair(pair) => {
                let (user, consumer) = (&pair.0, &pair.1);
                let (Match::One(user), Match::One(client)) =
                    (self.find_user(user)?, self.find_client(ClientKind::Consumer, consumer)?)
                else {
                    return Ok(Match::None);
                };
                match self.live_grant(&user.id, &client.id)? {
                    Some(grant) => vec![grant],
                    None => self.grants(
                        "u.user_id = ?1 AND c.client_id = ?2 ORDER BY g.seq DESC LIMIT 1",
                        params![user.id.as_str(), client.id.as_str()],
                    )?,
                }
            }
            Handle::Name(_) => Vec::new(),
        };
        Ok(Self::matched(found))
    }

    fn live_grant(&self, user: &UserId, client: &ClientId) -> Result<Option<Grant>, StoreError> {
        let found = self.grants(
            &format!("u.user_id = ?1 AND c.client_id = ?2 AND {LIVE}"),
            params![user.as_str(), client.as_str()],
        )?;
        Ok(found.into_iter().next())
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
        query.page(self, GRANT, TABLES, &NEWEST, page, rows::grant)
    }

    fn grants_starting(&self, prefix: &str, live_only: bool, limit: usize) -> Result<Vec<Grant>, StoreError> {
        let live = if live_only { format!("{LIVE} AND") } else { String::new() };
        if prefix.len() <= GrantId::PREFIX.len() {
            return self.grants(&format!("{live} 1 ORDER BY g.seq DESC LIMIT ?1"), [limit_of(limit)]);
        }
        self.grants(
            &format!("{live} g.grant_id >= ?1 AND g.grant_id < ?2 ORDER BY g.grant_id LIMIT ?3"),
            params![prefix, range_end(prefix), limit_of(limit)],
        )
    }

    fn grants_of_pair(
        &self,
        user: &str,
        consumer: Option<&str>,
        live_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        // Of its own accord SQLite would go through all that each user ever granted.
        let (index, live) = if live_only {
            ("INDEXED BY grants_live_pair", format!(" AND {LIVE}"))
        } else {
            ("INDEXED BY grants_user", String::new())
        };
        let grants = |conditions: &str, params: &[&dyn ToSql]| {
            self.rows(
                &format!(
                    "SELECT {GRANT} FROM users u JOIN grants g {index} ON g.user_seq = u.seq \
                     JOIN clients c ON c.seq = g.client_seq WHERE {conditions}{live} \
                     ORDER BY u.username, c.name, g.revoked_at IS NOT NULL, g.seq DESC LIMIT {limit}"
                ),
                params,
                |row| rows::grant(row, 0),
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
            |row| row.get(0),
        )
    }

    fn count_grants(&self) -> Result<[i64; 2], StoreError> {
        self.only(
            "SELECT (SELECT count(*) FROM grants WHERE revoked_at IS NULL), (SELECT count(*) FROM grants WHERE revoked_at IS NOT NULL), \
               (SELECT count(*) FROM clients c JOIN grants g ON g.client_seq = c.seq \
                WHERE c.kind = 'consumer' AND c.stored_state = 'revoked' AND g.revoked_at IS NULL)",
            [],
            |row| {
                let (stored_state, ended, ended_with_consumer): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok([stored_state - ended_with_consumer, ended + ended_with_consumer])
            },
        )
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
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

    fn revoke_grant(&mut self, id: &GrantId, at: Timestamp, reason: Option<&Text>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE grants SET revoked_at = ?2, revoke_reason = ?3 WHERE grant_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), at.millis(), reason.map(Text::as_str)],
        )?;
        Ok(())
    }
}
