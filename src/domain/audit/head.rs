//! The head of the audit chain.

use std::fmt;
use std::str::FromStr;

/// The last record of a chain, in a form to keep outside the store: `STORE_ID:SEQUENCE:HASH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub store_id: String,
    /// The number of the last record, at least 1.
    pub sequence: i64,
    /// The hash of the last record, as 64 hexadecimal digits.
    pub hash: String,
}

/// A text that is not a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an audit head has the form STORE_ID:SEQUENCE:HASH")]
pub struct HeadError;

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.store_id, self.sequence, self.hash)
    }
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let mut parts = text.trim().split(':');
        let (Some(store_id), Some(sequence), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(HeadError);
        };
        let sequence: i64 = sequence.parse().map_err(|_| HeadError)?;
        if sequence < 1
            || store_id.is_empty()
            || hash.len() != 64
            || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(HeadError);
        }
        Ok(Self { store_id: store_id.to_owned(), sequence, hash: hash.to_ascii_lowercase() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_parses_its_own_text() {
        let head = Head { store_id: "s1".to_owned(), sequence: 7, hash: "ab".repeat(32) };
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
    }

    #[test]
    fn malformed_heads_are_refused() {
        for text in [
            "",
            "a:b",
            "a:1:zz",
            &format!("s1:0:{}", "ab".repeat(32)),
            &format!("s1:-1:{}", "ab".repeat(32)),
            "s1:7:abcd:x",
            &format!(":1:{}", "ab".repeat(32)),
        ] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }
}
