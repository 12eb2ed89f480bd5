//! The sign-in page and its form.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use crate::actions::sessions;
use crate::credentials::digest::Digest;
use crate::domain::client::Client;
use crate::domain::id::{RequestId, UserId};
use crate::domain::refusal::{Check, FormFault};
use crate::domain::secret_text::SecretText;
use crate::service::http::context::RequestContext;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::{FormPurpose, check_form, form_token};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::response::{FormTarget, language, page, title};
use crate::service::pages::{HiddenField, PageContext, SignInPage, SignInProblem, Theme};
use crate::service::routes::authorize::check::check_request;
use crate::service::routes::authorize::query::{known_parameters, without_sign_in};
use crate::service::routes::authorize::sign_in_attempt::{SignInAttempt, SignInFailure};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::routes::page_redirect::redirect_to_page;
use crate::service::state::AppState;

/// Returns the sign-in page without an authorization request; it leads to the user's applications.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let headers = request.headers();
    let browser_context = {
        let read = state.store.read().map_err(on_page)?;
        BrowserContext::read(&state, read.as_ref(), headers, state.now()).map_err(on_page)?
    };
    if browser_context.session.is_some() {
        return Ok((LogContext::default(), redirect_to_page(&state, paths::APPLICATIONS)?));
    }
    let problem = browser_context.was_signed_in.then_some(SignInProblem::SessionEnded);
    let form = SignInForm { query: "", client: None, username: "", problem };
    Ok((LogContext::default(), form.page(&state, headers, browser_context)?))
}

/// Returns the sign-in page for an authorization request.
pub(crate) fn for_client(
    state: &AppState,
    headers: &HeaderMap,
    browser_context: BrowserContext,
    query: &str,
    client: &Client,
) -> Result<Response, Rejection> {
    let client = Some(client);
    let problem = browser_context.was_signed_in.then_some(SignInProblem::SessionEnded);
    SignInForm { query, client, username: "", problem }.page(state, headers, browser_context)
}

/// The content of the sign-in page.
struct SignInForm<'a> {
    /// The query of the authorization request that waits for the sign-in; empty without one.
    query: &'a str,
    /// The client of that request.
    client: Option<&'a Client>,
    /// The username of the attempt before.
    username: &'a str,
    problem: Option<SignInProblem>,
}

