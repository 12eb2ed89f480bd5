//! SQL of the audit chain.

use rusqlite::{Connection, params};

use crate::domain::audit::Record;
use crate::domain::page::{AuditFilter, Page, PageRequest};
use crate::store::audit::{AuditReads, AuditWrites};
use crate::store::error::StoreError;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::cursor;
use crate::store::sqlite::query::cursor::{Position, SortKey};
use crate::store::sqlite::query::list::row_limit;
use crate::store::sqlite::query::rows::{FromRow, RowCursor, select};

/// Name of the list in its cursors.
const LIST: &str = "audit";

impl FromRow for Record {
    fn columns() -> Vec<&'static str> {
        vec![
            "sequence",
            "scheme",
            "at",
            "operation",
            "event",
            "object_id",
            "object_name",
            "fields",
            "reason",
            "via",
            "uid",
            "login_uid",
            "sudo_user",
            "terminal",
            "host",
            "ci_job",
            "version",
            "previous",
            "hash",
        ]
    }

    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sequence: row.value()?,
            scheme: row.value()?,
            at: row.time()?,
            operation: row.value()?,
            event: row.value()?,
            object_id: row.value()?,
            object_name: row.value()?,
            fields: row.value()?,
            reason: row.value()?,
            via: row.value()?,
            uid: row.value()?,
            login_uid: row.value()?,
            sudo_user: row.value()?,
            terminal: row.value()?,
            host: row.value()?,
            ci_job: row.value()?,
            version: row.value()?,
            previous: row.value()?,
            hash: row.value()?,
        })
    }
}

/// Appends a record. Takes a connection, since the first record is written while the store is created.
pub(crate) fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&format!(
        "INSERT INTO audit ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        select::<Record>()
    ))?;
    statement.execute(params![
        record.sequence,
        record.scheme,
        record.at.millis(),
        record.operation,
        record.event,
        record.object_id,
        record.object_name,
        record.fields,
        record.reason,
        record.via,
        record.uid,
        record.login_uid,
        record.sudo_user,
        record.terminal,
        record.host,
        record.ci_job,
        record.version,
        record.previous,
        record.hash,
    ])?;
    Ok(())
}

impl AuditReads for SqliteTx<'_> {
    fn last_audit_record(&self) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {} FROM audit ORDER BY sequence DESC LIMIT 1", select::<Record>());
        self.first(&sql, [], Record::read)
    }

    fn audit_records_after(&self, after: i64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                select::<Record>()
            ),
            params![after, row_limit(limit)],
            Record::read,
        )
    }

    fn list_audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<Record>, StoreError> {
        let mut conditions = vec!["sequence < ?1".to_owned()];
        let before = match &page.after {
            None => i64::MAX,
            Some(after) => match cursor::read(LIST, after)? {
                Position { key: SortKey::None, seq } => seq,
                Position { .. } => return Err(StoreError::Cursor),
            },
        };
        let mut values: Vec<rusqlite::types::Value> = vec![before.into()];
        let mut with = |condition: &str, value: rusqlite::types::Value| {
            values.push(value);
            conditions.push(format!("{condition} ?{}", values.len()));
        };
        if let Some(object) = filter.object {
            with("event GLOB", format!("{}.*", object.as_str()).into());
        }
        if let Some(operation) = &filter.operation {
            with("operation =", operation.clone().into());
        }
        if let Some(since) = filter.since {
            with("at >=", since.millis().into());
        }
        if let Some(handle) = &filter.object_handle {
            values.push(handle.clone().into());
            conditions.push(format!("(object_id = ?{0} OR object_name = ?{0})", values.len()));
        }
        // One row more than requested shows whether there is a next page.
        let sql = format!(
            "SELECT {} FROM audit WHERE {} ORDER BY sequence DESC LIMIT {}",
            select::<Record>(),
            conditions.join(" AND "),
            row_limit(page.limit).saturating_add(1)
        );
        let mut items = self.rows(&sql, rusqlite::params_from_iter(values), Record::read)?;
        let more = items.len() > page.limit;
        items.truncate(page.limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| cursor::write(LIST, &Position { key: SortKey::None, seq: last.sequence }));
        Ok(Page { items, next })
    }
}

impl AuditWrites for SqliteTx<'_> {
    fn append_audit(&mut self, record: &Record) -> Result<(), StoreError> {
        insert(self.connection(), record).map_err(|error| self.fail(error))
    }
}
