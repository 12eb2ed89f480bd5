//! The outermost layer: request id, client address, readers of the answer, log line, metrics and common headers.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, PRAGMA, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, IntoResponseParts, Response, ResponseParts};

use crate::credentials::format::redact_request;
use crate::domain::id::{ClientId, RequestId, UserId};
use crate::domain::time::Clock;
use crate::store::Store;

use crate::service::edge::head_rejections::RejectedHead;
use crate::service::edge::limits::Limits;
use crate::service::edge::proxy::{Peer, Proxies};
use crate::service::http::answer::{error_body, json_error};
use crate::service::http::cors::Cors;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::request_id::RequestIds;
use crate::service::ops::log::{Line, Log};
use crate::service::ops::metrics::Metrics;

/// The header that carries the request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The route of a request that matches no route.
const UNMATCHED: &str = "none";
/// The method of a request whose method HTTP does not define, or is unknown.
const OTHER_METHOD: &str = "other";
/// The description of an answer to a head that is not valid HTTP.
const MALFORMED_HEAD: &str = "the head of the request is not valid HTTP; a line break in a header value, as base64 inserts, is one cause";
/// The description of an answer to a TLS handshake.
const TLS_HEAD: &str = "the connection begins with a TLS handshake, but this port accepts http without TLS; an https address was used with an http port";

/// The fields of the log line and the metrics that only a handler knows. They travel in the extensions of the response, which
/// stay inside the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogContext {
    /// The client that the request was about.
    pub client: Option<ClientId>,
    /// The user who is signed in.
    pub user: Option<UserId>,
    /// The host of a request that named one that is not served.
    pub host: Option<String>,
    /// The `error` of a refused request.
    pub error: Option<&'static str>,
    /// The grant type by which tokens were issued.
    pub issued_by: Option<&'static str>,
}

impl LogContext {
    /// Returns the context of a request of a user.
    pub(crate) fn of_user(user: &UserId) -> Self {
        Self { user: Some(user.clone()), ..Self::default() }
    }

    /// Returns the context of a request of a client.
    pub(crate) fn of_client(client: &ClientId) -> Self {
        Self { client: Some(client.clone()), ..Self::default() }
    }
}

impl From<&OAuthError> for LogContext {
    fn from(error: &OAuthError) -> Self {
        Self { error: Some(error.fields().code), ..Self::default() }
    }
}

impl IntoResponseParts for LogContext {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// The state of the outermost layer, used by [`handle`].
pub(crate) struct RequestLayer {
    pub ids: RequestIds,
    pub proxies: Proxies,
    pub limits: Limits,
    pub store: Arc<dyn Store>,
    pub log: Arc<Log>,
    pub metrics: Arc<Metrics>,
    pub clock: Arc<dyn Clock>,
}

impl RequestLayer {
    /// Writes the log line of an answered request, and counts it in the metrics.
    fn record(
        &self,
        id: &RequestId,
        route: &str,
        method: &'static str,
        status: StatusCode,
        duration: Duration,
        context: &LogContext,
    ) {
        self.metrics.request(route, method, status.as_u16(), duration);
        if let Some(grant_type) = context.issued_by {
            self.metrics.issued(grant_type);
        }
        if let Some(code) = context.error {
            self.metrics.refused(code);
        }
        if self.log.is_on() {
            self.log.line(&Line {
                time: self.clock.now().to_rfc3339(),
                request_id: id.as_str(),
                route,
                method,
                status: status.as_u16(),
                duration_ms: (duration.as_secs_f64() * 1e6).round() / 1e3,
                client_id: context.client.as_ref().map(ClientId::as_str),
                user_id: context.user.as_ref().map(UserId::as_str),
                host: context.host.as_deref().map(redact_request),
                error: context.error,
            });
        }
    }

