//! The one integration binary. Tests are grouped by what they look at: the command line, the service, the store, the
//! shell.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

mod cli;
mod completion;
mod http;
mod readme;
mod store;
mod support;
