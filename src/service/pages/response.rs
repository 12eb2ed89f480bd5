//! Pages as answers: their headers, and what an error page says.

use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, VARY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::domain::client::{Client, Profile};
use crate::domain::code::RedirectTarget;
use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Text;
use crate::domain::refusal::Check;
use crate::domain::user::User;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::rejection::{Rejection, to_caller};
use crate::service::pages::{ErrorPage, Frame, Language, Person, Trouble};
use crate::service::state::State;

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

/// Says that an address is nobody's: on a page to whoever would rather have one, since people mistype addresses too.
pub(crate) async fn nothing_there(headers: HeaderMap) -> Rejection {
    let refused = Rejection::from(OAuthError::NotFound);
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        refused.on_a_page()
    } else {
        refused
    }
}

/// A refusal told to the person in front of the browser.
pub(crate) fn refused(
    state: &State,
    language: Language,
    error: OAuthError,
    check: Option<&Check>,
    client: Option<&ClientId>,
    request: Option<&RequestId>,
) -> Response {
    let Ok(look) = state.store.read().and_then(|read| state.look_in(read.as_ref())) else {
        // Without the store there is not even a name to put on the page.
        return to_caller(OAuthError::Unavailable, request);
    };
    let frame = Frame::new(&look, language);
    let html = ErrorPage {
        frame,
        trouble: trouble(error, check),
        reason: Some(why(error)),
        client_id: client.map(ClientId::as_str),
        request_id: request.map(RequestId::as_str),
    }
    .html();
    let mut response = page(status(error), frame, html, None);
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Why, for whoever wrote the client. Nobody authenticates at the endpoints that have pages: there it is the id that was
/// found wanting.
const fn why(error: OAuthError) -> &'static str {
    match error {
        OAuthError::InvalidClient => "no client with this client_id may be used now",
        error => error.shape().description,
    }
}

/// An authorization request that cannot be answered to its client is a bad request, whoever sent it.
const fn status(error: OAuthError) -> StatusCode {
    match error {
        OAuthError::InvalidClient | OAuthError::InvalidGrant => StatusCode::BAD_REQUEST,
        error => error.shape().status,
    }
}

const fn trouble(error: OAuthError, check: Option<&Check>) -> Trouble {
    match (error, check) {
        (
            _,
            Some(
                Check::ClientDisabled { .. }
                | Check::ClientExpired { .. }
                | Check::ClientRevoked { .. }
                | Check::GrantTypeNotAllowed { .. },
            ),
        ) => Trouble::RefusedApplication,
        (_, Some(Check::RedirectMismatch { .. } | Check::RedirectMissing | Check::RedirectRepeated)) => {
            Trouble::WrongReturnAddress
        }
        (_, Some(Check::Form(_))) => Trouble::StalePage,
        (OAuthError::InvalidClient, _) => Trouble::UnknownApplication,
        (OAuthError::NotFound, _) => Trouble::NotFound,
        (OAuthError::TooMany(_), _) => Trouble::TooMany,
        (OAuthError::Unavailable, _) => Trouble::Unavailable,
        _ => Trouble::BadRequest,
    }
}
