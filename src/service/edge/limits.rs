//! Limits on connections and requests of a client.

use std::time::Duration;

/// Limits on connections and requests of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub connections: u32,
    /// Open connections from one address that is neither a proxy's nor a loopback address.
    pub per_address: u32,
    /// From the start of the connection, or the first byte of a later request, to the last header.
    pub header: Duration,
    /// From the end of one request to the first byte of the next.
    pub idle: Duration,
    /// From the last header to the end of the body.
    pub body: Duration,
    /// From the end of the body to the answer.
    pub answer: Duration,
    /// From the first write that blocks to the end of the answer.
    pub write: Duration,
    /// From the stop signal to the end of the open requests.
    pub drain: Duration,
    /// Length of the request target in bytes.
    pub target_bytes: usize,
    /// Length of all headers in bytes.
    pub header_bytes: usize,
    pub headers: usize,
    /// Length of the body in bytes.
    pub body_bytes: usize,
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
            body_bytes: 64 * 1024,
        }
    }
}
