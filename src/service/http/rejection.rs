//! A refused request on its way out. Handlers say which check failed and whom it is told; the answer is written here,
//! once, with the id by which the administrator finds it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, HOST, LOCATION, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::actions::authenticate::AuthenticatedClient;
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::id::{ClientId, RequestId};
use crate::domain::refusal::{Check, HOST_LENGTH, Refusal, RefusedRequest};
use crate::domain::user::User;
use crate::store::StoreError;

use crate::service::http::layer::{ErrorCode, LogContext};
use crate::service::http::oauth_error::OAuthError;
use crate::service::pages::response;
use crate::service::routes::account;
use crate::service::routes::authorize::{request, sign_in, sign_out};
use crate::service::state::State;

/// Audience a refusal is told.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    /// The program that sent the request, as JSON.
    Caller,
    /// The person in front of the browser, on a page.
    Person,
    /// The person, on a page that says it already.
    Shown,
    /// The client, by way of the browser (RFC 6749 section 4.1.2.1).
    Client {
        /// Where; checked.
        redirect_uri: RedirectTarget,
        /// What it sent as `state`.
        state: Option<String>,
    },
}

/// Why a request is refused, and whom that is told. Small, since most requests carry none.
#[derive(Clone, Debug)]
pub(crate) struct Rejection(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    cause: Cause,
    audience: Audience,
}

#[derive(Clone, Debug)]
enum Cause {
    /// A check failed, which the administrator can look up.
    Refused(Box<Refusal>),
    /// The request did not reach a check.
    Protocol(OAuthError),
}

impl From<Cause> for Rejection {
    fn from(cause: Cause) -> Self {
        Self(Box::new(Parts { cause, audience: Audience::Caller }))
    }
}

impl From<Box<Refusal>> for Rejection {
    fn from(refusal: Box<Refusal>) -> Self {
        Cause::Refused(refusal).into()
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Box::new(refusal).into()
    }
}

impl From<Check> for Rejection {
    fn from(check: Check) -> Self {
        Refusal::from(check).into()
    }
}

impl From<OAuthError> for Rejection {
    fn from(error: OAuthError) -> Self {
        Cause::Protocol(error).into()
    }
}

impl From<StoreError> for Rejection {
    fn from(_: StoreError) -> Self {
        Check::StoreUnavailable.into()
    }
}

impl Rejection {
    fn told(mut self, audience: Audience) -> Self {
        self.0.audience = audience;
        self
    }

    /// Tells it the person in front of the browser.
    pub(crate) fn on_a_page(self) -> Self {
        self.told(Audience::Person)
    }

    /// Tells it the client by way of the browser.
    pub(crate) fn by_redirect(self, redirect_uri: &RedirectTarget, state: Option<&str>) -> Self {
        let state = state.map(str::to_owned);
        self.told(Audience::Client { redirect_uri: redirect_uri.clone(), state })
    }

    /// Marks an answer that tells it already.
    pub(crate) fn told_by(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self.told(Audience::Shown));
        response
    }

    fn map(mut self, change: impl FnOnce(Refusal) -> Refusal) -> Self {
        if let Cause::Refused(refusal) = self.0.cause {
            self.0.cause = Cause::Refused(Box::new(change(*refusal)));
        }
        self
    }

    /// Names the client by the `client_id` as it was sent.
    pub(crate) fn by(self, client_id: Option<&str>) -> Self {
        self.map(|refusal| refusal.of_sent_id(client_id))
    }

    /// Names the client that made the request.
    pub(crate) fn of(self, client: &Client) -> Self {
        self.map(|refusal| refusal.of(client))
    }

    /// Names the authenticated client that made the request.
    pub(crate) fn of_caller(self, caller: &AuthenticatedClient) -> Self {
        self.map(|refusal| Refusal {
            client_authenticated: caller.secret.is_some(),
            ..refusal.of(&caller.client)
        })
    }

    /// Names the user that the request was about.
    pub(crate) fn about(self, user: &User) -> Self {
        self.map(|refusal| refusal.about(user))
    }
}

