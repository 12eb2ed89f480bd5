//! The base: the contracted account that a store belongs to.

use crate::domain::id::Environment;
use crate::domain::name::Text;
use crate::domain::time::Timestamp;

/// A customer's account. One store belongs to one base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The random id of the store file, which is the first field of every audit head.
    pub store_id: String,
    /// The name of the base, shown on consent pages and in prompts.
    pub name: Text,
    pub environment: Environment,
    pub created_at: Timestamp,
}
