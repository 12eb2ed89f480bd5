//! What whoever runs the service asks it, on a listener of its own: is it well, and what has it done. It is on loopback
//! alone, since it asks nobody who they are.

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
use crate::service::edge::proxy::Proxies;
use crate::service::edge::slots::ConnectionSlots;
use crate::service::http::oauth_error::OAuthError;
use crate::service::ops::log::Log;
use crate::service::ops::metrics::{Gauges, Metrics};

/// What this listener can reach.
pub(crate) struct Operation {
    pub store: Arc<dyn Store>,
    pub metrics: Arc<Metrics>,
    pub log: Arc<Log>,
    /// The slots of the service itself.
    pub slots: Arc<ConnectionSlots>,
    pub authority: AllowedHosts,
}

/// Serves until `stop`.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    // Few ask, and seldom.
    let limits = Limits { connections: 32, ..Limits::default() };
    let slots = ConnectionSlots::new(limits.connections, limits.per_address);
    crate::service::edge::listener::serve(listener, router, limits, &slots, &Proxies::default(), stop).await;
}

/// Its routes.
pub(crate) fn router(operation: Operation) -> Router {
    let operation = Arc::new(operation);
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(|| async { OAuthError::NotFound })
        .method_not_allowed_fallback(|| async { OAuthError::MethodNotAllowed })
        .layer(from_fn_with_state(Arc::clone(&operation), guard))
        .with_state(operation)
}

/// What may be asked on this listener.
pub(crate) fn announcement(address: SocketAddr) -> String {
    format!("Health and metrics on http://{address}/healthz and /metrics")
}

async fn guard(
    State(operation): State<Arc<Operation>>,
    request: Request,
    next: Next,
) -> Result<Response, OAuthError> {
    // A page in a browser on this machine is a stranger here too.
    operation.authority.check(request.uri(), request.headers(), operation.store.as_ref())?;
    let mut answer = next.run(request).await;
    crate::service::http::layer::insert_common_headers(answer.headers_mut());
    Ok(answer)
}

/// Whether the store can be read now.
async fn health(State(operation): State<Arc<Operation>>) -> Response {
    match operation.store.read().and_then(|read| read.settings()) {
        Ok(_) => Json(json!({"status": "ok"})).into_response(),
        Err(error) => {
            let said = Json(json!({"status": "degraded", "store": error.kind()}));
            (StatusCode::SERVICE_UNAVAILABLE, said).into_response()
        }
    }
}

async fn metrics(State(operation): State<Arc<Operation>>) -> Response {
    let text = operation.metrics.text(Gauges {
        connections_open: operation.slots.open(),
        connections_refused: operation.slots.refused(),
        log_lines_dropped: operation.log.dropped(),
    });
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}
