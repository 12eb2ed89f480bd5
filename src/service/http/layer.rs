//! What holds around every request, outermost: its id, its line in the log, and what handlers tell about it.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, IntoResponseParts, Response, ResponseParts};

use crate::credentials::mint::Random;
use crate::domain::id::{ClientId, RANDOM_LENGTH, RequestId, UserId};
use crate::domain::time::Clock;
use crate::store::Store;

use crate::service::edge::allowed_hosts::AllowedHosts;
use crate::service::edge::listener::Limits;
use crate::service::edge::proxy::{Peer, Proxies};
use crate::service::http::oauth_error::OAuthError;
use crate::service::ops::log::{Line, Log};
use crate::service::ops::metrics::Metrics;

/// By which whoever reports a refusal names it.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The route of a request that no route takes.
const UNMATCHED: &str = "none";

/// What a handler learned about its request. It goes into the answer, `(noted, answer)`, and from there into the log;
/// to the client it is invisible.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogContext {
    /// The client that the request was about.
    pub client: Option<ClientId>,
    /// The user who is signed in.
    pub user: Option<UserId>,
}

impl IntoResponseParts for LogContext {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// The error code of an answer that refuses. It travels beside the answer as [`LogContext`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ErrorCode(pub &'static str);

/// The grant type by which an answer hands a token over. It travels in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issued(pub &'static str);

/// Gives out request ids: unique, and no secret.
pub(crate) struct RequestIds {
    first: u8,
    next: AtomicU64,
}

impl RequestIds {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// They begin at a random place.
    pub(crate) fn new(random: &mut Random) -> Self {
        let first = random.next_u64() % Self::DIGITS.len() as u64;
        Self {
            first: Self::DIGITS[usize::try_from(first).unwrap_or_default()],
            next: random.next_u64().into(),
        }
    }

    fn next(&self) -> RequestId {
        // SplitMix64: no number twice in 2^64, and neighbours look nothing alike.
        let mut number = self.next.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^= number >> 31;
        let mut characters = [self.first; RANDOM_LENGTH];
        // Eleven digits of base 62 hold any 64 bits.
        for character in characters.iter_mut().skip(1) {
            *character = Self::DIGITS[usize::try_from(number % 62).unwrap_or_default()];
            number /= 62;
        }
        RequestId::from_random(std::str::from_utf8(&characters).unwrap_or_default())
    }
}

/// What [`edge`] needs.
pub(crate) struct RequestLayer {
    pub ids: RequestIds,
    pub authority: AllowedHosts,
    pub proxies: Proxies,
    pub limits: Limits,
    pub store: Arc<dyn Store>,
    pub log: Arc<Log>,
    pub metrics: Arc<Metrics>,
    pub clock: Arc<dyn Clock>,
}

/// Gives the request its id and whom it comes from, has it answered, and writes its line.
pub(crate) async fn edge(
    State(edge): State<Arc<RequestLayer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = edge.ids.next();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get().copied().unwrap_or(Peer::NOBODY);
    let client = edge.proxies.client(peer, request.headers());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);
    let answered = match edge.authority.check(request.uri(), request.headers(), edge.store.as_ref()) {
        Ok(()) => catch_panic(next.run(request)).await.ok_or(OAuthError::Failed),
        Err(refused) => Err(refused),
    };
    let mut answer = answered.unwrap_or_else(|refused| {
        let mut answer = refused.into_response();
        answer.extensions_mut().insert(ErrorCode(refused.shape().code));
        answer
    });
    let took = began.elapsed();
    let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    let said = answer.extensions();
    edge.metrics.request(route, method, answer.status().as_u16(), took);
    if let Some(Issued(grant_type)) = said.get() {
        edge.metrics.issued(grant_type);
    }
    if let Some(ErrorCode(code)) = said.get() {
        edge.metrics.refused(code);
    }
    if edge.log.is_on() {
        let noted = answer.extensions_mut().remove::<LogContext>().unwrap_or_default();
        edge.log.line(&Line {
            time: edge.clock.now().to_rfc3339(),
            request_id: id.as_str(),
            route,
            method,
            status: answer.status().as_u16(),
            duration_ms: (took.as_secs_f64() * 1e6).round() / 1e3,
            client_id: noted.client.as_ref().map(ClientId::as_str),
            user_id: noted.user.as_ref().map(UserId::as_str),
        });
    }
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    secure(answer.headers_mut());
    answer
}

/// What comes of some work; nothing where a fault of this program broke it off. Whoever asked is told so, and it has its
/// line in the log like every other request.
async fn catch_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let step = |context: &mut Context<'_>| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .map_or(Poll::Ready(None), |step| step.map(Some))
    };
    poll_fn(step).await
}

/// What holds for every answer; a page says more.
pub(crate) fn secure(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A method of HTTP by its name; any other is a client's own invention, and not repeated.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn work_that_breaks_off_gives_nothing_and_the_next_goes_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let broken = async {
                tokio::task::yield_now().await;
                assert_eq!(1, 2, "a fault of this program");
            };
            assert_eq!(catch_panic(broken).await, None);
            assert_eq!(catch_panic(async { 7 }).await, Some(7));
        });
    }

    #[test]
    fn request_ids_are_twelve_characters_and_never_the_same() {
        let ids = RequestIds::new(&mut rand::rngs::StdRng::seed_from_u64(7));
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let id = ids.next();
            assert!(id.as_str().parse::<RequestId>().is_ok(), "{id}");
            assert!(seen.insert(id));
        }
        let other = RequestIds::new(&mut rand::rngs::StdRng::seed_from_u64(8));
        assert!(!seen.contains(&other.next()));
    }
}
