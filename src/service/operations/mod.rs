//! The operations listener.

pub(crate) mod server;
