//! Options of the service, and the errors that keep it from running.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::audit::Actor;
use crate::domain::issuer::Issuer;
use crate::domain::network::Network;
use crate::domain::time::Clock;
use crate::store::{SchemeError, StoreError};

/// Longest time that a request waits for another process to finish writing.
pub(crate) const STORE_WAIT: Duration = Duration::from_secs(2);

/// Options of the service.
pub struct ServeOptions {
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` header is trusted.
    pub behind_proxy: Vec<Network>,
    /// Public address; if `None`, the setting `issuer`, read for each request.
    pub issuer: Option<Issuer>,
    /// Address of the operations listener, which serves health and metrics.
    pub operations: Option<SocketAddr>,
    pub log: Option<LogStream>,
    pub clock: Arc<dyn Clock>,
    /// Author of the changes that the service makes, for the audit.
    pub actor: Actor,
}

/// Stream that receives the log, and the format of its lines.
pub struct LogStream {
    pub out: Box<dyn Write + Send>,
    pub format: LineFormat,
}

/// Format of the lines of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// One JSON object a line.
    Json,
    /// The same values as text, for a terminal.
    Text,
}

/// A socket that the service listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// Serves endpoints and pages.
    Service,
    /// Serves health and metrics.
    Operations,
}

impl ServeOptions {
    /// Returns the addresses to listen on; the first is that of [`ListenerKind::Service`].
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (ListenerKind, SocketAddr)> {
        let operations = self.operations.map(|address| (ListenerKind::Operations, address));
        std::iter::once((ListenerKind::Service, self.listen)).chain(operations)
    }

    /// Checks that tokens and secrets are not sent over a network without TLS, and that health and metrics, which need no
    /// authentication, are not public.
    ///
    /// # Errors
    /// - [`ServeError::NotLoopback`] if the service would listen on another address without a proxy in front of it;
    /// - [`ServeError::OperationsNotLoopback`] if the operations listener would listen on another address.
    pub(crate) fn check_addresses(&self) -> Result<(), ServeError> {
        if !self.listen.ip().is_loopback() && self.behind_proxy.is_empty() {
            return Err(ServeError::NotLoopback(self.listen));
        }
        match self.operations {
            Some(address) if !address.ip().is_loopback() => Err(ServeError::OperationsNotLoopback(address)),
            _ => Ok(()),
        }
    }
}

/// Reason for which the service did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0} is not a loopback address, and this service speaks plain HTTP")]
    NotLoopback(SocketAddr),
    #[error("{0} is not a loopback address, and health and metrics need no authentication")]
    OperationsNotLoopback(SocketAddr),
    /// The address is in use, or is not an address of this machine.
    #[error("cannot listen on {address}: {source}")]
    Listen { listener: ListenerKind, address: SocketAddr, source: io::Error },
    /// The operating system refused a thread, a signal handler or an event queue.
    #[error("the service could not start: {0}")]
    Start(#[source] io::Error),
}

impl From<SchemeError> for ServeError {
    fn from(error: SchemeError) -> Self {
        Self::Store(error.into())
    }
}
