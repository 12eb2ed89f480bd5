//! Operations listener: `/livez`, `/readyz`, `/healthz` and `/metrics`, unauthenticated. No answer contains a name, an id, a
//! host or a path, so any host may be named: a page that reaches this listener by DNS rebinding learns only numbers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::domain::network::listen_address::ListenAddress;
use crate::store::Store;

use crate::service::edge::limits::Limits;
use crate::service::edge::listener::{self, Listener};
use crate::service::edge::proxy::Proxies;
use crate::service::edge::request_limits::run_within;
use crate::service::edge::slots::ConnectionSlots;
use crate::service::http::layer::insert_common_headers;
use crate::service::http::oauth_error::OAuthError;
use crate::service::ops::log::Log;
use crate::service::ops::metrics::{self, Metrics, ScrapeValues};

/// State of the handlers of this listener.
pub(crate) struct OperationsState {
    pub store: Arc<dyn Store>,
    pub metrics: Arc<Metrics>,
    pub log: Arc<Log>,
    /// Connections of the service, not of this listener.
    pub slots: Arc<ConnectionSlots>,
}

/// Returns the limits of this listener. The clients are a health check, an orchestrator and a metrics collector.
fn limits() -> Limits {
    const LIMIT: Duration = Duration::from_secs(5);
    Limits {
        connections: 16,
        per_address: 16,
        header: LIMIT,
        idle: LIMIT,
        body: LIMIT,
        answer: LIMIT,
        write: LIMIT,
        drain: LIMIT,
        body_bytes: 0,
        ..Limits::default()
    }
}

/// Returns the connection slots of this listener, which all of its sockets share.
pub(crate) fn slots() -> Arc<ConnectionSlots> {
    let limits = limits();
    ConnectionSlots::new(limits.connections, limits.per_address)
}

/// Serves until `stop` completes.
pub(crate) async fn serve(
    listener: Listener,
    router: Router,
    slots: Arc<ConnectionSlots>,
    stop: impl Future<Output = ()>,
) {
    listener::serve(listener, router, limits(), &slots, &Proxies::default(), None, stop).await;
}

/// Returns the router of this listener.
pub(crate) fn router(state: OperationsState) -> Router {
    let limits = limits();
    Router::new()
        .route("/livez", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/readyz", get(ready))
        .route("/healthz", get(ready))
        .route("/metrics", get(metrics_text))
        .fallback(|| async { OAuthError::NotFound })
        .method_not_allowed_fallback(|| async { OAuthError::MethodNotAllowed })
        .layer(from_fn(move |request, next| within(limits, request, next)))
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .with_state(Arc::new(state))
}

/// Returns the line that names the URLs of a socket.
pub(crate) fn announcement(address: &ListenAddress) -> String {
    match address {
        ListenAddress::Tcp(address) => {
            format!("Health and metrics on http://{address}/livez, /readyz and /metrics")
        }
        ListenAddress::Unix(_) => format!("Health and metrics on {address}: /livez, /readyz and /metrics"),
    }
}

async fn within(limits: Limits, request: Request, next: Next) -> Response {
    let response = run_within(limits, request, next).await;
    let mut response = response.unwrap_or_else(|error| OAuthError::from(error).into_response());
    insert_common_headers(response.headers_mut());
    response
}

/// Answers 200 if the store can be read, otherwise 503.
async fn ready(State(state): State<Arc<OperationsState>>) -> Response {
    let store = Arc::clone(&state.store);
    // A read that waits for another process must not take a thread from the requests of the service.
    let read = tokio::task::spawn_blocking(move || {
        let settings = store.read().and_then(|read| read.settings());
        settings.map(drop).map_err(|error| error.kind())
    });
    match read.await {
        Ok(Ok(())) => Json(json!({"status": "ok"})).into_response(),
        Ok(Err(kind)) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "degraded", "store": kind})))
                .into_response()
        }
        Err(_) => OAuthError::ServerError.into_response(),
    }
}

async fn metrics_text(State(state): State<Arc<OperationsState>>) -> Result<Response, OAuthError> {
    let values = ScrapeValues {
        connections_open: state.slots.open(),
        connections_refused: state.slots.refused(),
        log_lines_dropped: state.log.dropped(),
    };
    let text = state.metrics.text(values).map_err(|_| OAuthError::ServerError)?;
    let headers = [(CONTENT_TYPE, metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}
