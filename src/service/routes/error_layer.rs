//! The error layers of the two routers: they turn the error of a handler into its response.
//!
//! A handler is a function from the state and the request to a [`HandlerResult`]. [`api`] answers its error as JSON and
//! [`page`] answers it on an HTML page. Both store the refusal for the administrator.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ACCEPT, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::domain::refusal::{Check, Refusal, RefusedRequest};
use crate::service::edge::allowed_hosts::{self, HostError, HostKind};
use crate::service::edge::limits::Limits;
use crate::service::edge::request_limits::run_within;
use crate::service::http::answer::{json_error, redirect_error};
use crate::service::http::context::{RequestContext, escaped_host};
use crate::service::http::layer::LogContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::paths;
use crate::service::http::rejection::{Audience, Cause, Rejection};
use crate::service::pages::error::error_page;
use crate::service::pages::response::language;
use crate::service::state::AppState;
use crate::store::StoreError;

/// The result of a handler: the response with its log context, or why the request is refused.
pub(crate) type HandlerResult = Result<(LogContext, Response), Rejection>;

/// The kind of a route, which decides how an error without another audience is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteKind {
    /// Programs call it: JSON.
    Api,
    /// Browsers open it: an HTML page.
    Page,
}

/// Routes a method to a handler for programs.
pub(crate) fn api<H, F>(method: MethodFilter, handler: H) -> MethodRouter<Arc<AppState>>
where
    H: Fn(Arc<AppState>, Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(RouteKind::Api, method, handler)
}

/// Routes a method to a handler for browsers.
pub(crate) fn page<H, F>(method: MethodFilter, handler: H) -> MethodRouter<Arc<AppState>>
where
    H: Fn(Arc<AppState>, Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(RouteKind::Page, method, handler)
}

fn route<H, F>(kind: RouteKind, method: MethodFilter, handler: H) -> MethodRouter<Arc<AppState>>
where
    H: Fn(Arc<AppState>, Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    on(method, move |State(state): State<Arc<AppState>>, request: Request| async move {
        let context = RequestContext::of(&request);
        match handler(Arc::clone(&state), request).await {
            Ok(answer) => answer.into_response(),
            Err(rejection) => answer(&state, &context, kind, rejection),
        }
    })
}

/// Runs a route within the limits on a request's head, its body and the time to its answer.
pub(crate) async fn within_limits(
    State((state, limits, kind)): State<(Arc<AppState>, Limits, RouteKind)>,
    request: Request,
    next: Next,
) -> Response {
    let context = RequestContext::of(&request);
    match run_within(limits, request, next).await {
        Ok(response) => response,
        Err(error) => answer(&state, &context, kind, OAuthError::from(error).into()),
    }
}

