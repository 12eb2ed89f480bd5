//! Keys, consumers and their secrets.

use std::sync::LazyLock;

use rusqlite::{Params, Row, params};

use crate::credentials::digest::Digest;
use crate::domain::State;
use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Confidentiality, GrantType};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, SecretId};
use crate::domain::name::{Name, Text};
use crate::domain::page::{ClientFilter, Page, PageRequest, Sort, SortField, StateFilter};
use crate::domain::redirect::RedirectUri;
use crate::domain::secret::SecretRecord;
use crate::domain::secret::{Phase, Secret};
use crate::domain::span::Span;
use crate::domain::time::Timestamp;
use crate::store::Match;
use crate::store::clients::{ClientReads, ClientWrites, Impact};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order, range_end};
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{CLIENT, SECRET, SECRET_WIDTH};

const TABLES: &str = "clients c LEFT JOIN permission_groups p ON p.seq = c.group_seq";
/// The same, clients read in the order of their end.
const TABLES_BY_EXPIRY: &str =
    "clients c INDEXED BY clients_expiry LEFT JOIN permission_groups p ON p.seq = c.group_seq";
const ID: &str = "client_id";
/// The end, in a form that has an order.
const EXPIRES: &str = "expires_order";
/// How many rows are sorted rather than met in order.
const FEW: i64 = 2000;
/// How many candidates an ambiguous prefix shows.
const CANDIDATES: usize = 10;
/// How many names a search for a near one looks at.
const NEAR: usize = 1000;

impl SqliteTx<'_> {
    fn clients(&self, conditions: &str, params: impl Params) -> Result<Vec<Client>, StoreError> {
        self.rows(&format!("SELECT {CLIENT} FROM {TABLES} WHERE {conditions}"), params, |row| {
            rows::client(row, 0)
        })
    }

    /// A match from the objects found, of which more than one is ambiguous.
    pub(crate) fn matched<T>(mut found: Vec<T>) -> Match<T> {
        match found.len() {
            0 => Match::None,
            1 => found.pop().map_or(Match::None, Match::One),
            _ => {
                found.truncate(CANDIDATES);
                Match::Many(found)
            }
        }
    }

    /// Values of a text column around `text` in its order, and the newest: where a mistyped name may be found. Looks at
    /// rows that fulfil one of the conditions.
    pub(crate) fn near(
        &self,
        table: &str,
        column: &str,
        conditions: &[&str],
        text: &str,
    ) -> Result<Vec<String>, StoreError> {
        let begin: String = text.chars().take(1).collect();
        let parts: Vec<String> = conditions
            .iter()
            .map(|condition| {
                format!(
                    "SELECT {column} FROM (SELECT {column} FROM {table} WHERE {condition} AND {column} >= ?1 AND {column} < ?2 LIMIT {NEAR}) \
                     UNION SELECT {column} FROM (SELECT {column} FROM {table} WHERE {condition} ORDER BY seq DESC LIMIT {NEAR})"
                )
            })
            .collect();
        self.rows(&parts.join(" UNION "), params![begin, range_end(&begin)], |row| row.get(0))
    }

    /// Whether so few clients that are switched on have an end on this side of now that they can be sorted.
    fn few(&self, kind: ClientKind, side: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM clients WHERE kind = ?1 AND stored_state = 'active' AND expires_order {side} ?2 LIMIT {FEW})"
        );
        self.only(&sql, params![kind.noun(), now.millis()], |row| Ok(row.get::<_, i64>(0)? < FEW))
    }

    /// Adds the condition that a client is in these states, and gives the tables to read.
    ///
    /// The end is the one part of a state that no order has in its index. If few clients are on the wanted side of now,
    /// they are read by their end and sorted; if many are, the list meets enough of them in its own order.
    fn in_state(
        &self,
        query: &mut ListQuery,
        kind: ClientKind,
        state: StateFilter,
        order: &Order,
        now: Timestamp,
    ) -> Result<&'static str, StoreError> {
        if order.column == Some(ID) {
            // All in one index, which is gone through once.
            query.when(&format!("c.stored_state IN ('{}')", standings(state).join("', '")));
        } else {
            query.one_of(
                standings(state).iter().map(|stored_state| format!("c.stored_state = '{stored_state}'")),
            );
        }
        let side = match state {
            StateFilter::Only(State::Active) => ">",
            StateFilter::Only(State::Expired) => "<=",
            _ => return Ok(TABLES),
        };
        if order.column == Some(EXPIRES) {
            query.with(&format!("c.{EXPIRES} {side} ?"), now.millis());
            return Ok(TABLES);
        }
        if self.few(kind, side, now)? {
            query.with(&format!("c.{EXPIRES} {side} ?"), now.millis());
            return Ok(TABLES_BY_EXPIRY);
        }
        // The plus keeps the condition from choosing the index.
        query.with(&format!("+c.{EXPIRES} {side} ?"), now.millis());
        Ok(TABLES)
    }
}

