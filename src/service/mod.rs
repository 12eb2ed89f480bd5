//! The token service, on the same store and with the same actions as the command line.
//!
//! No request is answered from a cache: each reads the store. A read takes microseconds and runs in the handler's task. Writes
//! go to one thread, which commits the writes of all waiting requests in one transaction.

pub(crate) mod edge;
pub(crate) mod http;
pub(crate) mod operations;
pub(crate) mod ops;
pub mod options;
mod pages;
pub mod preflight;
mod routes;
pub mod sockets;
mod state;
pub(crate) mod work;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::finding::Finding;
use crate::domain::issuer::Issuer;
use crate::domain::network::listen_address::ListenAddress;
use crate::explain::finding;
use crate::service::edge::head_rejections::AnswerRejection;
use crate::service::edge::limits::Limits;
use crate::service::edge::listener::{self, Listener};
use crate::service::edge::proxy::Proxies;
use crate::service::edge::slots::ConnectionSlots;
use crate::service::http::layer::RequestLayer;
use crate::service::http::request_id::RequestIds;
use crate::service::operations::server::OperationsState;
use crate::service::ops::events;
use crate::service::ops::log::Log;
use crate::service::ops::metrics::Metrics;
use crate::service::ops::store_health::StoreHealth;
use crate::service::options::{BoundSockets, STORE_WAIT, ServeError, ServeOptions};
use crate::service::routes::routers::below_issuer;
use crate::service::state::AppState;
use crate::service::work::password_pool::PasswordPool;
use crate::service::work::refusal_queue::RefusalQueue;
use crate::service::work::usage::Usage;
use crate::service::work::writer::WriterThread;
use crate::store;
use crate::store::{Access, Store, StoreLocation};
use crate::system::release_hangup;

/// Longest time that blocking work, such as the hash of a password, may delay the end of the process.
const RUNTIME_SHUTDOWN: Duration = Duration::from_secs(1);

/// A line for the administrator, printed while the service starts.
#[derive(Debug)]
pub enum Announcement {
    /// The service has reached a step.
    Note(String),
    /// A condition that does not keep the service from running.
    Finding(Finding),
}

/// Serves until SIGTERM or SIGINT, then answers the open requests and returns. SIGHUP reads the logo again.
///
/// # Errors
/// - [`ServeError::NotLoopback`] or [`ServeError::OperationsNotLoopback`] if an address must not be listened on;
/// - [`ServeError::Store`] if the store cannot be opened or read;
/// - [`ServeError::Listen`] if an address cannot be listened on;
/// - [`ServeError::Start`] if the operating system refuses a thread, a signal handler or an event queue.
pub fn run(
    path: &Path,
    options: ServeOptions,
    mut random: Box<Random>,
    announce: &mut dyn FnMut(Announcement),
) -> Result<(), ServeError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Start)?;
    let signals = {
        let _context = runtime.enter();
        Signals::install().map_err(ServeError::Start)?
    };
    // Before the store is opened, which may take as long as another process writes.
    release_hangup();
    options.check_addresses()?;
    let metrics = Arc::new(Metrics::new(options.clock.now()));
    let location = StoreLocation::parse(path.as_os_str())?;
    let mut store = store::open(&location, Access::Serve, STORE_WAIT)?;
    // Not an error: the store may become writable later, and reads work until then.
    if let Err(error) = store.check_writable(options.clock.as_ref()) {
        announce(Announcement::Finding(finding::store_write(&location, &error)));
    }
    let (base, settings) = {
        let read = store.read()?;
        (read.base()?, read.settings()?)
    };
    let issuer = options.issuer.clone().unwrap_or_else(|| settings.issuer.clone());
    for finding in preflight::findings(&location, &options, &issuer) {
        announce(Announcement::Finding(finding));
    }
    let logo = preflight::read_logo(&settings).unwrap_or_else(|finding| {
        announce(Announcement::Finding(finding));
        None
    });
    let log = Log::start(options.log, Arc::clone(&options.clock)).map_err(ServeError::Start)?;
    let log = Arc::new(log);
    events::install(&log);
    let store_health = Arc::new(StoreHealth::new(Arc::clone(&metrics)));
    let health = Arc::clone(&store_health);
    store.on_failure(Box::new(move |error| health.failed(error)));
    let store: Arc<dyn Store> = Arc::from(store);
    let sockets = options.sockets.bind()?;
    let layer = Arc::new(RequestLayer {
        ids: RequestIds::new(&mut *random),
        proxies: Proxies::new(options.behind_proxy),
        limits: Limits::default(),
        store: Arc::clone(&store),
        log: Arc::clone(&log),
        metrics: Arc::clone(&metrics),
        clock: Arc::clone(&options.clock),
    });
    let usage = Arc::<Usage>::default();
    let refusal_queue = Arc::<RefusalQueue>::default();
    let handler_random = mint::branch(&mut *random);
    let writer_thread = WriterThread {
        store: Arc::clone(&store),
        clock: Arc::clone(&options.clock),
        random,
        usage: Arc::clone(&usage),
        refusal_queue: Arc::clone(&refusal_queue),
        actor: options.actor,
        store_health,
    };
    let (writer, thread) = writer_thread.start().map_err(ServeError::Start)?;
    let state = Arc::new(AppState {
        store,
        clock: options.clock,
        writer,
        usage,
        refusal_queue,
        random: Mutex::new(handler_random),
        password_pool: PasswordPool::default(),
        fixed_issuer: options.issuer,
        base,
        logo: RwLock::new(logo.map(Arc::new)),
    });
    let result = runtime.block_on(listen(sockets, signals, &issuer, state, layer, announce));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN);
    // The last sender was dropped with the runtime, so the writer flushes and ends.
    let _ = thread.join();
    if result.is_ok() {
        tracing::info!("stopped");
    }
    log.end();
    result
}

