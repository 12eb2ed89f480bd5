//! Purposes for which a store is opened.

/// Purpose for which a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    /// Reading and writing by one command. A command that had to wait for the write lock pauses after its commit, so that
    /// a script of commands does not keep a service from writing.
    Write,
    /// Reading and writing by the service. It never pauses, since many requests wait for its commit.
    Serve,
}
