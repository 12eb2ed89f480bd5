//! SQL of refusals.

use rusqlite::params;

use crate::credentials::digest::sha256;
use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::{StoredClient, StoredRefusal};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::refusals::{RefusalReads, RefusalRing, RefusalWrites};

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::list::row_limit;
use crate::store::sqlite::query::lookup::range_end;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

impl FromRow for StoredRefusal {
    fn columns() -> Vec<&'static str> {
        vec![
            "request_id",
            "at",
            "last_at",
            "later_requests",
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
            last_at: row.time()?,
            later_requests: {
                let ids: Result<_, _> = row.str()?.split_whitespace().map(str::parse).collect();
                ids.map_err(|_| row.unreadable())?
            },
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
        let find = |condition: &str| {
            self.first(
                &format!("SELECT {} FROM refusals WHERE {condition}", select::<StoredRefusal>()),
                [request.as_str()],
                StoredRefusal::read,
            )
        };
        match find("request_id = ?1")? {
            // The later ids have no index: an administrator asks for them rarely, and there are at most some thousand rows.
            None => find("instr(later_requests, ?1) > 0"),
            found => Ok(found),
        }
    }

    fn equal_refusal(
        &self,
        like: &StoredRefusal,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<StoredRefusal>, StoreError> {
        self.first(
            &format!(
                "SELECT {} FROM refusals WHERE equality = ?1 AND at > ?2 AND at < ?3",
                select::<StoredRefusal>()
            ),
            params![equality(like), from.millis(), to.millis()],
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
                "INSERT INTO refusals ({}, equality) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
                 ON CONFLICT (request_id) DO NOTHING",
                select::<StoredRefusal>()
            ),
            params![
                refusal.request.as_str(),
                refusal.at.millis(),
                refusal.last_at.millis(),
                ids(&refusal.later_requests),
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
                equality(refusal),
            ],
        )?;
        Ok(())
    }

    fn update_refusal(&mut self, refusal: &StoredRefusal) -> Result<(), StoreError> {
        self.execute(
            "UPDATE refusals SET count = ?2, last_at = ?3, later_requests = ?4 WHERE request_id = ?1",
            params![
                refusal.request.as_str(),
                refusal.count,
                refusal.last_at.millis(),
                ids(&refusal.later_requests)
            ],
        )?;
        Ok(())
    }

    fn keep_refusals(&mut self, ring: &RefusalRing, count: usize) -> Result<(), StoreError> {
        // Each condition has an index. The row at the offset is the newest of those to delete.
        let (condition, client) = match ring {
            RefusalRing::Clients => ("client_name IS NOT NULL", None),
            RefusalRing::Client(id) => ("client_name IS NOT NULL AND client_id = ?2", Some(id.as_str())),
            RefusalRing::Other => ("client_name IS NULL", None),
        };
        let sql = format!(
            "DELETE FROM refusals WHERE {condition} AND seq <= \
               (SELECT seq FROM refusals WHERE {condition} ORDER BY seq DESC LIMIT 1 OFFSET ?1)"
        );
        match client {
            Some(client) => self.execute(&sql, params![row_limit(count), client])?,
            None => self.execute(&sql, [row_limit(count)])?,
        };
        Ok(())
    }
}

/// Returns a digest of everything in which equal refusals agree. All clients that do not exist count as one.
fn equality(refusal: &StoredRefusal) -> [u8; 16] {
    let parts = [
        Some(refusal.code.as_str()),
        Some(refusal.endpoint.as_str()),
        refusal.host.as_deref(),
        refusal.known_client().map(ClientId::as_str),
        refusal.client_authenticated.then_some("authenticated"),
        refusal.user.as_ref().map(Name::as_str),
        Some(refusal.why.as_str()),
        refusal.suggested_command.as_deref(),
    ];
    // No part contains a NUL, so different parts give different texts.
    let text = parts.map(|part| part.map_or_else(String::new, |part| format!("={part}"))).join("\0");
    let [digest @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(text.as_bytes());
    digest
}

/// Returns request ids in the form of the column.
fn ids(requests: &[RequestId]) -> String {
    requests.iter().map(RequestId::as_str).collect::<Vec<_>>().join(" ")
}
