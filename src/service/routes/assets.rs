//! The stylesheet, the icon and the logo of the pages. Their names change with their content, so a browser may keep them.

use std::sync::Arc;

use axum::RequestPartsExt as _;
use axum::extract::{Path, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::service::http::layer::LogContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::pages::Theme;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// What is found under its own name stays what it is.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// What a name stands for that is no longer, or not yet, the one in use.
const REVALIDATE: &str = "no-cache";
/// An image may hold styles and nothing else. Opened by itself, an SVG would be a document that can run scripts.
const IMAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Returns the stylesheet, the icon or the logo.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let (mut parts, _) = request.into_parts();
    // A name that is not UTF-8 names no asset.
    let name = parts.extract::<Path<String>>().await;
    let Path(name) = name.map_err(|_| OAuthError::NotFound)?;
    let response = respond(&state, &name, &parts.headers)?;
    Ok((LogContext::default(), response))
}

fn respond(state: &AppState, name: &str, headers: &HeaderMap) -> Result<Response, OAuthError> {
    if let Some(logo) = state.logo.as_ref().filter(|logo| logo.name() == name) {
        let media_type = logo.kind().media_type();
        return Ok(asset(headers, logo.name(), IMMUTABLE, media_type, || logo.bytes().to_vec()));
    }
    let shaped =
        |start: &str, end: &str| name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some();
    let (is_style, is_icon) = (shaped("apiconn-", ".css"), shaped("icon-", ".svg"));
    if !is_style && !is_icon {
        return Err(OAuthError::NotFound);
    }
    // Also under the name that it had before the accent changed: whoever loads a page at that moment gets a style.
    let look = Theme::read(state, state.store.read()?.as_ref())?;
    let (current, media_type) = if is_style {
        (look.stylesheet_name(), "text/css; charset=utf-8")
    } else {
        (look.icon_name(), "image/svg+xml")
    };
    let caching = if current == name { IMMUTABLE } else { REVALIDATE };
    Ok(asset(headers, current, caching, media_type, || {
        if is_style { look.stylesheet().into_bytes() } else { look.icon().as_bytes().to_vec() }
    }))
}

/// The content under its entity tag, or word that it has not changed (RFC 9110 section 13.1.2).
fn asset(
    headers: &HeaderMap,
    name: &str,
    caching: &'static str,
    media_type: &'static str,
    content: impl FnOnce() -> Vec<u8>,
) -> Response {
    let tag = format!("\"{name}\"");
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known =
        known.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { content().into_response() };
    let fixed = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, caching),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, IMAGE_POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (header, value) in fixed {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
