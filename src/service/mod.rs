//! The token service, on the same store and by the same actions as the command line.
//!
//! Every request reads its authority from the store: there is no cache of what is valid. Reading takes microseconds and
//! is done where the request is; writing goes through one thread that commits all that waits in one transaction.

pub(crate) mod edge;
pub(crate) mod http;
pub(crate) mod operations;
pub(crate) mod ops;
mod pages;
pub(crate) mod preflight;
mod routes;
mod state;
pub(crate) mod work;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::sync::watch;

use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::audit::Actor;
use crate::domain::issuer::Issuer;
use crate::domain::network::Network;
use crate::domain::settings::Settings;
use crate::domain::time::Clock;
use crate::service::edge::allowed_hosts::AllowedHosts;
use crate::service::edge::limits::Limits;
use crate::service::edge::proxy::Proxies;
use crate::service::edge::slots::ConnectionSlots;
use crate::service::http::layer::RequestLayer;
use crate::service::http::request_id::RequestIds;
use crate::service::operations::server::Operation;
use crate::service::ops::instrumented_store::InstrumentedStore;
use crate::service::ops::log::Log;
use crate::service::ops::metrics::Metrics;
use crate::service::ops::store_health::StoreHealth;
use crate::service::pages::Logo;
use crate::service::state::AppState;
use crate::service::work::password_pool::Passwords;
use crate::service::work::refusal_queue::Refusals;
use crate::service::work::usage::Usage;
use crate::store;
use crate::store::{Access, Store, StoreError, StoreLocation, UnknownScheme};

pub use crate::service::preflight::{PreflightReport, check};

/// The largest request body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a request waits while another process writes.
const STORE_WAIT: Duration = Duration::from_secs(2);

/// What the service is run with.
pub struct ServeOptions {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The proxies in front, whose word on where a request comes from is taken.
    pub behind_proxy: Vec<Network>,
    /// The public address, where it is not the setting's.
    pub issuer: Option<Issuer>,
    /// Where to tell about health and metrics, if anywhere.
    pub operations: Option<SocketAddr>,
    /// Where a line for each request goes, if anywhere.
    pub log: Option<Box<dyn Write + Send>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who started it.
    pub actor: Actor,
}

impl ServeOptions {
    /// What is listened on, each with the flag that says so.
    fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let operations = self.operations.map(|address| ("--operations", address));
        std::iter::once(("--listen", self.listen)).chain(operations)
    }

    /// Refuses to send tokens and secrets over a network in clear, and to tell strangers how the service fares.
    fn may_listen(&self) -> Result<(), ServeError> {
        if !self.listen.ip().is_loopback() && self.behind_proxy.is_empty() {
            return Err(ServeError::NotLoopback(self.listen));
        }
        match self.operations {
            Some(address) if !address.ip().is_loopback() => Err(ServeError::OperationsNotLoopback(address)),
            _ => Ok(()),
        }
    }
}

/// Why the service did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Off loopback, tokens and secrets would travel in clear.
    #[error("{0} is not a loopback address, and this service speaks plain HTTP")]
    NotLoopback(SocketAddr),
    /// Off loopback, anybody could ask how the service fares.
    #[error(
        "{0} is not a loopback address, and whoever asks for health and metrics is not asked who they are"
    )]
    OperationsNotLoopback(SocketAddr),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// By which flag it was named.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why not.
        why: String,
    },
    /// The operating system refused threads or signals.
    #[error("the service could not start: {0}")]
    Start(String),
}

impl From<UnknownScheme> for ServeError {
    fn from(error: UnknownScheme) -> Self {
        Self::Store(error.into())
    }
}

