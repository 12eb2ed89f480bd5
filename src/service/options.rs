//! Options of the service, and the errors that keep it from running.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::audit::Actor;
use crate::domain::issuer::Issuer;
use crate::domain::network::listen_address::ListenAddress;
use crate::domain::network::trusted_proxy::TrustedProxy;
use crate::domain::time::Clock;
use crate::service::sockets::{BoundSocket, ListenerKind, SocketSource, UnixAccess};
use crate::store::{SchemeError, StoreError};

/// Longest time that a request waits for another process to finish writing.
pub(crate) const STORE_WAIT: Duration = Duration::from_secs(2);

/// Options of the service.
pub struct ServeOptions {
    pub sockets: ServeSockets,
    /// True if health and metrics may be reached from other machines.
    pub operations_exposed: bool,
    /// Proxies whose `X-Forwarded-For` header is trusted.
    pub behind_proxy: Vec<TrustedProxy>,
    /// Public address; if `None`, the setting `issuer`, read for each request.
    pub issuer: Option<Issuer>,
    pub log: Option<LogStream>,
    pub clock: Arc<dyn Clock>,
    /// Author of the changes that the service makes, for the audit.
    pub actor: Actor,
}

/// The sockets that the service listens on.
#[derive(Debug)]
pub struct ServeSockets {
    /// Sockets for endpoints and pages.
    pub service: Vec<SocketSource>,
    /// Sockets for health and metrics.
    pub operations: Vec<SocketSource>,
    /// Access to the Unix sockets that the service binds.
    pub unix_access: UnixAccess,
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

impl ServeSockets {
    /// Returns all sockets, with what they serve.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ListenerKind, &SocketSource)> {
        let service = self.service.iter().map(|socket| (ListenerKind::Service, socket));
        service.chain(self.operations.iter().map(|socket| (ListenerKind::Operations, socket)))
    }

    /// Binds all sockets.
    ///
    /// # Errors
    /// [`ServeError::Listen`] for the first one that cannot be bound.
    pub(crate) fn bind(self) -> Result<BoundSockets, ServeError> {
        let access = self.unix_access;
        let bind = |listener: ListenerKind, sockets: Vec<SocketSource>| {
            let bind = |socket: SocketSource| {
                let address = socket.address().clone();
                socket.bind(access).map_err(|source| ServeError::Listen { listener, address, source })
            };
            sockets.into_iter().map(bind).collect::<Result<Vec<_>, _>>()
        };
        Ok(BoundSockets {
            service: bind(ListenerKind::Service, self.service)?,
            operations: bind(ListenerKind::Operations, self.operations)?,
        })
    }
}

impl ServeOptions {
    /// Checks that tokens and secrets are not sent over a network without TLS, and that health and metrics, which need no
    /// authentication, are public only on request.
    ///
    /// # Errors
    /// - [`ServeError::NotLoopback`] if the service would listen on another address without a proxy in front of it;
    /// - [`ServeError::OperationsNotLoopback`] if health and metrics would be served on another address.
    pub(crate) fn check_addresses(&self) -> Result<(), ServeError> {
        let has_network = self.behind_proxy.iter().any(|proxy| matches!(proxy, TrustedProxy::Network(_)));
        for (kind, socket) in self.sockets.all().filter(|(_, socket)| !socket.address().is_local()) {
            let address = socket.address().clone();
            match kind {
                ListenerKind::Service if !has_network => return Err(ServeError::NotLoopback(address)),
                ListenerKind::Operations if !self.operations_exposed => {
                    return Err(ServeError::OperationsNotLoopback(address));
                }
                ListenerKind::Service | ListenerKind::Operations => {}
            }
        }
        Ok(())
    }
}

/// The sockets of the service, which accept connections.
#[derive(Debug)]
pub(crate) struct BoundSockets {
    pub service: Vec<BoundSocket>,
    pub operations: Vec<BoundSocket>,
}

/// Reason for which the service did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0} is not a loopback address, and this service speaks plain HTTP")]
    NotLoopback(ListenAddress),
    #[error("{0} is not a loopback address, and health and metrics need no authentication")]
    OperationsNotLoopback(ListenAddress),
    /// The address is in use, is not an address of this machine, or is the path of another file.
    #[error("cannot listen on {address}: {source}")]
    Listen { listener: ListenerKind, address: ListenAddress, source: io::Error },
    /// The operating system refused a thread, a signal handler or an event queue.
    #[error("the service could not start: {0}")]
    Start(#[source] io::Error),
}

impl From<SchemeError> for ServeError {
    fn from(error: SchemeError) -> Self {
        Self::Store(error.into())
    }
}
