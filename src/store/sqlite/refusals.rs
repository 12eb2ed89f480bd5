//! Refusals.

use rusqlite::{Row, params};

use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::StoredRefusal;
use crate::store::refusals::{RefusalReads, RefusalWrites};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::range_end;
use crate::store::sqlite::query::rows;

const COLUMNS: &str =
    "request_id, at, endpoint, error, client_id, client_name, username, failed_check, why, suggested_command";

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredRefusal> {
    Ok(StoredRefusal {
        request: rows::text(row, 0)?,
        at: rows::time(row, 1)?,
        endpoint: row.get(2)?,
        error: row.get(3)?,
        client_id: rows::optional_text(row, 4)?,
        client_name: rows::optional_text(row, 5)?,
        user: rows::optional_text(row, 6)?,
        code: row.get(7)?,
        why: row.get(8)?,
        suggested_command: row.get(9)?,
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
                "INSERT INTO refusals ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                 ON CONFLICT (request_id) DO NOTHING"
            ),
            params![
                refusal.request.as_str(),
                refusal.at.millis(),
                refusal.endpoint,
                refusal.error,
                refusal.client_id.as_ref().map(ClientId::as_str),
                refusal.client_name.as_ref().map(Name::as_str),
                refusal.user.as_ref().map(Name::as_str),
                refusal.code,
                refusal.why,
                refusal.suggested_command,
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
