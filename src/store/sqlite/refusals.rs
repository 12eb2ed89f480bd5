//! Refusals.

use rusqlite::{Row, params};

use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::{ClientRef, StoredRefusal};
use crate::store::refusals::{RefusalReads, RefusalWrites};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::range_end;
use crate::store::sqlite::query::rows;

const COLUMNS: &str = "request_id, at, endpoint, host, error, client_id, client_name, client_authenticated, \
     username, failed_check, why, suggested_command, count";

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredRefusal> {
    let id: Option<ClientId> = rows::optional_text(row, 5)?;
    let name: Option<Name> = rows::optional_text(row, 6)?;
    Ok(StoredRefusal {
        request: rows::text(row, 0)?,
        at: rows::time(row, 1)?,
        endpoint: row.get(2)?,
        host: row.get(3)?,
        error: row.get(4)?,
        client: id.map(|id| ClientRef { id, name }),
        client_authenticated: row.get(7)?,
        user: rows::optional_text(row, 8)?,
        code: row.get(9)?,
        why: row.get(10)?,
        suggested_command: row.get(11)?,
        count: row.get(12)?,
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl RefusalReads for SqliteTx<'_> {
    fn last_refusals(&self, limit: usize) -> Result<Vec<StoredRefusal>, StoreError> {
        self.rows(
            &format!("SELECT {COLUMNS} FROM refusals ORDER BY seq DESC LIMIT ?1"),
            [number(limit)],
            stored,
        )
    }

    fn refusal(&self, request: &RequestId) -> Result<Option<StoredRefusal>, StoreError> {
        self.first(
            &format!("SELECT {COLUMNS} FROM refusals WHERE request_id = ?1"),
            [request.as_str()],
            stored,
        )
    }

    fn refusals_starting(&self, prefix: &str, limit: usize) -> Result<Vec<StoredRefusal>, StoreError> {
        if prefix.len() <= RequestId::PREFIX.len() {
            return self.last_refusals(limit);
        }
        self.rows(
            &format!(
                "SELECT {COLUMNS} FROM refusals WHERE request_id >= ?1 AND request_id < ?2 ORDER BY seq DESC LIMIT ?3"
            ),
            params![prefix, range_end(prefix), number(limit)],
            stored,
        )
    }
}

impl RefusalWrites for SqliteTx<'_> {
    fn insert_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError> {
        self.execute(
            &format!(
                "INSERT INTO refusals ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                 ON CONFLICT (request_id) DO NOTHING"
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
        // Rows go at the low end alone, so that the numbers have no gaps.
        self.execute(
            "DELETE FROM refusals WHERE seq <= (SELECT max(seq) FROM refusals) - ?1",
            [number(count)],
        )?;
        Ok(())
    }
}
