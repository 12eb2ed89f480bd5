//! SQL of users.

use rusqlite::params;

use crate::domain::State;
use crate::domain::StateCounts;
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::name::Text;
use crate::domain::page::{Page, PageRequest, StateFilter, UserFilter};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::error::StoreError;
use crate::store::lookup::Match;
use crate::store::transactions::WriteTx as _;
use crate::store::users::{UserReads, UserWrites};

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::{ListQuery, Order};
use crate::store::sqlite::query::lookup;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// Reads from `users u`.
impl FromRow for User {
    fn columns() -> Vec<&'static str> {
        vec!["u.user_id", "u.username", "u.display_name", "u.email", "u.disabled_at", "u.created_at"]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.text()?,
            username: row.text()?,
            display_name: row.optional_text()?,
            email: row.optional_text()?,
            disabled_at: row.optional_time()?,
            created_at: row.time()?,
        })
    }
}

/// Adds the condition that a user is in one of these states.
fn in_state(query: &mut ListQuery, state: StateFilter) {
    match state {
        StateFilter::All | StateFilter::NotRevoked => {}
        StateFilter::Only(State::Active) => query.when("u.disabled_at IS NULL"),
        StateFilter::Only(State::Disabled) => query.when("u.disabled_at IS NOT NULL"),
        // A user neither expires nor is revoked.
        StateFilter::Only(State::Expired | State::Revoked) => query.when("0"),
    }
}

impl UserReads for SqliteTx<'_> {
    fn find_user(&self, handle: &Handle) -> Result<Match<User>, StoreError> {
        match handle {
            Handle::Id(id) => lookup::by_id(self, "users u", "u.user_id", id),
            Handle::Name(name) => {
                let sql = format!("SELECT {} FROM users u WHERE u.username = ?1", select::<User>());
                Ok(lookup::matched(self.rows(&sql, [name.as_str()], User::read)?))
            }
            Handle::Pair(_) => Ok(Match::None),
        }
    }

    fn list_users(&self, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, StoreError> {
        let mut query = ListQuery::new();
        in_state(&mut query, filter.state);
        if let Some(glob) = &filter.name_glob {
            query.with("u.username GLOB ?", glob.clone());
        }
        let order = Order { list: "users", table: "u", column: None, descending: true };
        query.page(self, "users u", &order, page)
    }

    fn users_starting(
        &self,
        prefix: &str,
        state: StateFilter,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let mut query = ListQuery::new();
        in_state(&mut query, state);
        let column = if prefix.starts_with(UserId::PREFIX) { "user_id" } else { "username" };
        query.with(&format!("u.{column} >= ?"), prefix.to_owned());
        query.with(&format!("u.{column} < ?"), range_end(prefix));
        let order = Order { list: "starting", table: "u", column: Some(column), descending: false };
        Ok(query.page(self, "users u", &order, &PageRequest { after: None, limit })?.items)
    }

    fn usernames_near(&self, name: &str) -> Result<Vec<String>, StoreError> {
        lookup::near(self, "users", "username", &["1"], name)
    }

    fn password_hash(&self, id: &UserId) -> Result<Option<String>, StoreError> {
        self.first("SELECT password_hash FROM users WHERE user_id = ?1", [id.as_str()], rows::value)
    }

    fn count_users(&self) -> Result<StateCounts, StoreError> {
        self.only(
            "SELECT (SELECT count(*) FROM users WHERE disabled_at IS NULL), (SELECT count(*) FROM users WHERE disabled_at IS NOT NULL)",
            [],
            |row| {
                Ok(StateCounts {
                    active: row.value()?,
                    disabled: row.value()?,
                    ..StateCounts::default()
                })
            },
        )
    }
}

impl UserWrites for SqliteTx<'_> {
    fn insert_user(&mut self, user: &User, password_hash: &str) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO users (user_id, username, display_name, email, password_hash, disabled_at, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                user.id.as_str(),
                user.username.as_str(),
                user.display_name.as_ref().map(Text::as_str),
                user.email.as_ref().map(Text::as_str),
                password_hash,
                user.disabled_at.map(Timestamp::millis),
                user.created_at.millis(),
            ],
        )?;
        Ok(())
    }

    fn set_password_hash(&mut self, id: &UserId, password_hash: &str) -> Result<(), StoreError> {
        self.execute(
            "UPDATE users SET password_hash = ?2, session_epoch = session_epoch + 1 WHERE user_id = ?1",
            params![id.as_str(), password_hash],
        )?;
        Ok(())
    }

    fn set_user_disabled(&mut self, id: &UserId, disabled: bool) -> Result<(), StoreError> {
        self.execute(
            "UPDATE users SET disabled_at = ?2, session_epoch = session_epoch + 1 WHERE user_id = ?1",
            params![id.as_str(), disabled.then(|| self.now().millis())],
        )?;
        Ok(())
    }
}
