//! SQL of keys and consumers.

use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Params, params, params_from_iter};

use crate::domain::State;
use crate::domain::StateCounts;
use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Confidentiality, ConsumerProfile, GrantType, GrantTypes, Safeguards};
use crate::domain::group::GroupScopes;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::{Name, Text};
use crate::domain::page::{ClientFilter, Page, PageRequest, Sort, StateFilter};
use crate::domain::redirect::RedirectUri;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace};
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::domain::web_origin::WebOrigin;
use crate::store::clients::{ClientReads, ClientWrites, HandlePrefix, Impact};
use crate::store::error::StoreError;
use crate::store::lookup::Match;
use crate::store::transactions::WriteTx as _;

use crate::store::sqlite::client_lists::{ID, TABLES, TABLES_BY_EXPIRY, order};
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order};
use crate::store::sqlite::query::lookup;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

impl FromRow for Client {
    fn columns() -> Vec<&'static str> {
        vec![
            "c.client_id",
            "c.kind",
            "c.name",
            "c.title",
            "c.description",
            "c.owner",
            "p.name",
            "p.scope",
            "c.scope",
            "c.is_public",
            "c.pkce",
            "c.refresh_rotation",
            "c.client_credentials",
            "c.authorization_code",
            "c.redirect_uris",
            "c.web_origins",
            "c.access_token_lifetime",
            "c.refresh_token_lifetime",
            "c.refresh_token_grace",
            "c.refresh_family_lifetime",
            "c.stored_state",
            "c.stored_state_at",
            "c.stored_state_reason",
            "c.created_at",
            "c.expires_at",
            "c.last_used_at",
            "c.revision",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        let id = row.text()?;
        let kind = row.str()?;
        let name = row.text()?;
        let title = row.optional_text()?;
        let description = row.optional_text()?;
        let owner = row.optional_text()?;
        let group = row.optional::<GroupScopes>()?;
        let direct_scopes = row.text()?;
        let is_public = row.value()?;
        let safeguards = Safeguards { pkce: row.text()?, refresh_rotation: row.text()? };
        let confidentiality =
            if is_public { Confidentiality::Public } else { Confidentiality::Confidential(safeguards) };
        let grant_types = match (row.value()?, row.value()?) {
            (true, true) => GrantTypes::Both,
            (true, false) => GrantTypes::ClientCredentials,
            (false, true) => GrantTypes::AuthorizationCode,
            (false, false) => return Err(row.unreadable()),
        };
        let redirect_uris = words(row)?;
        let web_origins = words(row)?;
        let profile = ConsumerProfile {
            title,
            grant_types,
            confidentiality,
            redirect_uris,
            web_origins,
            access_token_lifetime: row.optional_span()?,
            refresh_token_lifetime: row.optional_span()?,
            refresh_token_grace: match row.optional_span()? {
                None => None,
                Some(span) => Some(RefreshGrace::new(span).ok_or_else(|| row.unreadable())?),
            },
            refresh_family_lifetime: row.optional_span()?.map(|span| {
                if span.millis() == NEVER { FamilyLifetime::Unlimited } else { FamilyLifetime::Limited(span) }
            }),
        };
        Ok(Self {
            id,
            name,
            profile: if kind == ClientKind::Key.noun() { Profile::Key } else { Profile::Consumer(profile) },
            description,
            owner,
            group,
            direct_scopes,
            stored_state: {
                let word = row.str()?;
                let word_is_known = matches!(word, "active" | "disabled" | "revoked");
                if !word_is_known {
                    return Err(row.unreadable());
                }
                let at = row.time()?;
                let reason = row.optional_text()?;
                match word {
                    "disabled" => StoredState::Disabled { since: at },
                    "revoked" => StoredState::Revoked { at, reason },
                    _ => StoredState::Active,
                }
            },
            created_at: row.time()?,
            expires_at: row.optional_time()?,
            last_used_at: row.optional_time()?,
            revision: row.value()?,
        })
    }
}

