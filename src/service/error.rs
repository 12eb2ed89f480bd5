//! OAuth's errors (RFC 6749 section 5.2): vague to the client, JSON, never stored by a cache.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::actions::tokens::IssueRefusal;
use crate::store::StoreError;

use super::request::Refused;

/// An error that a client of the service sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OAuthError {
    /// The request is malformed; what is wrong is said in fixed words, never in the client's own.
    InvalidRequest(&'static str),
    /// There is nothing at this address.
    NotFound,
    /// There is something at this address, for another method.
    Method,
    /// The request names a host that is not this service.
    Misdirected,
    /// The target is longer than any honest one.
    TargetTooLong,
    /// The headers are larger or more than any honest request's.
    HeadersTooLarge,
    /// The body is larger than any honest one.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// The client is not who it says, or is refused. One answer for all causes.
    InvalidClient,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// No such grant type here.
    UnsupportedGrantType,
    /// A scope that is malformed or that the client does not hold.
    InvalidScope,
    /// The caller lacks the scope that this endpoint asks for. 403, never 401: clients renew their token on a 401.
    InsufficientScope,
    /// The store cannot be used now.
    Unavailable,
}

impl From<StoreError> for OAuthError {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl From<IssueRefusal> for OAuthError {
    fn from(refusal: IssueRefusal) -> Self {
        match refusal {
            IssueRefusal::UnauthorizedClient => Self::UnauthorizedClient,
            IssueRefusal::InvalidScope => Self::InvalidScope,
            IssueRefusal::InvalidClient => Self::InvalidClient,
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (status, error, description) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::NotFound => (StatusCode::NOT_FOUND, "invalid_request", "there is nothing at this address"),
            Self::Method => {
                (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this address takes another method")
            }
            Self::Misdirected => (
                StatusCode::MISDIRECTED_REQUEST,
                "invalid_request",
                "the host that the request names is not this service",
            ),
            Self::TargetTooLong => {
                (StatusCode::URI_TOO_LONG, "invalid_request", "the address of the request is too long")
            }
            Self::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "invalid_request",
                "the headers are too large or too many",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "invalid_request", "the body took too long"),
            Self::InvalidClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed")
            }
            Self::UnauthorizedClient => {
                (StatusCode::BAD_REQUEST, "unauthorized_client", "this client may not use this grant type")
            }
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "this grant type is not supported")
            }
            Self::InvalidScope => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "the scope is malformed or not this client's")
            }
            Self::InsufficientScope => {
                (StatusCode::FORBIDDEN, "insufficient_scope", "the scope apiconn:introspect is needed")
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again in a moment")
            }
        };
        let mut response =
            (status, Json(json!({"error": error, "error_description": description}))).into_response();
        response.extensions_mut().insert(Refused(error));
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if self == Self::InvalidClient {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"apiconn\""));
        }
        if self == Self::Unavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
