//! The audit chain.

use rusqlite::{Connection, Row, params};

use crate::domain::audit::Record;
use crate::domain::page::{AuditFilter, Page, PageRequest};
use crate::store::audit::{AuditReads, AuditWrites};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::cursor;
use crate::store::sqlite::query::cursor::{Key, Position};
use crate::store::sqlite::query::rows;

const LIST: &str = "audit";
const COLUMNS: &str = "sequence, scheme, at, operation, event, object_id, object_name, fields, reason, via, uid, \
     login_uid, sudo_user, terminal, host, ci_job, version, previous, hash";

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        sequence: row.get(0)?,
        scheme: row.get(1)?,
        at: rows::time(row, 2)?,
        operation: row.get(3)?,
        event: row.get(4)?,
        object_id: row.get(5)?,
        object_name: row.get(6)?,
        fields: row.get(7)?,
        reason: row.get(8)?,
        via: row.get(9)?,
        uid: row.get(10)?,
        login_uid: row.get(11)?,
        sudo_user: row.get(12)?,
        terminal: row.get(13)?,
        host: row.get(14)?,
        ci_job: row.get(15)?,
        version: row.get(16)?,
        previous: row.get(17)?,
        hash: row.get(18)?,
    })
}

/// Appends a record; also for the first one, while the store is made.
pub(crate) fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&format!(
        "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
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
        self.first(&format!("SELECT {COLUMNS} FROM audit ORDER BY sequence DESC LIMIT 1"), [], record)
    }

    fn audit_records_after(&self, after: i64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.rows(
            &format!("SELECT {COLUMNS} FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"),
            params![after, i64::try_from(limit).unwrap_or(i64::MAX)],
            record,
        )
    }

    fn list_audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<Record>, StoreError> {
        let mut conditions = vec!["sequence < ?1".to_owned()];
        let before = match &page.after {
            None => i64::MAX,
            Some(after) => match cursor::read(LIST, after)? {
                Position { key: Key::None, seq } => seq,
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
        let limit = i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1;
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE {} ORDER BY sequence DESC LIMIT {limit}",
            conditions.join(" AND ")
        );
        let mut items = self.rows(&sql, rusqlite::params_from_iter(values), record)?;
        let more = items.len() > page.limit;
        items.truncate(page.limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| cursor::write(LIST, &Position { key: Key::None, seq: last.sequence }));
        Ok(Page { items, next })
    }
}

impl AuditWrites for SqliteTx<'_> {
    fn append_audit(&mut self, record: &Record) -> Result<(), StoreError> {
        insert(self.connection(), record).map_err(|error| self.fail(error))
    }
}
