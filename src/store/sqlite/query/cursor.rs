//! Cursors: the last row's place in the order of its list, in a text that only this store reads.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::page::Cursor;

use crate::store::sqlite::StoreError;

/// The value of the ordering column in the last row shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    None,
    Number(i64),
    Text(String),
}

/// A place in a list: which list, the ordering value, and the row's own number, which breaks ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub key: Key,
    pub seq: i64,
}

/// The cursor for a place in the list that `list` names with its order (`keys.-name` and the like).
pub(crate) fn write(list: &str, place: &Position) -> Cursor {
    let key = match &place.key {
        Key::None => "-".to_owned(),
        Key::Number(number) => format!("n{number}"),
        Key::Text(text) => format!("t{text}"),
    };
    Cursor(URL_SAFE_NO_PAD.encode(format!("{list}\n{}\n{key}", place.seq)))
}

/// The place that a cursor of the list `list` means. A cursor of another list or order is refused.
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
            ("-", "") => Key::None,
            ("n", number) => Key::Number(number.parse().ok()?),
            ("t", text) => Key::Text(text.to_owned()),
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
    fn a_cursor_reads_what_it_writes_and_nothing_else() {
        for key in [Key::None, Key::Number(-3), Key::Text("a'; DROP TABLE clients; --".to_owned())] {
            let place = Position { key, seq: 42 };
            assert_eq!(read("keys.name", &write("keys.name", &place)), Ok(place));
        }
        let other = write("grants", &Position { key: Key::None, seq: 1 });
        for cursor in [other, Cursor(String::new()), Cursor("%%%".to_owned()), Cursor("AAAA".to_owned())] {
            assert_eq!(read("keys.name", &cursor), Err(StoreError::Cursor));
        }
    }
}
