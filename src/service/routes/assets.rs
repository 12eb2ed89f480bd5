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

/// The cache policy for the current name: another content would have another name.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The cache policy for an earlier or future name.
const REVALIDATE: &str = "no-cache";
/// The policy of an asset that is opened as a document: an SVG could run scripts otherwise. Inline styles are harmless.
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
    if let Some(logo) = state.logo().filter(|logo| logo.name() == name) {
        let media_type = logo.kind().media_type();
        return Ok(asset(headers, logo.name(), IMMUTABLE, media_type, || logo.bytes().to_vec()));
    }
    let is_named = |prefix: &str, extension: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.strip_suffix(extension).is_some())
    };
    let (is_style, is_icon) = (is_named("apiconn-", ".css"), is_named("icon-", ".svg"));
    if !is_style && !is_icon {
        return Err(OAuthError::NotFound);
    }
    // Earlier names return the current content, so that a page from before a change of the accent colour has a style.
    let theme = Theme::read(state, state.store.read()?.as_ref())?;
    let (current, media_type) = if is_style {
        (theme.stylesheet_name(), "text/css; charset=utf-8")
    } else {
        (theme.icon_name(), "image/svg+xml")
    };
    let caching = if current == name { IMMUTABLE } else { REVALIDATE };
    Ok(asset(headers, current, caching, media_type, || {
        if is_style { theme.stylesheet().into_bytes() } else { theme.icon().as_bytes().to_vec() }
    }))
}

/// Returns the content with its entity tag, or 304 if the caller has it already (RFC 9110 section 13.1.2).
fn asset(
    headers: &HeaderMap,
    name: &str,
    caching: &'static str,
    media_type: &'static str,
    content: impl FnOnce() -> Vec<u8>,
) -> Response {
    let tag = format!("\"{name}\"");
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_cached =
        tags.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response =
        if is_cached { StatusCode::NOT_MODIFIED.into_response() } else { content().into_response() };
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