/// A secret and its client. Every request asks for them, so the text is made once.
fn held_secret(condition: &str) -> String {
    format!(
        "SELECT {SECRET}, {CLIENT} FROM secrets s JOIN clients c ON c.seq = s.client_seq \
         LEFT JOIN permission_groups p ON p.seq = c.group_seq WHERE {condition}"
    )
}

fn read_secret_record(row: &Row<'_>) -> rusqlite::Result<SecretRecord> {
    Ok(SecretRecord { secret: rows::secret(row, 0)?, client: rows::client(row, SECRET_WIDTH)? })
}

/// What stands in the column `stored_state` of clients in these states.
const fn standings(state: StateFilter) -> &'static [&'static str] {
    match state {
        StateFilter::All => &["active", "disabled", "revoked"],
        StateFilter::NotRevoked => &["active", "disabled"],
        StateFilter::Only(State::Active | State::Expired) => &["active"],
        StateFilter::Only(State::Disabled) => &["disabled"],
        StateFilter::Only(State::Revoked) => &["revoked"],
    }
}

const fn order(kind: ClientKind, sort: Sort) -> Order {
    let column = match sort.field {
        SortField::Created => None,
        SortField::Name => Some("name"),
        SortField::Expires => Some(EXPIRES),
        SortField::LastUsed => Some("last_used_order"),
    };
    let list = match kind {
        ClientKind::Key => "keys",
        ClientKind::Consumer => "consumers",
    };
    Order { list, table: "c", column, descending: sort.descending }
}

