//! Second listener of the service, for health checks and metrics collectors.

pub(crate) mod server;
