//! The error page for a refused request, and its status.

use std::borrow::Cow;

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use crate::domain::id::{ClientId, RequestId};
use crate::domain::refusal::Check;
use crate::service::http::answer::json_error;
use crate::service::http::oauth_error::OAuthError;
use crate::service::pages::language::Language;
use crate::service::pages::relative_time;
use crate::service::pages::response::{FormTarget, page};
use crate::service::pages::shared::{PageContext, finish};
use crate::service::pages::texts::{Problem, RoundedDuration};
use crate::service::pages::theme::Theme;
use crate::service::state::AppState;

/// The error page: advice for the user, and the reason for the developer of the application.
#[derive(Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub(crate) struct ErrorPage<'a> {
    pub context: PageContext<'a>,
    pub problem: Problem,
    /// The time until another attempt is accepted, if the user has to wait.
    pub wait: Option<RoundedDuration>,
    /// The reason in fixed English words, which repeat nothing of the request.
    pub reason: Option<&'a str>,
    /// The id of a client that exists.
    pub client_id: Option<&'a str>,
    /// The request id, by which the administrator finds the stored refusal.
    pub request_id: Option<&'a str>,
}

impl ErrorPage<'_> {
    /// Renders the page as HTML.
    pub(crate) fn html(&self) -> String {
        finish(self)
    }

    fn title(&self) -> &'static str {
        (self.context.words.problem)(self.problem).0
    }

    fn try_again_in(&self) -> Option<String> {
        self.wait.map(self.context.words.try_again_in)
    }

    fn advice(&self) -> &'static str {
        (self.context.words.problem)(self.problem).1
    }
}

/// Returns the error page for a refused request.
pub(crate) fn error_page(
    state: &AppState,
    language: Language,
    error: &OAuthError,
    check: Option<&Check>,
    client: Option<&ClientId>,
    request: Option<&RequestId>,
) -> Response {
    let Ok(theme) = state.store.read().and_then(|read| Theme::read(state, read.as_ref())) else {
        // A page needs the name of the base and its accent colour from the store.
        return json_error(&OAuthError::Unavailable, request);
    };
    let context = PageContext::new(&theme, language);
    let html = ErrorPage {
        context,
        problem: problem(error, check),
        wait: match error {
            OAuthError::TooManyChanges(seconds) | OAuthError::TooManyCodes(seconds) => {
                Some(relative_time::wait(*seconds))
            }
            _ => None,
        },
        reason: Some(&reason(error)),
        client_id: client.map(ClientId::as_str),
        request_id: request.map(RequestId::as_str),
    }
    .html();
    let mut response = page(status(error), context, html, FormTarget::Service);
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Returns the reason for the developer of the client. No client authenticates at an endpoint with pages, so there an invalid
/// client is an invalid id.
fn reason(error: &OAuthError) -> Cow<'static, str> {
    match error {
        OAuthError::InvalidClient { .. } => "no usable client has this client_id".into(),
        error => error.description(),
    }
}

/// Returns the status. An authorization request that cannot be answered by a redirect is a bad request.
const fn status(error: &OAuthError) -> StatusCode {
    match error {
        OAuthError::InvalidClient { .. } | OAuthError::InvalidGrant => StatusCode::BAD_REQUEST,
        error => error.fields().status,
    }
}

const fn problem(error: &OAuthError, check: Option<&Check>) -> Problem {
    match (error, check) {
        (
            _,
            Some(
                Check::ClientDisabled { .. }
                | Check::ClientExpired { .. }
                | Check::ClientRevoked { .. }
                | Check::GrantTypeNotAllowed { .. },
            ),
        ) => Problem::RefusedApplication,
        (_, Some(Check::RedirectMismatch { .. } | Check::RedirectMissing | Check::RedirectRepeated)) => {
            Problem::WrongRedirectUri
        }
        (_, Some(Check::Form(_))) => Problem::StalePage,
        (OAuthError::InvalidClient { .. }, _) => Problem::UnknownApplication,
        (OAuthError::NotFound, _) => Problem::NotFound,
        (OAuthError::TooManyChanges(_), _) => Problem::TooManyChanges,
        (OAuthError::TooManyCodes(_), _) => Problem::TooManyCodes,
        (OAuthError::TooManyFailures(_), _) => Problem::TooManyRequests,
        (OAuthError::Unavailable, _) => Problem::Unavailable,
        _ => Problem::BadRequest,
    }
}
