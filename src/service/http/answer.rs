//! Error answers of OAuth: as JSON (RFC 6749 section 5.2) and by a redirect (section 4.1.2.1).

use axum::Json;
use axum::http::header::{CACHE_CONTROL, LOCATION, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::domain::code::RedirectTarget;
use crate::domain::id::RequestId;
use crate::domain::issuer::Issuer;
use crate::service::http::oauth_error::OAuthError;

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        json_error(&self, None)
    }
}

/// Returns the description with the request id, by which a caller can report the request.
fn description(error: &OAuthError, id: Option<&RequestId>) -> String {
    let description = error.description();
    id.map_or_else(|| description.clone().into_owned(), |id| format!("{description} ({id})"))
}

/// Returns the body of the JSON error answer.
pub(crate) fn error_body(error: &OAuthError, id: Option<&RequestId>) -> Value {
    json!({"error": error.fields().code, "error_description": description(error, id)})
}

/// Returns the JSON error answer.
pub(crate) fn json_error(error: &OAuthError, id: Option<&RequestId>) -> Response {
    let fields = error.fields();
    let mut response = (fields.status, Json(error_body(error, id))).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if matches!(error, OAuthError::InvalidClient { .. }) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"apiconn\""));
    }
    if let Some(seconds) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Returns the redirect that carries an error to the client, with the issuer of RFC 9207.
pub(crate) fn redirect_error(
    issuer: &Issuer,
    error: &OAuthError,
    redirect_uri: &RedirectTarget,
    client_state: Option<&str>,
    id: Option<&RequestId>,
) -> Response {
    let description = description(error, id);
    let mut parameters = vec![("error", error.fields().code), ("error_description", &description)];
    parameters.extend(client_state.map(|state| ("state", state)));
    parameters.push(("iss", issuer.as_str()));
    redirect(redirect_uri, &parameters)
}

/// Returns the redirect of the browser to the client, always by GET (RFC 9700 section 4.12).
pub(crate) fn redirect(redirect_uri: &RedirectTarget, parameters: &[(&str, &str)]) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let separator = if redirect_uri.as_str().contains('?') { '&' } else { '?' };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // A registered URI contains only characters that a header may contain.
    if let Ok(location) = HeaderValue::from_str(&format!("{redirect_uri}{separator}{query}")) {
        headers.insert(LOCATION, location);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}