impl ClientReads for SqliteTx<'_> {
    fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.clients("c.client_id = ?1", [id.as_str()])?.pop())
    }

    fn find_client(&self, kind: ClientKind, handle: &Handle) -> Result<Match<Client>, StoreError> {
        match handle {
            Handle::Id(id) => {
                if let Some(client) =
                    self.clients("c.kind = ?1 AND c.client_id = ?2", params![kind.noun(), id])?.pop()
                {
                    return Ok(Match::One(client));
                }
                let found = self.clients(
                    "+c.kind = ?1 AND c.client_id >= ?2 AND c.client_id < ?3 ORDER BY c.client_id LIMIT 10",
                    params![kind.noun(), id, range_end(id)],
                )?;
                Ok(Self::matched(found))
            }
            Handle::Name(name) => {
                let live = self
                    .clients(
                        "c.kind = ?1 AND c.name = ?2 AND c.stored_state <> 'revoked'",
                        params![kind.noun(), name.as_str()],
                    )?
                    .pop();
                let found = match live {
                    Some(client) => Some(client),
                    None => self
                        .clients(
                            "c.kind = ?1 AND c.name = ?2 AND c.stored_state = 'revoked' ORDER BY c.seq DESC LIMIT 1",
                            params![kind.noun(), name.as_str()],
                        )?
                        .pop(),
                };
                Ok(found.map_or(Match::None, Match::One))
            }
            Handle::Pair(_) => Ok(Match::None),
        }
    }

    fn list_clients(
        &self,
        filter: &ClientFilter,
        sort: Sort,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Client>, StoreError> {
        let mut query = ListQuery::new();
        let order = order(filter.kind, sort);
        query.with("c.kind = ?", filter.kind.noun().to_owned());
        let tables = self.in_state(&mut query, filter.kind, filter.state, &order, now)?;
        if let Some(scope) = &filter.scope {
            query.with(
                "instr(' ' || c.scope || ' ' || ifnull(p.scope, '') || ' ', ?) > 0",
                format!(" {scope} "),
            );
        }
        if let Some(group) = &filter.group {
            query.with("p.name = ?", group.to_string());
        }
        if let Some(owner) = &filter.owner {
            query.with("c.owner = ?", owner.to_string());
        }
        if let Some(moment) = filter.expiring_before {
            query.with("c.expires_order > ?", now.millis());
            query.with("c.expires_order <= ?", moment.millis());
        }
        if let Some(moment) = filter.unused_since {
            query.with("c.created_at < ?", moment.millis());
            query.with("c.last_used_order < ?", moment.millis());
        }
        if let Some(glob) = &filter.name_glob {
            query.with("c.name GLOB ?", glob.clone());
        }
        query.page(self, CLIENT, tables, &order, page, rows::client)
    }

    fn clients_starting(
        &self,
        kind: ClientKind,
        prefix: &str,
        state: StateFilter,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Client>, StoreError> {
        let mut query = ListQuery::new();
        let by_id = prefix.starts_with(kind.id_prefix());
        let column = if by_id { ID } else { "name" };
        let order = if prefix.is_empty() {
            Order { list: "starting", table: "c", column: None, descending: true }
        } else {
            query.with(&format!("c.{column} >= ?"), prefix.to_owned());
            query.with(&format!("c.{column} < ?"), range_end(prefix));
            Order { list: "starting", table: "c", column: Some(column), descending: false }
        };
        let tables = self.in_state(&mut query, kind, state, &order, now)?;
        // The beginning of an id leads to few; an index that begins with the kind would lead to all of it, and is the
        // better way to states that few are in.
        let rare = tables == TABLES_BY_EXPIRY || state == StateFilter::Only(State::Disabled);
        let by_kind = if by_id && !rare { "+c.kind = ?" } else { "c.kind = ?" };
        query.with(by_kind, kind.noun().to_owned());
        Ok(query.page(self, CLIENT, tables, &order, &PageRequest { after: None, limit }, rows::client)?.items)
    }

    fn client_names_near(&self, kind: ClientKind, name: &str) -> Result<Vec<String>, StoreError> {
        let live = ["active", "disabled"]
            .map(|stored_state| format!("kind = '{}' AND stored_state = '{stored_state}'", kind.noun()));
        self.near("clients", "name", &live.each_ref().map(String::as_str), name)
    }

    fn client_impact(&self, id: &ClientId, now: Timestamp) -> Result<Impact, StoreError> {
        let cap = Impact::CAP;
        self.only(
            &format!(
                "SELECT
                   (SELECT count(*) FROM (SELECT 1 FROM grants g WHERE g.client_seq = c.seq AND g.revoked_at IS NULL LIMIT {cap})),
                   (SELECT count(*) FROM (SELECT 1 FROM tokens t WHERE t.client_seq = c.seq AND t.revoked_at IS NULL AND t.expires_at > ?2 LIMIT {cap}))
                 FROM clients c WHERE c.client_id = ?1"
            ),
            params![id.as_str(), now.millis()],
            // One grant in force for each user, so people are as many as grants.
            |row| Ok(Impact { grants: row.get(0)?, users: row.get(0)?, tokens: row.get(1)? }),
        )
    }

    fn secrets_of(&self, id: &ClientId) -> Result<Vec<Secret>, StoreError> {
        self.rows(
            &format!(
                "SELECT {SECRET} FROM secrets s JOIN clients c ON c.seq = s.client_seq WHERE c.client_id = ?1 ORDER BY s.seq DESC"
            ),
            [id.as_str()],
            |row| rows::secret(row, 0),
        )
    }

    fn secret(&self, id: &SecretId) -> Result<Option<SecretRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| held_secret("s.secret_id = ?1"));
        self.first(&SQL, [id.as_str()], read_secret_record)
    }

    fn secret_by_digest(&self, digest: &Digest) -> Result<Option<SecretRecord>, StoreError> {
        static SQL: LazyLock<String> = LazyLock::new(|| held_secret("s.digest = ?1"));
        self.first(&SQL, [digest.as_bytes()], read_secret_record)
    }

    fn count_clients(&self, kind: ClientKind, now: Timestamp) -> Result<[i64; 4], StoreError> {
        // A range of an index each is quicker than one pass over all rows.
        let count =
            |condition: &str| format!("(SELECT count(*) FROM clients WHERE kind = ?1 AND {condition})");
        self.only(
            &format!(
                "SELECT {}, {}, {}, {}",
                count("stored_state = 'active' AND expires_order > ?2"),
                count("stored_state = 'disabled'"),
                count("stored_state = 'active' AND expires_order <= ?2"),
                count("stored_state = 'revoked'"),
            ),
            params![kind.noun(), now.millis()],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]),
        )
    }
}

/// The three columns of a stored_state; what is active does not say since when by itself.
fn state_columns(stored_state: &StoredState, active_since: Timestamp) -> (&'static str, i64, Option<&str>) {
    match stored_state {
        StoredState::Active => ("active", active_since.millis(), None),
        StoredState::Disabled { since } => ("disabled", since.millis(), None),
        StoredState::Revoked { at, reason } => ("revoked", at.millis(), reason.as_ref().map(Text::as_str)),
    }
}

