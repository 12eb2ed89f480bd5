//! SQL of refusals.

use rusqlite::params;

use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::{StoredClient, StoredRefusal};
use crate::store::error::StoreError;
use crate::store::refusals::{RefusalReads, RefusalWrites};

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::row_limit;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

impl FromRow for StoredRefusal {
    fn columns() -> Vec<&'static str> {
        vec![
            "request_id",
            "at",
            "endpoint",
            "host",
            "error",
            "client_id",
            "client_name",
            "client_authenticated",
            "username",
            "failed_check",
            "why",
            "suggested_command",
            "count",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            request: row.text()?,
            at: row.time()?,
            endpoint: row.value()?,
            host: row.value()?,
            error: row.value()?,
            client: {
                let id: Option<ClientId> = row.optional_text()?;
                let name = row.optional_text()?;
                id.map(|id| StoredClient { id, name })
            },
            client_authenticated: row.value()?,
            user: row.optional_text()?,
            code: row.value()?,
            why: row.value()?,
            suggested_command: row.value()?,
            count: row.value()?,
        })
    }
}

impl RefusalReads for SqliteTx<'_> {
    fn last_refusals(&self, limit: usize) -> Result<Vec<StoredRefusal>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM refusals ORDER BY seq DESC LIMIT ?1", select::<StoredRefusal>()),
            [row_limit(limit)],
            StoredRefusal::read,
        )
    }

    fn refusal(&self, request: &RequestId) -> Result<Option<StoredRefusal>, StoreError> {
        self.first(
            &format!("SELECT {} FROM refusals WHERE request_id = ?1", select::<StoredRefusal>()),
            [request.as_str()],
            StoredRefusal::read,
        )
    }

    fn refusals_starting(&self, prefix: &str, limit: usize) -> Result<Vec<StoredRefusal>, StoreError> {
        if prefix.len() <= RequestId::PREFIX.len() {
            return self.last_refusals(limit);
        }
        self.rows(
            &format!(
                "SELECT {} FROM refusals WHERE request_id >= ?1 AND request_id < ?2 ORDER BY seq DESC LIMIT ?3",
                select::<StoredRefusal>()
            ),
            params![prefix, range_end(prefix), row_limit(limit)],
            StoredRefusal::read,
        )
    }
}

impl RefusalWrites for SqliteTx<'_> {
    fn insert_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError> {
        self.execute(
            &format!(
                "INSERT INTO refusals ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                 ON CONFLICT (request_id) DO NOTHING",
                select::<StoredRefusal>()
            ),
            params![
                refusal.request.as_str(),
                refusal.at.millis(),
                refusal.endpoint,
                refusal.host,
                refusal.error,
                refusal.client.as_ref().map(|client| client.id.as_str()),
                refusal.client.as_ref().and_then(|client| client.name.as_ref()).map(Name::as_str),
                refusal.client_authenticated,
                refusal.user.as_ref().map(Name::as_str),
                refusal.code,
                refusal.why,
                refusal.suggested_command,
                refusal.count,
            ],
        )?;
        Ok(())
    }

    fn keep_refusals(&mut self, count: usize) -> Result<(), StoreError> {
        // Rows are deleted only from the low end, so that `seq` has no gaps and counts the rows.
        self.execute(
            "DELETE FROM refusals WHERE seq <= (SELECT max(seq) FROM refusals) - ?1",
            [row_limit(count)],
        )?;
        Ok(())
    }
}
