//! Identity of the schema: the numbers in the file's header and the digest in the table `base`.

use std::sync::LazyLock;

use crate::credentials::digest::sha256;

/// `application_id` of a store: "apcn" in ASCII.
pub(crate) const APPLICATION_ID: i32 = 0x6170_636e;
/// `user_version` of a store: the number of the last migration.
pub(crate) const SCHEMA_VERSION: i64 = 1;
/// SQL text of the schema.
pub(crate) const SCHEMA: &str = include_str!("../migrations/0001_init.sql");

/// SHA-256 of [`SCHEMA`] in normal form.
///
/// Until the first release the schema is edited in place and keeps its number, so the number does not show that a store
/// was made with an earlier text.
pub(crate) fn schema_digest() -> &'static [u8; 32] {
    static DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| sha256(normal_form(SCHEMA).as_bytes()));
    &DIGEST
}

/// Removes comments, and all white space except one space between two words. Quoted text is kept as it is.
fn normal_form(sql: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut normal = String::with_capacity(sql.len());
    let mut separated = false;
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '-' && chars.peek() == Some(&'-') {
            chars.find(|c| *c == '\n');
            separated = true;
        } else if c.is_whitespace() {
            separated = true;
        } else {
            if separated && is_word(c) && normal.ends_with(is_word) {
                normal.push(' ');
            }
            separated = false;
            normal.push(c);
            if matches!(c, '\'' | '"') {
                // A doubled quote ends one quoted text and begins the next one, which has the same effect here.
                for quoted in chars.by_ref() {
                    normal.push(quoted);
                    if quoted == c {
                        break;
                    }
                }
            }
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form_ignores_comments_and_white_space() {
        let expected = "CREATE TABLE t(a TEXT CHECK(a<>'-- x  y'))STRICT;";
        for sql in [
            "CREATE TABLE t (a TEXT CHECK (a <> '-- x  y')) STRICT;",
            "-- A table.\nCREATE  TABLE t (\n  a    TEXT -- a column\n    CHECK (a <> '-- x  y')\n) STRICT;\n",
            "CREATE--\nTABLE t(a TEXT CHECK(a<>'-- x  y'))STRICT;-- end",
        ] {
            assert_eq!(normal_form(sql), expected, "{sql}");
        }
        for sql in [
            "CREATE TABLE t (b TEXT CHECK (a <> '-- x  y')) STRICT;",
            "CREATE TABLE t (a TEXT CHECK (a <> '-- x y')) STRICT;",
            "CREATE TABLE t (aTEXT CHECK (a <> '-- x  y')) STRICT;",
        ] {
            assert_ne!(normal_form(sql), expected, "{sql}");
        }
    }
}
