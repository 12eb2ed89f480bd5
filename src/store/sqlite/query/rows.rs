//! Reading rows. A reader reads the columns from left to right, so that no column has a number in this program.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::{FromSql, Type, ValueRef};

use crate::domain::time::Span;
use crate::domain::time::Timestamp;

/// A type that is read from columns of a row.
pub(crate) trait FromRow: Sized {
    /// Returns the columns that [`FromRow::read`] reads, in that order. Each is an SQL expression.
    fn columns() -> Vec<&'static str>;

    /// Reads the columns of one value.
    fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self>;
}

/// Returns the columns of `T` as the list of a SELECT.
pub(crate) fn select<T: FromRow>() -> String {
    T::columns().join(", ")
}

/// Reads a row of one column, see [`RowCursor::value`].
pub(crate) fn value<T: FromSql>(row: &mut RowCursor<'_>) -> rusqlite::Result<T> {
    row.value()
}

/// Reads a row of one column, see [`RowCursor::time`].
pub(crate) fn time(row: &mut RowCursor<'_>) -> rusqlite::Result<Timestamp> {
    row.time()
}

/// Reads a row of one column, see [`RowCursor::text`].
pub(crate) fn text<T: FromStr>(row: &mut RowCursor<'_>) -> rusqlite::Result<T> {
    row.text()
}

/// Reads the columns of one row from left to right.
///
/// In debug builds, and so in every test, it panics if a reader does not read all columns of its row.
pub(crate) struct RowCursor<'r> {
    row: &'r Row<'r>,
    /// Index of the next column.
    next: usize,
}

impl<'r> RowCursor<'r> {
    /// Reads a whole row.
    pub(crate) fn read_row<T>(
        row: &'r Row<'r>,
        read: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut cursor = Self { row, next: 0 };
        let value = read(&mut cursor)?;
        debug_assert_eq!(cursor.next, row.as_ref().column_count(), "the reader and its columns differ");
        Ok(value)
    }

    /// Reads the columns of `T`.
    pub(crate) fn read<T: FromRow>(&mut self) -> rusqlite::Result<T> {
        T::read(self)
    }

    /// Reads the columns of `T`, or skips them if the first is NULL, as after a LEFT JOIN without a match.
    pub(crate) fn optional<T: FromRow>(&mut self) -> rusqlite::Result<Option<T>> {
        if matches!(self.row.get_ref(self.next)?, ValueRef::Null) {
            self.next += T::columns().len();
            return Ok(None);
        }
        T::read(self).map(Some)
    }

    /// Reads a column whose type SQLite knows.
    pub(crate) fn value<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.advance();
        self.row.get(self.next - 1)
    }

    /// Reads a text column.
    pub(crate) fn str(&mut self) -> rusqlite::Result<&'r str> {
        self.advance();
        self.row.get_ref(self.next - 1)?.as_str().map_err(|_| self.unreadable())
    }

    /// Parses a text column.
    pub(crate) fn text<T: FromStr>(&mut self) -> rusqlite::Result<T> {
        self.optional_text()?.ok_or_else(|| self.unreadable())
    }

    /// Parses a text column that may be NULL.
    pub(crate) fn optional_text<T: FromStr>(&mut self) -> rusqlite::Result<Option<T>> {
        self.advance();
        match self.row.get_ref(self.next - 1)? {
            ValueRef::Null => Ok(None),
            value => {
                let parsed = value.as_str().ok().and_then(|text| text.parse().ok());
                parsed.map(Some).ok_or_else(|| self.unreadable())
            }
        }
    }

    /// Reads a time column.
    pub(crate) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        self.value().map(Timestamp::from_millis)
    }

    /// Reads a time column that may be NULL.
    pub(crate) fn optional_time(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        Ok(self.value::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    /// Reads a duration column that may be NULL.
    pub(crate) fn optional_span(&mut self) -> rusqlite::Result<Option<Span>> {
        Ok(self.value::<Option<i64>>()?.map(Span::from_millis))
    }

    /// Makes the error for the column that was read last. Such a value means a damaged file, or one edited by hand.
    pub(crate) fn unreadable(&self) -> rusqlite::Error {
        let index = self.next - 1;
        let column = self.row.as_ref().column_name(index).unwrap_or("value");
        let message = format!("a stored {column} cannot be read");
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, message.into())
    }

    const fn advance(&mut self) {
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(i64, String);

    impl FromRow for Pair {
        fn columns() -> Vec<&'static str> {
            vec!["a", "b"]
        }

        fn read(row: &mut RowCursor<'_>) -> rusqlite::Result<Self> {
            Ok(Self(row.value()?, row.value()?))
        }
    }

    fn read<T>(columns: &str, read: impl FnOnce(&mut RowCursor<'_>) -> rusqlite::Result<T>) -> T {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let sql = format!("SELECT {columns} FROM (SELECT 1 AS a, 'x' AS b, NULL AS c)");
        connection.query_row(&sql, [], |row| RowCursor::read_row(row, read)).unwrap()
    }

    #[test]
    fn values_are_read_from_left_to_right() {
        let columns = format!("{0}, NULL, NULL, {0}", select::<Pair>());
        let (first, none, second) =
            read(&columns, |row| Ok((row.read::<Pair>()?, row.optional::<Pair>()?, row.optional::<Pair>()?)));
        assert_eq!((first.0, first.1.as_str()), (1, "x"));
        assert!(none.is_none());
        assert_eq!(second.map(|pair| pair.1).as_deref(), Some("x"));
    }

    #[test]
    #[should_panic(expected = "the reader and its columns differ")]
    fn a_reader_that_leaves_a_column_is_caught() {
        read("a, b, c", Pair::read);
    }
}
