//! The error page: what it says about a refused request, and its status.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use crate::domain::id::{ClientId, RequestId};
use crate::domain::refusal::Check;
use crate::service::http::answer::json_error;
use crate::service::http::oauth_error::OAuthError;
use crate::service::pages::frame::Frame;
use crate::service::pages::language::Language;
use crate::service::pages::notice::ErrorPage;
use crate::service::pages::response::page;
use crate::service::pages::texts::Trouble;
use crate::service::pages::theme::Theme;
use crate::service::state::AppState;

/// Returns the error page for a refused request.
pub(crate) fn error_page(
    state: &AppState,
    language: Language,
    error: OAuthError,
    check: Option<&Check>,
    client: Option<&ClientId>,
    request: Option<&RequestId>,
) -> Response {
    let Ok(theme) = state.store.read().and_then(|read| Theme::read(state, read.as_ref())) else {
        // The base's name and colour are in the store.
        return json_error(OAuthError::Unavailable, request);
    };
    let frame = Frame::new(&theme, language);
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

/// The reason, for the developer of the client. No client authenticates at the endpoints that have pages, so an invalid
/// client there is an invalid id.
const fn why(error: OAuthError) -> &'static str {
    match error {
        OAuthError::InvalidClient => "no client with this client_id may be used now",
        error => error.shape().description,
    }
}

/// An authorization request that cannot be answered by a redirect is a bad request.
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
