//! Counts of the objects that hold a scope or a permission group.

use std::fmt;

/// Number of objects that hold a scope or a permission group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Number of keys that are not revoked.
    pub keys: i64,
    /// Number of consumers that are not revoked.
    pub consumers: i64,
    pub groups: i64,
    /// Number of grants that are not revoked.
    pub grants: i64,
}

impl Holders {
    /// Returns true if no object holds it.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.keys == 0 && self.consumers == 0 && self.groups == 0 && self.grants == 0
    }
}

/// Writes the counts that are not zero, e.g. `2 keys, 1 group`.
impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.keys, "key"),
            (self.consumers, "consumer"),
            (self.groups, "group"),
            (self.grants, "grant"),
        ];
        let mut separator = "";
        for (count, noun) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {noun}{}", if count == 1 { "" } else { "s" })?;
            separator = ", ";
        }
        Ok(())
    }
}
