//! Cross-origin resource sharing (CORS): which pages may read an answer.
//!
//! Credentials are never allowed, and neither are requests from public to private networks.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::domain::web_origin::WebOrigin;
use crate::service::http::paths;
use crate::store::{Store, StoreError};

/// The headers of an answer that a page may read besides those that the Fetch standard lists.
const EXPOSED: HeaderValue = HeaderValue::from_static("Request-Id, Retry-After, WWW-Authenticate");
/// Seconds for which a browser may keep the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins whose pages may read the answers of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// The origins of public consumers.
    Registered,
    /// Every origin: the answer is public.
    All,
}

impl Readers {
    /// Returns the readers of a route; `None` for a route without CORS.
    fn of(route: &str) -> Option<Self> {
        match route {
            paths::TOKEN | paths::REVOKE => Some(Self::Registered),
            paths::METADATA | paths::METADATA_WITH_PATH => Some(Self::All),
            _ => None,
        }
    }
}

/// The decision on the origin of a request. Every answer of the route carries it, whichever layer answers.
#[derive(Debug)]
pub(crate) struct Cors {
    readers: Option<Readers>,
    /// The value of `Access-Control-Allow-Origin`, if the origin may read the answer.
    allowed: Option<HeaderValue>,
}

impl Cors {
    /// Decides on the origin of a request. The store is read only if the route has readers and the request has an origin.
    ///
    /// # Errors
    /// The [`StoreError`] if the store cannot be read, with a decision for the answer that reports this failure. Such an
    /// answer contains nothing of the store, so any origin may read it.
    pub(crate) fn decide(
        route: &str,
        headers: &HeaderMap,
        store: &dyn Store,
    ) -> (Self, Result<(), StoreError>) {
        let readers = Readers::of(route);
        let (allowed, read) = match readers {
            None => (None, Ok(())),
            Some(Readers::All) => (Some(HeaderValue::from_static("*")), Ok(())),
            Some(Readers::Registered) => match origin(headers) {
                None => (None, Ok(())),
                Some((origin, value)) => match store.read().and_then(|read| read.allows_origin(&origin)) {
                    Ok(is_allowed) => (is_allowed.then_some(value), Ok(())),
                    Err(error) => (Some(value), Err(error)),
                },
            },
        };
        (Self { readers, allowed }, read)
    }

    /// Returns the answer to a preflight; `None` for any other request. A browser asks on behalf of a page before it sends
    /// what a form could not send.
    pub(crate) fn preflight(&self, request: &Request) -> Option<Response> {
        let readers = self.readers?;
        let is_preflight = request.method() == Method::OPTIONS
            && [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD]
                .iter()
                .all(|name| request.headers().contains_key(name));
        if !is_preflight {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        if self.allowed.is_some() {
            let (method, headers) = match readers {
                Readers::Registered => ("POST", "authorization, content-type, x-requested-with"),
                Readers::All => ("GET", "*"),
            };
            let answer = response.headers_mut();
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(method));
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(headers));
            answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Some(response)
    }

    /// Inserts the headers of the decision into an answer.
    pub(crate) fn insert_headers(self, headers: &mut HeaderMap) {
        if self.readers == Some(Readers::Registered) {
            // Also without an origin: a cache must not give that answer to a page.
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(allowed) = self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// Returns the origin that the request names, if it names exactly one.
fn origin(headers: &HeaderMap) -> Option<(WebOrigin, HeaderValue)> {
    let mut values = headers.get_all(ORIGIN).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    Some((value.to_str().ok()?.parse().ok()?, value.clone()))
}
