//! Threads and queues behind the handlers.

pub(crate) mod password_pool;
pub(crate) mod refusal_queue;
pub(crate) mod usage;
pub(crate) mod writer;
