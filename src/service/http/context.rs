//! What is known of a request before a handler runs.

use axum::extract::{MatchedPath, Request};
use axum::http::header::{ACCEPT_LANGUAGE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};

use crate::domain::id::RequestId;
use crate::domain::refusal::HOST_LENGTH;
use crate::service::http::paths;

/// What the answer to a request needs to know of the request, also if the handler failed.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The request id.
    pub id: Option<RequestId>,
    /// The endpoint, as stored refusals name it.
    pub endpoint: &'static str,
    /// The host that the request named, at most [`HOST_LENGTH`] characters.
    pub host: Option<String>,
    /// `Accept-Language`
    pub language: Option<HeaderValue>,
}

impl RequestContext {
    /// Reads the context of a request that passed the outer layer.
    pub(crate) fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Self {
            id: request.extensions().get().cloned(),
            endpoint: paths::endpoint(route),
            host: host(request.uri().authority(), request.headers()),
            language: request.headers().get(ACCEPT_LANGUAGE).cloned(),
        }
    }
}

fn host(target: Option<&Authority>, headers: &HeaderMap) -> Option<String> {
    // A target with a host takes precedence over the header (RFC 9112 section 3.2.2).
    let header = || headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = target.map(Authority::as_str).or_else(header)?;
    Some(host.chars().take(HOST_LENGTH).collect())
}
