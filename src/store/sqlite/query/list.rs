//! Queries of lists: conditions, order and page. Values are always bound, never part of the SQL text.

use rusqlite::types::Value;

use crate::domain::page::{Page, PageRequest};
use crate::store::error::StoreError;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::cursor;
use crate::store::sqlite::query::cursor::{Position, SortKey};
use crate::store::sqlite::query::rows::{FromRow, select};

/// Order of a list.
pub(crate) struct Order {
    /// Name of the list in its cursors.
    pub list: &'static str,
    /// Alias of the table that has the ordering column and `seq`.
    pub table: &'static str,
    /// Ordering column; without one, rows are ordered by `seq`.
    pub column: Option<&'static str>,
    pub descending: bool,
}

/// Query of a list.
pub(crate) struct ListQuery {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// Conditions of which exactly one holds for each row. Each is a query of its own that reads an index in the list's
    /// order; the results are merged.
    alternatives: Vec<String>,
}

impl ListQuery {
    /// Makes a query without conditions.
    pub(crate) const fn new() -> Self {
        Self { conditions: Vec::new(), values: Vec::new(), alternatives: Vec::new() }
    }

    /// Adds a condition without a value.
    pub(crate) fn when(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Binds a value and returns its parameter, for a condition with several values.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Adds a condition in which each `?` stands for `value`.
    pub(crate) fn with(&mut self, condition: &str, value: impl Into<Value>) {
        let parameter = self.bind(value);
        self.conditions.push(condition.replace('?', &parameter));
    }

    /// Adds the condition that one of the alternatives holds. No two of them may hold for the same row.
    pub(crate) fn one_of(&mut self, alternatives: impl IntoIterator<Item = String>) {
        self.alternatives.extend(alternatives);
    }

    /// Runs the query on `tables` and reads one page.
    pub(crate) fn page<T: FromRow>(
        mut self,
        transaction: &SqliteTx<'_>,
        tables: &str,
        order: &Order,
        page: &PageRequest,
    ) -> Result<Page<T>, StoreError> {
        let Order { list, table, column, descending } = order;
        let order_name = format!("{list}.{}{}", if *descending { "-" } else { "" }, column.unwrap_or("seq"));
        let (comparison, direction) = if *descending { ("<", "DESC") } else { (">", "ASC") };
        if let Some(after) = &page.after {
            let Position { key, seq } = cursor::read(&order_name, after)?;
            match (column, key) {
                (None, SortKey::None) => self.with(&format!("{table}.seq {comparison} ?"), seq),
                (Some(column), SortKey::Number(number)) => {
                    self.after(table, column, comparison, number.into(), seq);
                }
                (Some(column), SortKey::Text(text)) => {
                    self.after(table, column, comparison, text.into(), seq);
                }
                _ => return Err(StoreError::Cursor),
            }
        }
        let key = column.map_or_else(|| "NULL".to_owned(), |column| format!("{table}.{column}"));
        let columns = select::<T>();
        // By column numbers: the result of UNION ALL can be ordered by nothing else.
        let by_key = column.map_or_else(String::new, |_| format!("1 {direction}, "));
        let part = |alternative: Option<&String>| {
            let conditions: Vec<&str> =
                self.conditions.iter().chain(alternative).map(String::as_str).collect();
            let conditions = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
            format!("SELECT {key}, {table}.seq, {columns} FROM {tables} WHERE {conditions}")
        };
        let parts: Vec<String> = match &*self.alternatives {
            [] => vec![part(None)],
            alternatives => alternatives.iter().map(|alternative| part(Some(alternative))).collect(),
        };
        // One row more than requested shows whether there is a next page.
        let limit = row_limit(page.limit).saturating_add(1);
        let sql = format!("{} ORDER BY {by_key}2 {direction} LIMIT {limit}", parts.join(" UNION ALL "));
        let rows = transaction.rows(&sql, rusqlite::params_from_iter(self.values), |row| {
            let key = match row.value()? {
                Value::Integer(number) => SortKey::Number(number),
                Value::Text(text) => SortKey::Text(text),
                _ => SortKey::None,
            };
            Ok((Position { key, seq: row.value()? }, row.read()?))
        })?;
        let more = rows.len() > page.limit;
        let mut last = None;
        let items = rows
            .into_iter()
            .take(page.limit)
            .map(|(position, item)| {
                last = Some(position);
                item
            })
            .collect();
        let next = last.filter(|_| more).map(|position| cursor::write(&order_name, &position));
        Ok(Page { items, next })
    }

    fn after(&mut self, table: &str, column: &str, comparison: &str, key: Value, seq: i64) {
        self.values.push(key);
        let key = self.values.len();
        self.values.push(seq.into());
        let seq = self.values.len();
        self.conditions.push(format!("({table}.{column}, {table}.seq) {comparison} (?{key}, ?{seq})"));
    }
}

/// Converts a number of rows for a LIMIT.
pub(crate) fn row_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
