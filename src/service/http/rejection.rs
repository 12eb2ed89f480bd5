//! A refused request on its way out. Handlers say which check failed and whom it is told; the answer is written here,
//! once, with the id by which the administrator finds it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, LOCATION, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::{Check, Refusal};
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
pub(crate) struct Rejection(Box<Refusing>);

#[derive(Clone, Debug)]
struct Refusing {
    reason: Reason,
    whom: Audience,
    client_id: Option<ClientId>,
    client_name: Option<Name>,
    user: Option<Name>,
}

#[derive(Clone, Debug)]
enum Reason {
    /// A check failed, which the administrator can look up.
    Check(Box<Check>),
    /// The request did not come as far as a check.
    Outside(OAuthError),
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        let whom = Audience::Caller;
        Self(Box::new(Refusing { reason, whom, client_id: None, client_name: None, user: None }))
    }
}

impl From<Box<Check>> for Rejection {
    fn from(check: Box<Check>) -> Self {
        Reason::Check(check).into()
    }
}

impl From<Check> for Rejection {
    fn from(check: Check) -> Self {
        Box::new(check).into()
    }
}

impl From<OAuthError> for Rejection {
    fn from(error: OAuthError) -> Self {
        Reason::Outside(error).into()
    }
}

impl From<StoreError> for Rejection {
    fn from(_: StoreError) -> Self {
        Check::StoreUnavailable.into()
    }
}

impl Rejection {
    fn told(mut self, whom: Audience) -> Self {
        self.0.whom = whom;
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

    /// Says which client the request was about, as it was sent.
    pub(crate) fn by(mut self, client_id: Option<&str>) -> Self {
        self.0.client_id = client_id.and_then(|id| id.parse().ok());
        self
    }

    /// Says which client the request was about.
    pub(crate) fn of(mut self, client: &Client) -> Self {
        self.0.client_id = Some(client.id.clone());
        self.0.client_name = Some(client.name.clone());
        self
    }

    /// Says which user the request was about.
    pub(crate) fn about(mut self, user: &User) -> Self {
        self.0.user = Some(user.username.clone());
        self
    }
}

/// That a request is refused on a page.
pub(crate) fn on_a_page(refused: impl Into<Rejection>) -> Rejection {
    refused.into().on_a_page()
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        // The answer is written by `answer`, which knows the request's id and the time.
        let mut response = match self.0.reason {
            Reason::Outside(error) => to_caller(error, None),
            Reason::Check(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
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
    let language = request.headers().get(ACCEPT_LANGUAGE).cloned();
    let mut response = next.run(request).await;
    let Some(Rejection(rejection)) = response.extensions_mut().remove() else { return response };
    let rejection = *rejection;
    let now = state.now();
    let error = match &rejection.reason {
        Reason::Check(check) => OAuthError::of(check, now.millis()),
        Reason::Outside(error) => *error,
    };
    let code = error.shape().code;
    let whom = match rejection.whom {
        // Nothing but a browser comes there, so whatever went wrong before the handler is for a person too. Not under a
        // host that is not ours: what a page says is nobody's there to read.
        Audience::Caller if is_page(route.as_ref()) && error != OAuthError::Misdirected => Audience::Person,
        whom => whom,
    };
    let mut answer = match &whom {
        Audience::Caller => to_caller(error, id.as_ref()),
        Audience::Shown => std::mem::take(&mut response),
        Audience::Person => {
            let check = match &rejection.reason {
                Reason::Check(check) => Some(&**check),
                Reason::Outside(_) => None,
            };
            // Only an id that is ours is shown; whatever else was sent is not.
            let client = rejection.client_name.as_ref().and(rejection.client_id.as_ref());
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
    let client = rejection.client_name.as_ref().and(rejection.client_id.as_ref());
    if answer.extensions().get::<LogContext>().is_none() {
        answer.extensions_mut().insert(LogContext { client: client.cloned(), user: None });
    }
    if let (Some(request), Reason::Check(check)) = (id, rejection.reason) {
        state.note_refusal(Refusal {
            request,
            at: now,
            endpoint: endpoint(route.as_ref().map_or("", MatchedPath::as_str)),
            error: Some(code),
            client_id: rejection.client_id,
            client_name: rejection.client_name,
            user: rejection.user,
            check: *check,
        });
    }
    answer
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