/// The stored form of [`FamilyLifetime::Unlimited`]. A limited lifetime is at least one second.
const NEVER: i64 = 0;

/// Returns the stored form of the lifetime of a family.
pub(crate) const fn stored_lifetime(lifetime: FamilyLifetime) -> i64 {
    match lifetime {
        FamilyLifetime::Limited(span) => span.millis(),
        FamilyLifetime::Unlimited => NEVER,
    }
}

/// Reads a column with texts that are separated by blanks.
fn words<T: FromStr>(row: &mut RowCursor<'_>) -> rusqlite::Result<Vec<T>> {
    let text = row.str()?;
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(|_| row.unreadable()))
        .collect()
}

/// A column of `clients` to be written: its name, an expression in which `?` stands for the value, and the value.
type Assignment = (&'static str, &'static str, Value);

/// Returns the columns that `insert_client` and `update_client` write.
///
/// INSERT and UPDATE are made from one list, so that a new field of a client is added here once.
fn editable_columns(client: &Client, group: Option<&Name>) -> Vec<Assignment> {
    let text = |text: Option<&Text>| text.map(|text| text.as_str().to_owned()).into();
    let span = |span: Option<Span>| span.map(Span::millis).into();
    let consumer = match &client.profile {
        Profile::Key => None,
        Profile::Consumer(profile) => Some(profile),
    };
    let safeguards =
        consumer.map_or_else(Safeguards::default, |profile| profile.confidentiality.safeguards());
    let redirect_uris: Vec<_> =
        consumer.iter().flat_map(|profile| &profile.redirect_uris).map(RedirectUri::as_str).collect();
    let web_origins: Vec<_> =
        consumer.iter().flat_map(|profile| &profile.web_origins).map(WebOrigin::as_str).collect();
    vec![
        ("name", "?", client.name.as_str().to_owned().into()),
        ("title", "?", text(consumer.and_then(|profile| profile.title.as_ref()))),
        ("description", "?", text(client.description.as_ref())),
        ("owner", "?", text(client.owner.as_ref())),
        (
            "group_seq",
            "(SELECT seq FROM permission_groups WHERE name = ?)",
            group.map(|name| name.as_str().to_owned()).into(),
        ),
        ("scope", "?", client.direct_scopes.to_string().into()),
        ("redirect_uris", "?", redirect_uris.join(" ").into()),
        ("web_origins", "?", web_origins.join(" ").into()),
        ("access_token_lifetime", "?", span(consumer.and_then(|profile| profile.access_token_lifetime))),
        ("refresh_token_lifetime", "?", span(consumer.and_then(|profile| profile.refresh_token_lifetime))),
        (
            "refresh_token_grace",
            "?",
            span(consumer.and_then(|profile| profile.refresh_token_grace).map(RefreshGrace::span)),
        ),
        (
            "refresh_family_lifetime",
            "?",
            consumer.and_then(|profile| profile.refresh_family_lifetime).map(stored_lifetime).into(),
        ),
        ("pkce", "?", safeguards.pkce.as_str().to_owned().into()),
        ("refresh_rotation", "?", safeguards.refresh_rotation.as_str().to_owned().into()),
        ("expires_at", "?", client.expires_at.map(Timestamp::millis).into()),
    ]
}

/// Returns the columns that `insert_client` alone writes.
fn fixed_columns(client: &Client) -> Vec<Assignment> {
    let is_public = !client.is_confidential();
    let (state, state_at, state_reason) = state_columns(&client.stored_state, client.created_at);
    vec![
        ("client_id", "?", client.id.as_str().to_owned().into()),
        ("kind", "?", client.kind().noun().to_owned().into()),
        ("is_public", "?", is_public.into()),
        ("client_credentials", "?", client.may_use(GrantType::ClientCredentials).into()),
        ("authorization_code", "?", client.may_use(GrantType::AuthorizationCode).into()),
        ("stored_state", "?", state.to_owned().into()),
        ("stored_state_at", "?", state_at.into()),
        ("stored_state_reason", "?", state_reason.map(str::to_owned).into()),
        ("created_at", "?", client.created_at.millis().into()),
        ("revision", "?", client.revision.into()),
    ]
}