impl SignInForm<'_> {
    fn page(
        &self,
        state: &AppState,
        headers: &HeaderMap,
        mut browser_context: BrowserContext,
    ) -> Result<Response, Rejection> {
        let theme = {
            let read = state.store.read().map_err(on_page)?;
            Theme::read(state, read.as_ref()).map_err(on_page)?
        };
        // A hidden field must be plain text, so the query is encoded again.
        let query = known_parameters(self.query);
        let (browser, is_new) = browser_context.browser_or_new(state);
        let token = form_token(FormPurpose::SignIn, browser, &query);
        let context = PageContext::new(&theme, language(headers.get(ACCEPT_LANGUAGE)));
        let html = SignInPage {
            context,
            application: self.client.map(title),
            username: self.username,
            problem: self.problem,
            action: paths::SIGN_IN,
            hidden: &[
                HiddenField { name: "token", value: &token },
                HiddenField { name: "request", value: &query },
            ],
        }
        .html();
        let status = match self.problem {
            None | Some(SignInProblem::SessionEnded) => StatusCode::OK,
            Some(SignInProblem::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Some(SignInProblem::Wrong) => StatusCode::FORBIDDEN,
        };
        // After the sign-in, a request that needs no consent leads to the application.
        let forms = if self.client.is_some() { FormTarget::Application } else { FormTarget::Service };
        let mut response = page(status, context, html, forms);
        if let Some(SignInProblem::Throttled { seconds }) = self.problem {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if is_new {
            browser_context.keep_browser(&mut response);
        }
        Ok(response)
    }
}

/// The event of an attempt to sign in, for programs that watch the log. It names the user by id, never the text that was typed,
/// which may be a password. It is logged when it is dropped, so that an attempt without an answer of the password, as of an
/// overloaded service or a request that took too long, is logged too.
struct AttemptEvent {
    request: Option<RequestId>,
    user: Option<UserId>,
    outcome: &'static str,
}

impl AttemptEvent {
    /// Begins an attempt, whose outcome is that the service could not decide it.
    const fn begin(request: Option<RequestId>) -> Self {
        Self { request, user: None, outcome: "unavailable" }
    }

    /// Logs the attempt with its outcome.
    fn end(mut self, failure: Option<&SignInFailure>) {
        self.outcome = failure.map_or("success", |failure| failure.check.code());
    }
}

impl Drop for AttemptEvent {
    fn drop(&mut self) {
        let request_id = self.request.as_ref().map(RequestId::as_str);
        let user_id = self.user.as_ref().map(UserId::as_str);
        tracing::info!(request_id, user_id, outcome = self.outcome, "sign_in");
    }
}

/// Checks the username and password, creates a session and redirects to the next page.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let request_id = RequestContext::of(&request).id;
    let FormRequest { address, headers, mut parameters } =
        FormRequest::read(request).await.map_err(Rejection::on_page)?;
    let query = parameters.text("request").unwrap_or_default().to_owned();
    let username = parameters.text("username").unwrap_or_default().to_owned();
    let password = parameters.secret("password").unwrap_or_else(|| SecretText::new(String::new()));
    let now = state.now();
    let (browser_context, authorization, event, candidate, is_known_browser) = {
        let read = state.store.read().map_err(on_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_page)?;
        let browser_context = BrowserContext::read(&state, read.as_ref(), &headers, now).map_err(on_page)?;
        let Some(browser) = &browser_context.browser else {
            return Err(on_page(Check::Form(FormFault::Foreign)));
        };
        let expected = form_token(FormPurpose::SignIn, browser, &query);
        check_form(&headers, &issuer, &expected, parameters.text("token")).map_err(on_page)?;
        let authorization = if query.is_empty() {
            None
        } else {
            Some(check_request(&state, read.as_ref(), &query, &headers)?.request)
        };
        let mut event = AttemptEvent::begin(request_id);
        let candidate = sessions::user_credentials(read.as_ref(), &username).map_err(on_page)?;
        event.user = candidate.as_ref().map(|candidate| candidate.user.id.clone());
        let is_known_browser = match &candidate {
            Some(candidate) => {
                read.is_known_browser(&Digest::of(browser), &candidate.user.id).map_err(on_page)?
            }
            None => false,
        };
        (browser_context, authorization, event, candidate, is_known_browser)
    };
    let client = authorization.as_ref().map(|valid| &valid.client);
    let attempt = SignInAttempt {
        state: &state,
        address,
        username: &username,
        candidate,
        is_known_browser,
        browser_context: &browser_context,
    };
    let outcome = attempt.run(password, now).await?;
    event.end(outcome.as_ref().err());
    match outcome {
        Ok(cookie) => {
            let next = if query.is_empty() {
                paths::APPLICATIONS.to_owned()
            } else {
                // The sign-in that `prompt` asked for is done.
                format!("{}?{}", paths::AUTHORIZE, without_sign_in(&query))
            };
            let mut response = redirect_to_page(&state, &next)?;
            browser_context.keep_session(&mut response, &cookie);
            browser_context.keep_browser(&mut response);
            Ok((LogContext::default(), response))
        }
        Err(SignInFailure { check, problem }) => {
            let user = attempt.candidate.as_ref().map(|candidate| candidate.user.clone());
            let form = SignInForm { query: &query, client, username: &username, problem: Some(problem) };
            let rejection = Rejection::from(check);
            let rejection = client.into_iter().fold(rejection, Rejection::of);
            let rejection = user.iter().fold(rejection, Rejection::about);
            Err(rejection.on_this_page(form.page(&state, &headers, browser_context)?))
        }
    }
}
