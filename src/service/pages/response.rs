//! The HTTP response of a page, and the values of the domain as pages show them.

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
use crate::service::pages::language::Language;
use crate::service::pages::shared::{PageContext, PageUser};

/// Returns the language for a value of `Accept-Language`.
pub(crate) fn language(accepted: Option<&HeaderValue>) -> Language {
    Language::accepted(accepted.and_then(|value| value.to_str().ok()))
}

/// Where the forms of a page may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormTarget {
    /// To pages of the service only.
    Service,
    /// To the application that sent the user, and from there to any address.
    Application,
}

/// Returns the response of a page.
pub(crate) fn page(
    status: StatusCode,
    context: PageContext<'_>,
    html: String,
    forms: FormTarget,
) -> Response {
    let mut response = (status, html).into_response();
    // Chromium and Safari apply `form-action` to every redirect after a form, also to those of the application's callback, and
    // then stop after the code was delivered. No source list can name the addresses to which a callback redirects.
    let form_action = match forms {
        FormTarget::Service => " form-action 'self';",
        FormTarget::Application => "",
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self';{form_action} frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, context.language_tag()),
        (VARY, "Accept-Language, Cookie"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // An application may open these pages in a second window, whose last page reports to the first one. This policy would cut
    // that connection for good.
    if forms == FormTarget::Service {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    if context.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Returns the host of a redirect URI, with its port if it has one, or its scheme if it has no host.
pub(crate) fn return_host(target: &RedirectTarget) -> String {
    let Ok(uri) = url::Url::parse(target.as_str()) else { return target.to_string() };
    match (uri.host_str(), uri.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", uri.scheme()),
    }
}

/// Returns the title of a client, or its name without one.
pub(crate) fn title(client: &Client) -> &str {
    match &client.profile {
        Profile::Consumer(profile) => {
            profile.title.as_ref().map_or_else(|| client.name.as_str(), |title| title.as_str())
        }
        Profile::Key => client.name.as_str(),
    }
}

/// Returns a user as pages show it.
pub(crate) fn page_user(user: &User) -> PageUser<'_> {
    PageUser { username: user.username.as_str(), display_name: user.display_name.as_ref().map(Text::as_str) }
}