/// That a request is refused on a page.
pub(crate) fn on_a_page(refused: impl Into<Rejection>) -> Rejection {
    refused.into().on_a_page()
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        // The answer is written by `answer`, which knows the request's id and the time.
        let mut response = match self.0.cause {
            Cause::Protocol(error) => to_caller(error, None),
            Cause::Refused(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        Rejection::from(self).into_response()
    }
}

/// Writes the answer of a refused request, and keeps the reason for the administrator.
pub(crate) async fn answer(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let host = host(&request);
    let language = request.headers().get(ACCEPT_LANGUAGE).cloned();
    let mut response = next.run(request).await;
    let Some(Rejection(rejection)) = response.extensions_mut().remove() else { return response };
    let rejection = *rejection;
    let now = state.now();
    let error = match &rejection.cause {
        Cause::Refused(refusal) => OAuthError::of(&refusal.check, now.millis()),
        Cause::Protocol(error) => *error,
    };
    let code = error.shape().code;
    let audience = match rejection.audience {
        // Nothing but a browser comes there, so whatever went wrong before the handler is for a person too. Not under a
        // host that is not ours: what a page says is nobody's there to read.
        Audience::Caller if is_page(route.as_ref()) && error != OAuthError::Misdirected => Audience::Person,
        audience => audience,
    };
    let mut answer = match &audience {
        Audience::Caller => to_caller(error, id.as_ref()),
        Audience::Shown => std::mem::take(&mut response),
        Audience::Person => {
            let check = match &rejection.cause {
                Cause::Refused(refusal) => Some(&refusal.check),
                Cause::Protocol(_) => None,
            };
            // Only an id that is ours is shown; whatever else was sent is not.
            let client = known_client(&rejection.cause, &audience);
            response::refused(
                &state,
                response::language(language.as_ref()),
                error,
                check,
                client,
                id.as_ref(),
            )
        }
        Audience::Client { redirect_uri, state: client_state } => {
            to_client(&state, error, redirect_uri, client_state.as_deref(), id.as_ref())
        }
    };
    // What the layers within have said of it, such as which methods there are, stays.
    for (name, value) in response.headers() {
        if !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    answer.extensions_mut().extend(std::mem::take(response.extensions_mut()));
    answer.extensions_mut().insert(ErrorCode(code));
    // Only an id that is ours is logged.
    let client = known_client(&rejection.cause, &audience);
    if answer.extensions().get::<LogContext>().is_none() {
        answer.extensions_mut().insert(LogContext { client: client.cloned(), user: None });
    }
    if let (Some(request), Cause::Refused(refusal)) = (id, rejection.cause) {
        state.note_refusal(RefusedRequest {
            request,
            at: now,
            endpoint: endpoint(route.as_ref().map_or("", MatchedPath::as_str)),
            host,
            error: Some(code),
            refusal: *refusal,
        });
    }
    answer
}

/// Returns the id of the client to show and to log: at an endpoint for programs only if the client proved its identity, on a
/// page if such a client exists.
fn known_client<'a>(cause: &'a Cause, audience: &Audience) -> Option<&'a ClientId> {
    let Cause::Refused(refusal) = cause else { return None };
    let for_program = matches!(audience, Audience::Caller);
    let client = refusal.client.as_ref()?;
    let is_known = if for_program { refusal.client_authenticated } else { client.name.is_some() };
    is_known.then_some(&client.id)
}

/// The host that a request names, cut to [`HOST_LENGTH`] characters.
fn host(request: &Request) -> Option<String> {
    let header = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().authority().map(axum::http::uri::Authority::as_str).or_else(header)?;
    Some(host.chars().take(HOST_LENGTH).collect())
}

/// The routes whose refusals are kept, as the administrator reads them.
const ENDPOINTS: &[&str] = &[
    "/oauth/authorize",
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/login",
    "/logout",
    "/account/applications",
];

fn endpoint(route: &str) -> &'static str {
    ENDPOINTS.iter().rev().find(|known| route.starts_with(**known)).copied().unwrap_or("other")
}

/// Whether a route answers people.
fn is_page(route: Option<&MatchedPath>) -> bool {
    let pages = [request::PATH, sign_in::PATH, sign_out::PATH, account::PATH];
    route.is_some_and(|route| pages.contains(&endpoint(route.as_str())))
}

/// The description with the id by which whoever reports it names the request.
fn description(error: OAuthError, id: Option<&RequestId>) -> String {
    let description = error.shape().description;
    // A wrong secret and an unknown client are to be answered octet for octet alike; the id is in the header all the same.
    let id = id.filter(|_| error != OAuthError::InvalidClient);
    id.map_or_else(|| description.to_owned(), |id| format!("{description} ({id})"))
}

pub(crate) fn to_caller(error: OAuthError, id: Option<&RequestId>) -> Response {
    let shape = error.shape();
    let body = json!({"error": shape.code, "error_description": description(error, id)});
    let mut response = (shape.status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if error == OAuthError::InvalidClient {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"apiconn\""));
    }
    if let Some(seconds) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn to_client(
    state: &State,
    error: OAuthError,
    redirect_uri: &RedirectTarget,
    client_state: Option<&str>,
    id: Option<&RequestId>,
) -> Response {
    let Ok(issuer) = state.issuer() else { return to_caller(OAuthError::Unavailable, id) };
    let description = description(error, id);
    let mut parameters = vec![("error", error.shape().code), ("error_description", &description)];
    parameters.extend(client_state.map(|state| ("state", state)));
    parameters.push(("iss", issuer.as_str()));
    redirect(redirect_uri, &parameters)
}

/// Sends the browser to the client, by GET whatever it came with (RFC 9700 section 4.12).
pub(crate) fn redirect(redirect_uri: &RedirectTarget, parameters: &[(&str, &str)]) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let joint = if redirect_uri.as_str().contains('?') { '&' } else { '?' };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // A registered URI holds nothing that a header cannot.
    if let Ok(location) = HeaderValue::from_str(&format!("{redirect_uri}{joint}{query}")) {
        headers.insert(LOCATION, location);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}
