//! The base: the contracted account that a store belongs to.

use crate::domain::id::Environment;
use crate::domain::name::Text;
use crate::domain::time::Timestamp;

/// The contracted account whose programs this store answers for. One store belongs to one base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Random identity of the store file, the first field of every audit head.
    pub store_id: String,
    /// What people call the base, shown on consent pages and in prompts.
    pub name: Text,
    /// Whether the credentials of this store are for real use or for trials.
    pub environment: Environment,
    /// When the store was made.
    pub created_at: Timestamp,
}