/// Returns the columns `stored_state`, `stored_state_at` and `stored_state_reason`. An active client has no time of its
/// own for the second one.
fn state_columns(stored_state: &StoredState, active_since: Timestamp) -> (&'static str, i64, Option<&str>) {
    match stored_state {
        StoredState::Active => ("active", active_since.millis(), None),
        StoredState::Disabled { since } => ("disabled", since.millis(), None),
        StoredState::Revoked { at, reason } => ("revoked", at.millis(), reason.as_ref().map(Text::as_str)),
    }
}

impl SqliteTx<'_> {
    fn clients(&self, conditions: &str, params: impl Params) -> Result<Vec<Client>, StoreError> {
        let sql = format!("SELECT {} FROM {TABLES} WHERE {conditions}", select::<Client>());
        self.rows(&sql, params, Client::read)
    }

    /// Writes the origins of a client that is not revoked.
    fn write_origins(&self, client: &Client) -> Result<(), StoreError> {
        let Profile::Consumer(profile) = &client.profile else { return Ok(()) };
        self.delete_origins(&client.id)?;
        for origin in profile.allowed_origins() {
            self.execute(
                "INSERT INTO allowed_origins (origin, client_seq) SELECT ?2, seq FROM clients WHERE client_id = ?1",
                [client.id.as_str(), origin.as_str()],
            )?;
        }
        Ok(())
    }

    fn delete_origins(&self, id: &ClientId) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM allowed_origins WHERE client_seq = (SELECT seq FROM clients WHERE client_id = ?1)",
            [id.as_str()],
        )?;
        Ok(())
    }
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
                if !id.starts_with(kind.id_prefix()) || Handle::misfit(kind.into(), id).is_some() {
                    return Ok(Match::None);
                }
                let clients = self.clients(
                    "+c.kind = ?1 AND c.client_id >= ?2 AND c.client_id < ?3 ORDER BY c.client_id LIMIT 10",
                    params![kind.noun(), id, range_end(id)],
                )?;
                Ok(lookup::matched(clients))
            }
            Handle::Name(name) => {
                let unrevoked = self
                    .clients(
                        "c.kind = ?1 AND c.name = ?2 AND c.stored_state <> 'revoked'",
                        params![kind.noun(), name.as_str()],
                    )?
                    .pop();
                // An id of another form than new ids may have the form of a name.
                let with_id = self
                    .clients("c.kind = ?1 AND c.client_id = ?2", params![kind.noun(), name.as_str()])?
                    .pop();
                let client = match (unrevoked, with_id) {
                    (Some(named), Some(other)) if named.id != other.id => {
                        return Ok(Match::NameAndId { named, identified: other });
                    }
                    (Some(client), _) | (None, Some(client)) => Some(client),
                    (None, None) => self
                        .clients(
                            "c.kind = ?1 AND c.name = ?2 AND c.stored_state = 'revoked' ORDER BY c.seq DESC LIMIT 1",
                            params![kind.noun(), name.as_str()],
                        )?
                        .pop(),
                };
                Ok(client.map_or(Match::None, Match::One))
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
        let tables = self.clients_in_state(&mut query, filter.kind, filter.state, &order, now)?;
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
        query.page(self, tables, &order, page)
    }

    fn clients_starting(
        &self,
        kind: ClientKind,
        prefix: HandlePrefix<'_>,
        state: StateFilter,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Client>, StoreError> {
        let mut query = ListQuery::new();
        let by_id = matches!(prefix, HandlePrefix::Id(_));
        let (column, prefix) = match prefix {
            HandlePrefix::Id(prefix) => (ID, prefix),
            HandlePrefix::Name(prefix) => ("name", prefix),
        };
        let order = if prefix.is_empty() {
            Order { list: "starting", table: "c", column: None, descending: true }
        } else {
            query.with(&format!("c.{column} >= ?"), prefix.to_owned());
            query.with(&format!("c.{column} < ?"), range_end(prefix));
            Order { list: "starting", table: "c", column: Some(column), descending: false }
        };
        let tables = self.clients_in_state(&mut query, kind, state, &order, now)?;
        // The prefix of an id selects few rows by the index of ids. The plus keeps SQLite from choosing an index that begins
        // with the kind, which is better only for states that few clients are in.
        let rare = tables == TABLES_BY_EXPIRY || state == StateFilter::Only(State::Disabled);
        let by_kind = if by_id && !rare { "+c.kind = ?" } else { "c.kind = ?" };
        query.with(by_kind, kind.noun().to_owned());
        Ok(query.page(self, tables, &order, &PageRequest { after: None, limit })?.items)
    }

    fn client_names_near(&self, kind: ClientKind, name: &str) -> Result<Vec<String>, StoreError> {
        let unrevoked = ["active", "disabled"]
            .map(|word| format!("kind = '{}' AND stored_state = '{word}'", kind.noun()));
        lookup::near(self, "clients", "name", &unrevoked.each_ref().map(String::as_str), name)
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
            |row| {
                let grants = row.value()?;
                // A user has at most one active grant for a consumer.
                Ok(Impact { grants, users: grants, tokens: row.value()? })
            },
        )
    }

    fn allows_origin(&self, origin: &WebOrigin) -> Result<bool, StoreError> {
        for entry in origin.entries() {
            let sql = "SELECT 1 FROM allowed_origins WHERE origin = ?1 LIMIT 1";
            if self.first(sql, [entry.as_str()], rows::value::<i64>)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count_clients(&self, kind: ClientKind, now: Timestamp) -> Result<StateCounts, StoreError> {
        // Four ranges of an index are faster than one pass over all rows.
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
            |row| {
                Ok(StateCounts {
                    active: row.value()?,
                    disabled: row.value()?,
                    expired: row.value()?,
                    revoked: row.value()?,
                })
            },
        )
    }
}

