//! Connections to the file: creating, opening, pooling and locking.

pub(crate) mod backoff;
pub(crate) mod create;
pub(crate) mod file;
pub(crate) mod open;
pub(crate) mod pool;
pub(crate) mod schema;
pub(crate) mod transaction;
pub(crate) mod write_queue;
