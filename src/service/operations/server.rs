//! Operations listener: `/healthz` and `/metrics`, on a loopback address only, unauthenticated.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use crate::store::Store;

use crate::service::edge::allowed_hosts::AllowedHosts;
use crate::service::edge::limits::Limits;
use crate::service::edge::listener;
use crate::service::edge::proxy::Proxies;
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
    pub hosts: AllowedHosts,
}

/// Serves until `stop` completes.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    // The clients are a health check and a metrics collector.
    let limits = Limits { connections: 32, ..Limits::default() };
    let slots = ConnectionSlots::new(limits.connections, limits.per_address);
    listener::serve(listener, router, limits, &slots, &Proxies::default(), stop).await;
}

/// Returns the router of this listener.
pub(crate) fn router(state: OperationsState) -> Router {
    let state = Arc::new(state);
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics_text))
        .fallback(|| async { OAuthError::NotFound })
        .method_not_allowed_fallback(|| async { OAuthError::MethodNotAllowed })
        .layer(from_fn_with_state(Arc::clone(&state), check_host))
        .with_state(state)
}

/// Returns the line that names the URLs of this listener.
pub(crate) fn announcement(address: SocketAddr) -> String {
    format!("Health and metrics on http://{address}/healthz and /metrics")
}

async fn check_host(
    State(state): State<Arc<OperationsState>>,
    request: Request,
    next: Next,
) -> Result<Response, OAuthError> {
    // A web page must not reach this listener from a browser on this machine by DNS rebinding.
    state.hosts.check(request.uri(), request.headers(), false, || state.store.read()?.settings())?;
    let mut response = next.run(request).await;
    insert_common_headers(response.headers_mut());
    Ok(response)
}

/// Answers 200 if the store can be read, otherwise 503.
async fn health(State(state): State<Arc<OperationsState>>) -> Response {
    match state.store.read().and_then(|read| read.settings()) {
        Ok(_) => Json(json!({"status": "ok"})).into_response(),
        Err(error) => {
            let body = Json(json!({"status": "degraded", "store": error.kind()}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
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