/// Runs a route if the request names a host under which it is served. A request for a page under another allowed host is
/// redirected to the issuer.
pub(crate) async fn within_hosts(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let is_page = route.is_some_and(|route| !paths::is_for_programs(route));
    if !is_page && allowed_hosts::is_allowed_anyway(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let mut context = RequestContext::of(&request);
    // The request may name two hosts, so the refusal names the one that caused it.
    let mut named = |host: &[u8]| {
        let sent = escaped_host(host);
        context.host = Some(sent.clone());
        sent
    };
    let refused: Rejection = match host_kind(&state, &request) {
        Ok(HostKind::Other(host)) if is_page => match redirect_to_issuer(&state, &request) {
            Some(redirect) => return redirect,
            None => Check::HostWithoutPages { sent: named(&host) }.into(),
        },
        Ok(_) => return next.run(request).await,
        Err(HostError::NotAllowed(host)) => Check::HostNotAllowed { sent: named(&host) }.into(),
        Err(error) => OAuthError::from(error).into(),
    };
    // Never on a page: under the name of another site, a page could be read by that site.
    answer(&state, &context, RouteKind::Api, refused)
}

/// Checks the host of a request. Issuer and additional hosts are read for each such request, so that a change counts at once.
///
/// # Errors
/// [`HostError`] if the host is not allowed, or if the store cannot be read.
fn host_kind(state: &AppState, request: &Request) -> Result<HostKind, HostError<StoreError>> {
    let read = state.store.read().map_err(HostError::Settings)?;
    let issuer = state.issuer_in(read.as_ref()).map_err(HostError::Settings)?;
    let additional = || read.settings().map(|settings| settings.additional_hosts);
    allowed_hosts::check(request.uri(), request.headers(), &issuer, additional)
}

/// Returns the redirect of the browser to the same page of the issuer; `None` if the request does not only read, or if the
/// issuer cannot be read.
fn redirect_to_issuer(state: &AppState, request: &Request) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = HeaderValue::from_str(&state.issuer().ok()?.endpoint(path)).ok()?;
    Some((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

/// Answers a request whose path matches no route: on a page for a browser, because users mistype addresses.
pub(crate) async fn not_found(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let kind = if accepts_html(request.headers()) { RouteKind::Page } else { RouteKind::Api };
    // Without the issuer it is unknown whether its path precedes a route.
    let error = state.issuer().map_or_else(OAuthError::from, |_| OAuthError::NotFound);
    answer(&state, &RequestContext::of(&request), kind, error.into())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

/// Answers a refused request, and stores the refusal for the administrator.
pub(crate) fn answer(
    state: &AppState,
    context: &RequestContext,
    kind: RouteKind,
    rejection: Rejection,
) -> Response {
    let parts = rejection.into_parts();
    let now = state.now();
    let error = match &parts.cause {
        Cause::Refused(refusal) => OAuthError::of(refusal, now),
        Cause::Protocol(error) => error.clone(),
    };
    let host = context.host.clone().filter(|_| matches!(error, OAuthError::Misdirected(_)));
    let log = LogContext { host, ..LogContext::from(&error) };
    let id = context.id.as_ref();
    let (client, response) = match parts.audience {
        Audience::Caller if kind == RouteKind::Api => {
            // A 401 names the client whose credentials were wrong; otherwise only an identified client is named.
            let claimed =
                parts.cause.known_client().filter(|_| matches!(error, OAuthError::InvalidClient { .. }));
            (parts.caller.as_ref().or(claimed), json_error(&error, id))
        }
        Audience::Caller | Audience::User => {
            let client = parts.cause.known_client();
            let check = parts.cause.check();
            (client, error_page(state, language(context.language.as_ref()), &error, check, client, id))
        }
        Audience::UserOnPage(page) => (None, page),
        Audience::Client { redirect_uri, state: client_state } => {
            let response = match state.issuer() {
                Ok(issuer) => redirect_error(&issuer, &error, &redirect_uri, client_state.as_deref(), id),
                Err(_) => json_error(&OAuthError::Unavailable, id),
            };
            (parts.cause.known_client(), response)
        }
    };
    let log = LogContext { client: client.cloned(), ..log };
    if let Cause::Refused(refusal) = parts.cause {
        queue_refusal(state, context, log.error, *refusal);
    }
    (log, response).into_response()
}

/// Stores a refusal for the administrator. `error` is the code of the response, which is `None` if the response is not an
/// error.
pub(crate) fn queue_refusal(
    state: &AppState,
    context: &RequestContext,
    error: Option<&'static str>,
    refusal: Refusal,
) {
    if let Some(request) = &context.id {
        state.queue_refusal(RefusedRequest {
            request: request.clone(),
            at: state.now(),
            endpoint: context.endpoint,
            host: context.host.clone(),
            error,
            refusal,
        });
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_caller_that_names_html_gets_a_page() {
        for (accept, expected) in [
            ("text/html", true),
            ("application/xhtml+xml, text/html;q=0.9", true),
            ("application/json", false),
            ("*/*", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(accepts_html(&headers), expected, "{accept}");
        }
        assert!(!accepts_html(&HeaderMap::new()));
    }
}
