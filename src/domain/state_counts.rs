//! Counts of objects by state.

/// Number of objects in each effective state. States that a kind of object cannot have are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts {
    pub active: i64,
    pub disabled: i64,
    pub expired: i64,
    pub revoked: i64,
}