impl ClientWrites for SqliteTx<'_> {
    fn insert_client(&mut self, client: &Client, group: Option<&Name>) -> Result<(), StoreError> {
        let mut assignments = fixed_columns(client);
        assignments.extend(editable_columns(client, group));
        let columns: Vec<_> = assignments.iter().map(|(column, ..)| *column).collect();
        let expressions: Vec<_> = assignments.iter().map(|(_, expression, _)| *expression).collect();
        let sql = format!("INSERT INTO clients ({}) VALUES ({})", columns.join(", "), expressions.join(", "));
        self.execute(&sql, params_from_iter(assignments.into_iter().map(|(.., value)| value)))?;
        self.write_origins(client)
    }

    fn update_client(&mut self, client: &Client, group: Option<&Name>) -> Result<bool, StoreError> {
        let assignments = editable_columns(client, group);
        let columns: Vec<_> =
            assignments.iter().map(|(column, expression, _)| format!("{column} = {expression}")).collect();
        let sql = format!(
            "UPDATE clients SET {}, revision = revision + 1 WHERE client_id = ? AND revision = ?",
            columns.join(", ")
        );
        let conditions: [Value; 2] = [client.id.as_str().to_owned().into(), client.revision.into()];
        let values = assignments.into_iter().map(|(.., value)| value).chain(conditions);
        let is_updated = self.execute(&sql, params_from_iter(values))? == 1;
        if is_updated {
            self.write_origins(client)?;
        }
        Ok(is_updated)
    }

    fn set_client_state(&mut self, id: &ClientId, stored_state: &StoredState) -> Result<(), StoreError> {
        let (word, at, reason) = state_columns(stored_state, self.now());
        self.execute(
            "UPDATE clients SET stored_state = ?2, stored_state_at = ?3, stored_state_reason = ?4, revision = revision + 1 WHERE client_id = ?1",
            params![id.as_str(), word, at, reason],
        )?;
        if matches!(stored_state, StoredState::Revoked { .. }) {
            self.delete_origins(id)?;
        }
        Ok(())
    }
}