async fn listen(
    sockets: BoundSockets,
    signals: Signals,
    issuer: &Issuer,
    state: Arc<AppState>,
    layer: Arc<RequestLayer>,
    announce: &mut dyn FnMut(Announcement),
) -> Result<(), ServeError> {
    let (stop, stop_receiver) = watch::channel(());
    let stopped = || {
        let mut receiver = stop_receiver.clone();
        async move { drop(receiver.changed().await) }
    };
    listener::raise_descriptor_limit();
    let slots = ConnectionSlots::new(layer.limits.connections, layer.limits.per_address);
    let operations_router = operations::server::router(OperationsState {
        store: Arc::clone(&layer.store),
        metrics: Arc::clone(&layer.metrics),
        log: Arc::clone(&layer.log),
        slots: Arc::clone(&slots),
    });
    let operations_slots = operations::server::slots();
    let mut listeners = JoinSet::new();
    for socket in sockets.operations {
        announce(Announcement::Note(operations::server::announcement(&socket.address)));
        let listener = Listener::new(socket).map_err(ServeError::Start)?;
        let (router, slots) = (operations_router.clone(), Arc::clone(&operations_slots));
        listeners.spawn(operations::server::serve(listener, router, slots, stopped()));
    }
    let router = router(Arc::clone(&state), Arc::clone(&layer));
    for socket in sockets.service {
        let scheme = if matches!(socket.address, ListenAddress::Tcp(_)) { "http://" } else { "" };
        announce(Announcement::Note(format!("Listening on {scheme}{}, issuer {issuer}", socket.address)));
        let listener = Listener::new(socket).map_err(ServeError::Start)?;
        let (router, slots, layer, stop) =
            (router.clone(), Arc::clone(&slots), Arc::clone(&layer), stopped());
        listeners.spawn(async move {
            let rejected = Arc::clone(&layer);
            let rejection: AnswerRejection = Arc::new(move |head| rejected.answer_rejection(head));
            listener::serve(listener, router, layer.limits, &slots, &layer.proxies, Some(rejection), stop)
                .await;
        });
    }
    drop(router);
    tokio::spawn(async move {
        signals.wait_for_stop(&state).await;
        drop(stop);
    });
    while listeners.join_next().await.is_some() {}
    Ok(())
}

/// The signals that the service handles.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Installs the handlers. Called in the context of the runtime.
    fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGTERM or SIGINT. Each SIGHUP reloads the logo.
    async fn wait_for_stop(mut self, state: &Arc<AppState>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    let state = Arc::clone(state);
                    let _ = tokio::task::spawn_blocking(move || state.reload_logo()).await;
                }
            }
        }
    }
}

fn router(state: Arc<AppState>, layer: Arc<RequestLayer>) -> Router {
    let routes = routes::routers::api_routes(&state, layer.limits)
        .merge(routes::routers::page_routes(&state, layer.limits))
        .layer(DefaultBodyLimit::max(layer.limits.body_bytes))
        .layer(from_fn_with_state(layer, http::layer::handle))
        .with_state(Arc::clone(&state));
    let below = routes.clone();
    routes.fallback(move |request| below_issuer(state, request, below))
}
