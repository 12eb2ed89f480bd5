//! Cursors of paged lists: the position of a page's last row, as text that only this engine reads.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::page::Cursor;
use crate::store::error::StoreError;

/// Value of the ordering column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SortKey {
    /// The list has no ordering column besides the row number.
    None,
    Number(i64),
    Text(String),
}

/// Position of a row in the order of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub key: SortKey,
    /// Row number, which orders rows with the same key.
    pub seq: i64,
}

/// Encodes a position. `list` names the list and its order, e.g. `keys.-name`.
pub(crate) fn write(list: &str, position: &Position) -> Cursor {
    let key = match &position.key {
        SortKey::None => "-".to_owned(),
        SortKey::Number(number) => format!("n{number}"),
        SortKey::Text(text) => format!("t{text}"),
    };
    Cursor(URL_SAFE_NO_PAD.encode(format!("{list}\n{}\n{key}", position.seq)))
}

/// Decodes a cursor of the same list and order.
///
/// # Errors
/// [`StoreError::Cursor`] if the cursor is malformed or belongs to another list or order.
pub(crate) fn read(list: &str, cursor: &Cursor) -> Result<Position, StoreError> {
    let decode = || -> Option<Position> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&cursor.0).ok()?).ok()?;
        let mut parts = text.splitn(3, '\n');
        if parts.next()? != list {
            return None;
        }
        let seq = parts.next()?.parse().ok()?;
        let key = parts.next()?;
        let key = match key.split_at_checked(1)? {
            ("-", "") => SortKey::None,
            ("n", number) => SortKey::Number(number.parse().ok()?),
            ("t", text) => SortKey::Text(text.to_owned()),
            _ => return None,
        };
        Some(Position { key, seq })
    };
    decode().ok_or(StoreError::Cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_list_is_rejected() {
        for key in
            [SortKey::None, SortKey::Number(-3), SortKey::Text("a'; DROP TABLE clients; --".to_owned())]
        {
            let position = Position { key, seq: 42 };
            assert_eq!(read("keys.name", &write("keys.name", &position)), Ok(position));
        }
        let other = write("grants", &Position { key: SortKey::None, seq: 1 });
        for cursor in [other, Cursor(String::new()), Cursor("%%%".to_owned()), Cursor("AAAA".to_owned())] {
            assert_eq!(read("keys.name", &cursor), Err(StoreError::Cursor));
        }
    }
}
