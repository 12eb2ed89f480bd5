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
mod state;
pub(crate) mod work;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::sync::watch;

use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::issuer::Issuer;
use crate::domain::settings::Settings;
use crate::service::edge::allowed_hosts::AllowedHosts;
use crate::service::edge::limits::Limits;
use crate::service::edge::listener;
use crate::service::edge::proxy::Proxies;
use crate::service::edge::slots::ConnectionSlots;
use crate::service::http::layer::RequestLayer;
use crate::service::http::request_id::RequestIds;
use crate::service::operations::server::OperationsState;
use crate::service::ops::events;
use crate::service::ops::instrumented_store::InstrumentedStore;
use crate::service::ops::log::Log;
use crate::service::ops::metrics::Metrics;
use crate::service::ops::store_health::StoreHealth;
use crate::service::options::{ListenerKind, STORE_WAIT, ServeError, ServeOptions};
use crate::service::pages::Logo;
use crate::service::routes::routers::below_issuer;
use crate::service::state::AppState;
use crate::service::work::password_pool::PasswordPool;
use crate::service::work::refusal_queue::RefusalQueue;
use crate::service::work::usage::Usage;
use crate::service::work::writer::WriterThread;
use crate::store;
use crate::store::{Access, Store, StoreLocation};

/// Longest time that blocking work, such as the hash of a password, may delay the end of the process.
const RUNTIME_SHUTDOWN: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT, then answers the open requests and returns.
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
    announce: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    options.check_addresses()?;
    let addresses: Vec<_> = options.addresses().collect();
    let metrics = Arc::new(Metrics::new(options.clock.now()));
    let log = Log::start(options.log, Arc::clone(&options.clock)).map_err(ServeError::Start)?;
    let log = Arc::new(log);
    events::install(&log);
    let store_health = Arc::new(StoreHealth::new(Arc::clone(&metrics)));
    let store = store::open(&StoreLocation::parse(path.as_os_str())?, Access::Serve, STORE_WAIT)?;
    // Not an error: the store may become writable later, and reads work until then.
    if let Err(error) = store.write(options.clock.as_ref()).map(drop) {
        announce(&format!("warning: no token is issued until the store can be written: {error}"));
    }
    let store: Arc<dyn Store> =
        Arc::new(InstrumentedStore { store, store_health: Arc::clone(&store_health) });
    let (base, settings) = {
        let read = store.read()?;
        (read.base()?, read.settings()?)
    };
    let logo = read_logo(&settings, announce);
    let issuer = options.issuer.clone().unwrap_or(settings.issuer);
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
        logo,
    });

    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Start)?;
    let result = runtime.block_on(listen(&addresses, &issuer, state, layer, announce));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN);
    // The last sender was dropped with the runtime, so the writer flushes and ends.
    let _ = thread.join();
    if result.is_ok() {
        tracing::info!("stopped");
    }
    log.end();
    result
}

/// Reads the logo that the settings name. A logo that cannot be read is announced and left out.
fn read_logo(settings: &Settings, announce: &mut dyn FnMut(&str)) -> Option<Logo> {
    let file = settings.logo_file.as_ref()?;
    Logo::read(file).map_err(|error| announce(&format!("The logo {file} is not shown: {error}"))).ok()
}

async fn listen(
    addresses: &[(ListenerKind, std::net::SocketAddr)],
    issuer: &Issuer,
    state: Arc<AppState>,
    layer: Arc<RequestLayer>,
    announce: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let mut listeners = Vec::new();
    for (kind, address) in addresses.iter().copied() {
        let fail = |source: io::Error| ServeError::Listen { listener: kind, address, source };
        let listener = listener::bind(address).map_err(fail)?;
        let bound = listener.local_addr().map_err(fail)?;
        listeners.push((listener, bound));
    }
    let mut listeners = listeners.into_iter();
    let signal = stop_signal().map_err(ServeError::Start)?;
    let (stop, stop_receiver) = watch::channel(());
    let stopped = || {
        let mut receiver = stop_receiver.clone();
        async move { drop(receiver.changed().await) }
    };
    listener::raise_descriptor_limit();
    let slots = ConnectionSlots::new(layer.limits.connections, layer.limits.per_address);
    let (Some((service, bound)), operations) = (listeners.next(), listeners.next()) else { return Ok(()) };
    let operations = operations.map(|(listener, bound)| {
        announce(&operations::server::announcement(bound));
        let router = operations::server::router(OperationsState {
            store: Arc::clone(&layer.store),
            metrics: Arc::clone(&layer.metrics),
            log: Arc::clone(&layer.log),
            slots: Arc::clone(&slots),
            hosts: AllowedHosts::new(issuer, state.fixed_issuer.clone()),
        });
        tokio::spawn(operations::server::serve(listener, router, stopped()))
    });
    announce(&format!("Listening on http://{bound}, issuer {issuer}"));
    tokio::spawn(async move {
        signal.await;
        drop(stop);
    });
    let router = router(state, issuer, Arc::clone(&layer));
    listener::serve(service, router, layer.limits, &slots, &layer.proxies, stopped()).await;
    if let Some(operations) = operations {
        let _ = operations.await;
    }
    Ok(())
}

/// Returns a future that ends with the first SIGTERM or SIGINT.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
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

fn router(state: Arc<AppState>, issuer: &Issuer, layer: Arc<RequestLayer>) -> Router {
    let hosts = Arc::new(AllowedHosts::new(issuer, state.fixed_issuer.clone()));
    let routes = routes::routers::api_routes(&state, &hosts, layer.limits)
        .merge(routes::routers::page_routes(&state, &hosts, layer.limits))
        .layer(DefaultBodyLimit::max(layer.limits.body_bytes))
        .layer(from_fn_with_state(layer, http::layer::handle))
        .with_state(Arc::clone(&state));
    let below = routes.clone();
    routes.fallback(move |request| below_issuer(state, request, below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::SettingName;

    #[test]
    fn a_logo_that_cannot_be_read_is_announced_and_left_out() {
        let mut settings = Settings::initial("https://auth.example".parse().unwrap());
        let mut announced = Vec::new();
        assert!(read_logo(&settings, &mut |text| announced.push(text.to_owned())).is_none());
        assert!(announced.is_empty());
        settings.set(SettingName::LogoFile, "/nowhere/logo.png").unwrap();
        assert!(read_logo(&settings, &mut |text| announced.push(text.to_owned())).is_none());
        assert_eq!(
            announced,
            [
                "The logo /nowhere/logo.png is not shown: it cannot be read: No such file or directory (os error 2)"
            ]
        );
    }
}
