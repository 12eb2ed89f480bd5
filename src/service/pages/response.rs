//! Pages as answers: their headers, and what an error page says.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::domain::client::{Client, Profile};
use crate::domain::code::RedirectTarget;
use crate::domain::name::Text;
use crate::domain::user::User;
use crate::service::pages::frame::{Frame, Person};
use crate::service::pages::language::Language;

/// The language that a reader asks for.
pub(crate) fn language(accepted: Option<&HeaderValue>) -> Language {
    Language::accepted(accepted.and_then(|value| value.to_str().ok()))
}

/// A page as an answer. Its forms may lead to us and, by the redirect that follows, to where the client is.
pub(crate) fn page(
    status: StatusCode,
    frame: Frame<'_>,
    html: String,
    leads_to: Option<&RedirectTarget>,
) -> Response {
    let mut response = (status, html).into_response();
    // Browsers hold the redirect after a form to this too (and would end the flow with the code already issued).
    let client = leads_to.map(|target| format!(" {}", source(target))).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{client}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, frame.language_tag()),
        (VARY, "Accept-Language, Cookie"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if frame.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The source expression for where a redirect URI leads: its origin, or its scheme where that is all there is. An IPv6
/// address has no place in the grammar of CSP.
fn source(target: &RedirectTarget) -> String {
    let Ok(uri) = url::Url::parse(target.as_str()) else { return String::new() };
    match (uri.scheme(), uri.host()) {
        ("https" | "http", Some(url::Host::Ipv4(_))) => uri.origin().ascii_serialization(),
        // A host may hold what ends a directive.
        ("https" | "http", Some(url::Host::Domain(domain)))
            if domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) =>
        {
            uri.origin().ascii_serialization()
        }
        (scheme, _) => format!("{scheme}:"),
    }
}

/// Host, and port if there is one, of a redirect URI; its scheme where there is no host.
pub(crate) fn return_host(target: &RedirectTarget) -> String {
    let Ok(uri) = url::Url::parse(target.as_str()) else { return target.to_string() };
    match (uri.host_str(), uri.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", uri.scheme()),
    }
}

/// What a client is called on a page.
pub(crate) fn title(client: &Client) -> &str {
    match &client.profile {
        Profile::Consumer(profile) => {
            profile.title.as_ref().map_or_else(|| client.name.as_str(), |title| title.as_str())
        }
        Profile::Key => client.name.as_str(),
    }
}

/// A user as a page names them.
pub(crate) fn person(user: &User) -> Person<'_> {
    Person { username: user.username.as_str(), display_name: user.display_name.as_ref().map(Text::as_str) }
}