/// Serves until SIGTERM or Ctrl-C, then ends what is under way and returns.
///
/// # Errors
/// Fails where the store cannot be opened or the address not be listened on.
pub fn run(
    path: &Path,
    parts: ServeOptions,
    mut random: Box<Random>,
    announce: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    parts.may_listen()?;
    let addresses: Vec<_> = parts.addresses().collect();
    let start = |error: std::io::Error| ServeError::Start(error.to_string());
    let metrics = Arc::new(Metrics::new(parts.clock.now()));
    let log = Arc::new(Log::start(parts.log, Arc::clone(&parts.clock)).map_err(start)?);
    let store_health = Arc::new(StoreHealth::new(Arc::clone(&metrics), Arc::clone(&log)));
    let store = store::open(&StoreLocation::parse(path.as_os_str())?, Access::Serve, STORE_WAIT)?;
    // It is served all the same, since that may change; but whoever starts it should know.
    if let Err(error) = store.write(parts.clock.as_ref()).map(drop) {
        announce(&format!("warning: until the store can be changed, nothing is issued: {error}"));
    }
    let store: Arc<dyn Store> =
        Arc::new(InstrumentedStore { store, store_health: Arc::clone(&store_health) });
    let (base, settings) = {
        let read = store.read()?;
        (read.base()?, read.settings()?)
    };
    let logo = logo(&settings, announce);
    let issuer = parts.issuer.clone().unwrap_or(settings.issuer);
    let edge = Arc::new(RequestLayer {
        ids: RequestIds::new(&mut *random),
        hosts: AllowedHosts::new(parts.listen, &issuer, parts.issuer.is_some()),
        proxies: Proxies::new(parts.behind_proxy),
        limits: Limits::default(),
        store: Arc::clone(&store),
        log: Arc::clone(&log),
        metrics: Arc::clone(&metrics),
        clock: Arc::clone(&parts.clock),
    });
    let (usage, refusals) = (Arc::<Usage>::default(), Arc::<Refusals>::default());
    let pages_random = mint::branch(&mut *random);
    let collected = (Arc::clone(&usage), Arc::clone(&refusals));
    let (writer, thread) = work::writer::start(
        Arc::clone(&store),
        Arc::clone(&parts.clock),
        random,
        collected,
        parts.actor,
        store_health,
    )
    .map_err(start)?;
    let state = Arc::new(AppState {
        store,
        clock: parts.clock,
        writer,
        usage,
        refusals,
        random: Mutex::new(pages_random),
        passwords: Passwords::default(),
        named_issuer: parts.issuer,
        base,
        logo,
    });

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(start)?;
    let served = runtime.block_on(listen(&addresses, &issuer, state, edge, announce));
    runtime.shutdown_timeout(Duration::from_secs(1));
    // The last sender is gone with the runtime, so the writer flushes what it has and ends.
    let _ = thread.join();
    if served.is_ok() {
        log.event("stopped");
    }
    log.end();
    served
}

/// The logo that the settings name. A service without one is better than none, so a fault is only said.
fn logo(settings: &Settings, announce: &mut dyn FnMut(&str)) -> Option<Logo> {
    let file = settings.logo_file.as_ref()?;
    Logo::read(file).map_err(|error| announce(&format!("The logo {file} is not shown: {error}"))).ok()
}

async fn listen(
    addresses: &[(&'static str, SocketAddr)],
    issuer: &Issuer,
    state: Arc<AppState>,
    edge: Arc<RequestLayer>,
    announce: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let mut listeners = Vec::new();
    for (flag, address) in addresses.iter().copied() {
        let fail = |error: std::io::Error| ServeError::Listen { flag, address, why: error.to_string() };
        let listener = edge::listener::bind(address).map_err(fail)?;
        let bound = listener.local_addr().map_err(fail)?;
        listeners.push((listener, bound));
    }
    let mut listeners = listeners.into_iter();
    let stop = stop_signal().map_err(|error| ServeError::Start(error.to_string()))?;
    let (stopping, stopped) = watch::channel(());
    let stopped = || {
        let mut stopped = stopped.clone();
        async move { drop(stopped.changed().await) }
    };
    raise_descriptors();
    let slots = ConnectionSlots::new(edge.limits.connections, edge.limits.per_address);
    let (Some((service, bound)), operations) = (listeners.next(), listeners.next()) else { return Ok(()) };
    let operations = operations.map(|(listener, bound)| {
        announce(&operations::server::announcement(bound));
        let router = operations::server::router(Operation {
            store: Arc::clone(&edge.store),
            metrics: Arc::clone(&edge.metrics),
            log: Arc::clone(&edge.log),
            slots: Arc::clone(&slots),
            authority: AllowedHosts::new(bound, issuer, true),
        });
        tokio::spawn(operations::server::serve(listener, router, stopped()))
    });
    announce(&format!("Listening on http://{bound}, issuer {issuer}"));
    tokio::spawn(async move {
        stop.await;
        drop(stopping);
    });
    let router = router(state, Arc::clone(&edge));
    edge::listener::serve(service, router, edge.limits, &slots, &edge.proxies, stopped()).await;
    if let Some(operations) = operations {
        let _ = operations.await;
    }
    Ok(())
}

/// A connection is a descriptor, and by default there are fewer of those than connections and the store need. What the
/// machine's owner allows at most is enough, or there is nothing to be done about it.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let allowed = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current: allowed, maximum: allowed });
}

fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn router(state: Arc<AppState>, layer: Arc<RequestLayer>) -> Router {
    routes::routers::api_routes(&state, layer.limits)
        .merge(routes::routers::page_routes(&state, layer.limits))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(layer, http::layer::handle))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::SettingName;

    #[test]
    fn a_logo_that_cannot_be_shown_is_said_and_nothing_more() {
        let mut settings = Settings::initial("https://auth.example".parse().unwrap());
        let mut said = Vec::new();
        assert!(logo(&settings, &mut |text| said.push(text.to_owned())).is_none());
        assert!(said.is_empty());
        settings.set(SettingName::LogoFile, "/nowhere/logo.png").unwrap();
        assert!(logo(&settings, &mut |text| said.push(text.to_owned())).is_none());
        assert_eq!(
            said,
            [
                "The logo /nowhere/logo.png is not shown: it cannot be read: No such file or directory (os error 2)"
            ]
        );
    }
}
