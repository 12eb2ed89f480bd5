//! How much, and how long, a client may take.

use std::time::Duration;

/// How much, and how long, a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at a time.
    pub connections: u32,
    /// Connections at a time from one address that is neither a proxy's nor this machine's.
    pub per_address: u32,
    /// From the first byte of a request, or the beginning of the connection, to the last header.
    pub header: Duration,
    /// From the end of one request to the first byte of the next.
    pub idle: Duration,
    /// From the last header to the end of the body.
    pub body: Duration,
    /// From the end of the body to the answer.
    pub answer: Duration,
    /// From when a client stops taking an answer to its end.
    pub write: Duration,
    /// From the signal to stop to the end of what is under way.
    pub drain: Duration,
    /// Bytes of the target.
    pub target_bytes: usize,
    /// Bytes of all headers.
    pub header_bytes: usize,
    /// How many headers.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            per_address: 64,
            header: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            body: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            write: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            target_bytes: 8 * 1024,
            header_bytes: 16 * 1024,
            headers: 64,
        }
    }
}
