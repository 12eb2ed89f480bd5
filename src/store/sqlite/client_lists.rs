//! Lists of keys and consumers: tables, order, and the condition on the state.

use rusqlite::params;

use crate::domain::State;
use crate::domain::id::ClientKind;
use crate::domain::page::{Sort, SortField, StateFilter};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order};

/// The tables that a client is read from.
pub(crate) const TABLES: &str = "clients c LEFT JOIN permission_groups p ON p.seq = c.group_seq";
/// [`TABLES`], read in the order of expiry.
pub(crate) const TABLES_BY_EXPIRY: &str =
    "clients c INDEXED BY clients_expiry LEFT JOIN permission_groups p ON p.seq = c.group_seq";
/// Column of the ids.
pub(crate) const ID: &str = "client_id";
/// Expiry in a form that sorts clients without one last.
const EXPIRES: &str = "expires_order";
/// Up to this number of rows, sorting is faster than reading an index in the list's order and skipping most rows.
const FEW: i64 = 2000;

impl SqliteTx<'_> {
    /// Returns true if fewer than [`FEW`] clients that are not disabled expire before `now` (`side` is `<=`) or after it
    /// (`>`).
    fn few(&self, kind: ClientKind, side: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM clients WHERE kind = ?1 AND stored_state = 'active' AND expires_order {side} ?2 LIMIT {FEW})"
        );
        self.only(&sql, params![kind.noun(), now.millis()], |row| Ok(row.value::<i64>()? < FEW))
    }

    /// Adds the condition that a client is in one of these states. Returns the tables to read.
    ///
    /// Expiry is the part of a state that the index of no other order contains. If few clients are on the wanted side of
    /// `now`, reading them by expiry and sorting them is faster. Otherwise enough of them are met in the list's order.
    pub(crate) fn clients_in_state(
        &self,
        query: &mut ListQuery,
        kind: ClientKind,
        state: StateFilter,
        order: &Order,
        now: Timestamp,
    ) -> Result<&'static str, StoreError> {
        if order.column == Some(ID) {
            // One index has the ids of all states.
            query.when(&format!("c.stored_state IN ('{}')", stored_states(state).join("', '")));
        } else {
            query.one_of(stored_states(state).iter().map(|word| format!("c.stored_state = '{word}'")));
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
        // The plus keeps SQLite from choosing the index by this condition.
        query.with(&format!("+c.{EXPIRES} {side} ?"), now.millis());
        Ok(TABLES)
    }
}

/// Returns the values of the column `stored_state` that clients in these states have.
const fn stored_states(state: StateFilter) -> &'static [&'static str] {
    match state {
        StateFilter::All => &["active", "disabled", "revoked"],
        StateFilter::NotRevoked => &["active", "disabled"],
        StateFilter::Only(State::Active | State::Expired) => &["active"],
        StateFilter::Only(State::Disabled) => &["disabled"],
        StateFilter::Only(State::Revoked) => &["revoked"],
    }
}

/// Returns the order of a list of clients.
pub(crate) const fn order(kind: ClientKind, sort: Sort) -> Order {
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
