//! The service, over real connections.

mod tokens;
