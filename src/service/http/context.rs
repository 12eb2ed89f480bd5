//! The properties of a request that its answer needs, also if the handler fails.

use axum::extract::{MatchedPath, Request};
use axum::http::header::{ACCEPT_LANGUAGE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};

use crate::domain::id::RequestId;
use crate::domain::refusal::HOST_LENGTH;
use crate::service::http::paths;

/// The properties of a request that its answer, its log line and a stored refusal need.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub id: Option<RequestId>,
    /// The endpoint, as stored refusals name it.
    pub endpoint: &'static str,
    /// The host that the request named, escaped as ASCII, at most [`HOST_LENGTH`] characters.
    pub host: Option<String>,
    /// The header `Accept-Language`, as it was sent.
    pub language: Option<HeaderValue>,
}

impl RequestContext {
    /// Reads the context of a request that passed [`handle`](crate::service::http::layer::handle).
    pub(crate) fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Self {
            id: request.extensions().get().cloned(),
            endpoint: paths::endpoint(route),
            host: host(request.uri().authority(), request.headers()).map(escaped_host),
            language: request.headers().get(ACCEPT_LANGUAGE).cloned(),
        }
    }
}

fn host<'a>(target: Option<&'a Authority>, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    // A target with a host takes precedence over the header (RFC 9112 section 3.2.2).
    let header = || headers.get(HOST).map(HeaderValue::as_bytes);
    target.map(|target| target.as_str().as_bytes()).or_else(header)
}

/// Returns a host as the log and a stored refusal contain it: escaped as ASCII, at most [`HOST_LENGTH`] characters.
pub(crate) fn escaped_host(host: &[u8]) -> String {
    host.escape_ascii().take(HOST_LENGTH).map(char::from).collect()
}