    /// Records a request head that is not valid HTTP, and returns the headers and the body of its answer. Its route is unknown.
    pub(crate) fn answer_rejection(&self, head: RejectedHead) -> (HeaderMap, String) {
        let RejectedHead { status, is_tls } = head;
        let id = self.ids.next();
        let error = match status {
            StatusCode::URI_TOO_LONG => OAuthError::TargetTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => OAuthError::HeadersTooLarge,
            _ if is_tls => OAuthError::InvalidRequest(TLS_HEAD),
            _ => OAuthError::InvalidRequest(MALFORMED_HEAD),
        };
        self.record(&id, UNMATCHED, OTHER_METHOD, status, Duration::ZERO, &LogContext::from(&error));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        // Whether a page may read the answers of the route is unknown as well.
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        insert_request_id(&mut headers, &id);
        insert_common_headers(&mut headers);
        (headers, error_body(&error, Some(&id)).to_string())
    }
}

fn insert_request_id(headers: &mut HeaderMap, id: &RequestId) {
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Assigns the request id and the client address, answers a preflight or calls the inner layers, and writes the log line.
pub(crate) async fn handle(
    State(layer): State<Arc<RequestLayer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = layer.ids.next();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get().copied().unwrap_or(Peer::UNKNOWN);
    let forwarded = layer.proxies.client(peer, request.headers());
    if forwarded.is_unreadable && layer.metrics.unreadable_forwarded() == 0 {
        tracing::warn!("an entry of X-Forwarded-For is not an address; further ones are only counted");
    }
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(forwarded.client);
    let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    let (cors, read) = Cors::decide(route, request.headers(), layer.store.as_ref());
    // A preflight of a request that will be refused succeeds as well: a page can read the error of the request alone.
    let answer = match (cors.preflight(&request), read) {
        (Some(preflight), _) => Ok(preflight),
        (None, Ok(())) => catch_panic(next.run(request)).await.ok_or(OAuthError::ServerError),
        (None, Err(error)) => Err(error.into()),
    };
    let mut answer = answer
        .unwrap_or_else(|error| (LogContext::from(&error), json_error(&error, Some(&id))).into_response());
    let context = answer.extensions_mut().remove::<LogContext>().unwrap_or_default();
    layer.record(&id, route, method, answer.status(), start.elapsed(), &context);
    insert_request_id(answer.headers_mut(), &id);
    cors.insert_headers(answer.headers_mut());
    insert_common_headers(answer.headers_mut());
    answer
}

/// Polls `work`; returns `None` if it panicked. The request is then answered and logged like any other.
async fn catch_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let step = |context: &mut Context<'_>| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .map_or(Poll::Ready(None), |step| step.map(Some))
    };
    poll_fn(step).await
}

/// Inserts the headers of every answer, except those that a page or an asset has already set.
pub(crate) fn insert_common_headers(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Returns the method, or `other` for a method that HTTP does not define: the log and the metrics repeat no text of a client.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => OTHER_METHOD,
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN};
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use rand::SeedableRng as _;

    use crate::domain::time::SystemClock;
    use crate::service::http::paths;
    use crate::service::work::writer::tests::new_store;

    use super::*;

    #[test]
    fn pages_may_read_the_answer_to_a_panic_and_a_429() {
        let (folder, store, _) = new_store();
        let sql = rusqlite::Connection::open(folder.path().join("base.db")).unwrap();
        sql.execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO allowed_origins (origin, client_seq) VALUES ('https://spa.example', 1);",
        )
        .unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let layer = RequestLayer {
            ids: RequestIds::new(&mut rand::rngs::StdRng::seed_from_u64(1)),
            proxies: Proxies::default(),
            limits: Limits::default(),
            store,
            log: Arc::new(Log::start(None, Arc::clone(&clock)).unwrap()),
            metrics: Arc::new(Metrics::new(clock.now())),
            clock,
        };
        let panics = || async {
            assert_eq!(1, 2, "a bug");
            StatusCode::OK
        };
        let router = Router::new()
            .route(paths::TOKEN, post(panics))
            .route(paths::REVOKE, post(|| async { OAuthError::TooManyFailures(7) }))
            .layer(from_fn_with_state(Arc::new(layer), handle));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (path, status) in [(paths::TOKEN, 500), (paths::REVOKE, 429)] {
            let request =
                Request::post(path).header(ORIGIN, "https://spa.example").body(Body::empty()).unwrap();
            let answer = runtime.block_on(TowerToHyperService::new(router.clone()).call(request)).unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://spa.example");
            assert_eq!(
                answer.headers()[ACCESS_CONTROL_EXPOSE_HEADERS],
                "Request-Id, Retry-After, WWW-Authenticate"
            );
            assert_eq!(answer.headers()[VARY], "Origin");
            assert!(answer.headers().contains_key(REQUEST_ID));
        }
    }

    #[test]
    fn a_panic_gives_none_and_later_work_succeeds() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let panicking = async {
                tokio::task::yield_now().await;
                assert_eq!(1, 2, "a bug");
            };
            assert_eq!(catch_panic(panicking).await, None);
            assert_eq!(catch_panic(async { 7 }).await, Some(7));
        });
    }
}
