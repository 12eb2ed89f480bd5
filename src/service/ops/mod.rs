//! Log, metrics, and the state of the store.

pub(crate) mod events;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod store_health;