fn title(client: &Client) -> Option<&str> {
    match &client.profile {
        Profile::Key => None,
        Profile::Consumer(profile) => profile.title.as_ref().map(Text::as_str),
    }
}

fn redirect_uris(client: &Client) -> String {
    match &client.profile {
        Profile::Key => String::new(),
        Profile::Consumer(profile) => {
            let uris: Vec<_> = profile.redirect_uris.iter().map(RedirectUri::as_str).collect();
            uris.join(" ")
        }
    }
}

fn lifetimes(client: &Client) -> (Option<i64>, Option<i64>) {
    match &client.profile {
        Profile::Key => (None, None),
        Profile::Consumer(profile) => (
            profile.access_token_lifetime.map(Span::millis),
            profile.refresh_token_lifetime.map(Span::millis),
        ),
    }
}

impl ClientWrites for SqliteTx<'_> {
    fn insert_client(&mut self, client: &Client, group: Option<&Name>) -> Result<(), StoreError> {
        let is_public = matches!(&client.profile, Profile::Consumer(profile) if profile.confidentiality == Confidentiality::Public);
        let (stored_state, stored_state_at, stored_state_reason) =
            state_columns(&client.stored_state, client.created_at);
        let (access, refresh) = lifetimes(client);
        self.execute(
            "INSERT INTO clients (client_id, kind, name, title, description, owner, group_seq, scope, is_public, \
               client_credentials, authorization_code, redirect_uris, access_token_lifetime, refresh_token_lifetime, \
               stored_state, stored_state_at, stored_state_reason, created_at, expires_at, revision) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT seq FROM permission_groups WHERE name = ?7), ?8, ?9, ?10, ?11, ?12, \
               ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            params![
                client.id.as_str(),
                client.kind().noun(),
                client.name.as_str(),
                title(client),
                client.description.as_ref().map(Text::as_str),
                client.owner.as_ref().map(Text::as_str),
                group.map(Name::as_str),
                client.direct_scopes.to_string(),
                is_public,
                client.may_use(GrantType::ClientCredentials),
                client.may_use(GrantType::AuthorizationCode),
                redirect_uris(client),
                access,
                refresh,
                stored_state,
                stored_state_at,
                stored_state_reason,
                client.created_at.millis(),
                client.expires_at.map(Timestamp::millis),
                client.revision,
            ],
        )?;
        Ok(())
    }

    fn update_client(&mut self, client: &Client, group: Option<&Name>) -> Result<bool, StoreError> {
        let (access, refresh) = lifetimes(client);
        let changed = self.execute(
            "UPDATE clients SET title = ?3, description = ?4, owner = ?5, \
               group_seq = (SELECT seq FROM permission_groups WHERE name = ?6), scope = ?7, redirect_uris = ?8, \
               access_token_lifetime = ?9, refresh_token_lifetime = ?10, expires_at = ?11, name = ?12, revision = revision + 1 \
             WHERE client_id = ?1 AND revision = ?2",
            params![
                client.id.as_str(),
                client.revision,
                title(client),
                client.description.as_ref().map(Text::as_str),
                client.owner.as_ref().map(Text::as_str),
                group.map(Name::as_str),
                client.direct_scopes.to_string(),
                redirect_uris(client),
                access,
                refresh,
                client.expires_at.map(Timestamp::millis),
                client.name.as_str(),
            ],
        )?;
        Ok(changed == 1)
    }

    fn set_client_state(
        &mut self,
        id: &ClientId,
        stored_state: &StoredState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (word, at, reason) = state_columns(stored_state, at);
        self.execute(
            "UPDATE clients SET stored_state = ?2, stored_state_at = ?3, stored_state_reason = ?4, revision = revision + 1 WHERE client_id = ?1",
            params![id.as_str(), word, at, reason],
        )?;
        Ok(())
    }

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

    fn deliver_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE secrets SET delivered_at = ?2 WHERE secret_id = ?1 AND delivered_at IS NULL AND revoked_at IS NULL",
            params![id.as_str(), at.millis()],
        )?;
        Ok(changed == 1)
    }

    fn expire_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET expires_at = ?2 WHERE secret_id = ?1",
            params![id.as_str(), at.millis()],
        )?;
        Ok(())
    }

    fn revoke_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE secrets SET revoked_at = ?2 WHERE secret_id = ?1 AND revoked_at IS NULL",
            params![id.as_str(), at.millis()],
        )?;
        Ok(())
    }
}
