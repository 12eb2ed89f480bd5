//! Looking up objects by a handle, and names that are similar to a mistyped one.

use rusqlite::{ToSql, params};

use crate::store::error::StoreError;
use crate::store::lookup::Match;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;
use crate::store::sqlite::query::rows::{FromRow, select};

/// Number of objects that an ambiguous handle returns.
const CANDIDATES: usize = 10;
/// Number of names that each part of a search for similar names reads.
const NEAR: usize = 1000;

/// Returns the exclusive upper end of the range of texts that start with `prefix`. Ids and names contain no character as
/// high as U+007F.
pub(crate) fn range_end(prefix: &str) -> String {
    format!("{prefix}\u{7f}")
}

/// Makes a match from the objects that a handle may name.
pub(crate) fn matched<T>(mut objects: Vec<T>) -> Match<T> {
    match objects.len() {
        0 | 1 => objects.pop().map_or(Match::None, Match::One),
        _ => {
            objects.truncate(CANDIDATES);
            Match::Many(objects)
        }
    }
}

/// Finds objects by an exact id, otherwise by the prefix of an id.
pub(crate) fn by_id<T: FromRow>(
    transaction: &SqliteTx<'_>,
    tables: &str,
    column: &str,
    id: &str,
) -> Result<Match<T>, StoreError> {
    let columns = select::<T>();
    let find = |condition: &str, params: &[&dyn ToSql]| {
        transaction.rows(&format!("SELECT {columns} FROM {tables} WHERE {condition}"), params, T::read)
    };
    let exact = find(&format!("{column} = ?1"), &[&id])?;
    let objects = if exact.is_empty() {
        let range = format!("{column} >= ?1 AND {column} < ?2 ORDER BY {column} LIMIT {CANDIDATES}");
        find(&range, &[&id, &range_end(id)])?
    } else {
        exact
    };
    Ok(matched(objects))
}

/// Returns names that start with the same letter as `name`, and the newest names. Each of `conditions` is searched by
/// itself, so that an index that begins with its columns is used.
pub(crate) fn near(
    transaction: &SqliteTx<'_>,
    table: &str,
    column: &str,
    conditions: &[&str],
    name: &str,
) -> Result<Vec<String>, StoreError> {
    let initial: String = name.chars().take(1).collect();
    let parts: Vec<String> = conditions
        .iter()
        .map(|condition| {
            format!(
                "SELECT {column} FROM (SELECT {column} FROM {table} WHERE {condition} AND {column} >= ?1 AND {column} < ?2 LIMIT {NEAR}) \
                 UNION SELECT {column} FROM (SELECT {column} FROM {table} WHERE {condition} ORDER BY seq DESC LIMIT {NEAR})"
            )
        })
        .collect();
    let params = params![initial, range_end(&initial)];
    transaction.rows(&parts.join(" UNION "), params, rows::value)
}
