//! Building the query of a list: conditions, order, page. Values are always bound, never written into the text.

use rusqlite::Row;
use rusqlite::types::Value;

use crate::domain::page::{Page, PageRequest};

use crate::store::sqlite::StoreError;
use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::cursor;
use crate::store::sqlite::query::cursor::{Key, Position};

/// The order of a list: an ordering column, if it is not the row number itself, and a direction.
pub(crate) struct Order {
    /// Names the list in cursors, with its order.
    pub list: &'static str,
    /// The table's alias.
    pub table: &'static str,
    /// The ordering column.
    pub column: Option<&'static str>,
    /// Largest first.
    pub descending: bool,
}

/// A list query under construction.
pub(crate) struct ListQuery {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// No row fulfils two of them. Each is read in the list's order by an index of its own, and the rows are merged.
    alternatives: Vec<String>,
}

impl ListQuery {
    pub(crate) const fn new() -> Self {
        Self { conditions: Vec::new(), values: Vec::new(), alternatives: Vec::new() }
    }

    /// Adds a condition without a value.
    pub(crate) fn when(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds a condition in which every `?` stands for this one value.
    pub(crate) fn with(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    /// Adds the condition that one of these holds; no two may hold for the same row.
    pub(crate) fn one_of(&mut self, alternatives: impl IntoIterator<Item = String>) {
        self.alternatives.extend(alternatives);
    }

    /// Runs the query. `columns` come after the ordering column and the row number, so that `map` begins at 2.
    pub(crate) fn page<T>(
        mut self,
        transaction: &SqliteTx<'_>,
        columns: &str,
        tables: &str,
        order: &Order,
        page: &PageRequest,
        mut map: impl FnMut(&Row<'_>, usize) -> rusqlite::Result<T>,
    ) -> Result<Page<T>, StoreError> {
        let Order { list, table, column, descending } = order;
        let order_name = format!("{list}.{}{}", if *descending { "-" } else { "" }, column.unwrap_or("seq"));
        let (comparison, direction) = if *descending { ("<", "DESC") } else { (">", "ASC") };
        if let Some(after) = &page.after {
            let Position { key, seq } = cursor::read(&order_name, after)?;
            match (column, key) {
                (None, Key::None) => self.with(&format!("{table}.seq {comparison} ?"), seq),
                (Some(column), Key::Number(number)) => {
                    self.after(table, column, comparison, number.into(), seq);
                }
                (Some(column), Key::Text(text)) => self.after(table, column, comparison, text.into(), seq),
                _ => return Err(StoreError::Cursor),
            }
        }
        let key = column.map_or_else(|| "NULL".to_owned(), |column| format!("{table}.{column}"));
        // By the places of the two in the result: what is merged can be ordered by nothing else.
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
        // One row more than asked for tells whether there is a next page.
        let limit = i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1;
        let sql = format!("{} ORDER BY {by_key}2 {direction} LIMIT {limit}", parts.join(" UNION ALL "));
        let rows = transaction.rows(&sql, rusqlite::params_from_iter(self.values), |row| {
            let key = match row.get(0)? {
                Value::Integer(number) => Key::Number(number),
                Value::Text(text) => Key::Text(text),
                _ => Key::None,
            };
            Ok((Position { key, seq: row.get(1)? }, map(row, 2)?))
        })?;
        let more = rows.len() > page.limit;
        let mut last = None;
        let items = rows
            .into_iter()
            .take(page.limit)
            .map(|(place, item)| {
                last = Some(place);
                item
            })
            .collect();
        let next = last.filter(|_| more).map(|place| cursor::write(&order_name, &place));
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

/// The end of the range of texts that begin with `prefix`: no stored id or name has a character as high.
pub(crate) fn range_end(prefix: &str) -> String {
    format!("{prefix}\u{7f}")
}
