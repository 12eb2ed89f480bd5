//! The integration tests, in one binary: the command line (`cli`), the service (`http`), the store (`store`), shell
//! completion (`completion`), the README and the architecture.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

mod cli;
mod completion;
mod http;
mod readme;
mod requirements;
mod store;
mod support;
