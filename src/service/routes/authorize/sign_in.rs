//! Signing in.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::actions::sessions;
use crate::actions::sessions::{Candidate, SignIn};
use crate::actions::throttle;
use crate::credentials::digest::Digest;
use crate::domain::State as StoredState;
use crate::domain::client::Client;
use crate::domain::code::RedirectTarget;
use crate::domain::refusal::{Check, Decision, FormFault};
use crate::domain::secret_text::SecretText;
use crate::domain::throttle::{Account, Subject};
use crate::domain::time::Timestamp;
use crate::service::edge::proxy::ClientAddress;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::csrf::{Purpose, check_form, form_token};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages;
use crate::service::pages::Theme;
use crate::service::pages::response::{language, page, title};
use crate::service::pages::{Frame, HiddenField, SignInProblem};
use crate::service::routes::authorize::request;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;

/// The sign-in page by itself: for whoever wants to see their authorizations.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let headers = request.headers();
    let browser_context = {
        let read = state.store.read().map_err(on_page)?;
        BrowserContext::read(&state, read.as_ref(), headers, state.now()).map_err(on_page)?
    };
    if browser_context.session.is_some() {
        return Ok((LogContext::default(), to(&state, paths::APPLICATIONS)?));
    }
    let problem = browser_context.was_signed_in.then_some(SignInProblem::SessionEnded);
    let page =
        Shown { query: "", client: None, username: "", problem }.page(&state, headers, browser_context)?;
    Ok((LogContext::default(), page))
}

/// The sign-in page before a client is answered.
pub(crate) fn for_client(
    state: &AppState,
    headers: &HeaderMap,
    browser_context: BrowserContext,
    query: &str,
    client: &Client,
    redirect_uri: &RedirectTarget,
) -> Result<Response, Rejection> {
    let client = Some((client, redirect_uri));
    let problem = browser_context.was_signed_in.then_some(SignInProblem::SessionEnded);
    Shown { query, client, username: "", problem }.page(state, headers, browser_context)
}

/// What the sign-in page shows.
struct Shown<'a> {
    /// The authorization request that waits, as it was sent; empty for the account's page.
    query: &'a str,
    /// Who sent it, and where the answer goes.
    client: Option<(&'a Client, &'a RedirectTarget)>,
    /// What was typed before.
    username: &'a str,
    problem: Option<SignInProblem>,
}

impl Shown<'_> {
    fn page(
        &self,
        state: &AppState,
        headers: &HeaderMap,
        mut browser_context: BrowserContext,
    ) -> Result<Response, Rejection> {
        let look = {
            let read = state.store.read().map_err(on_page)?;
            Theme::read(state, read.as_ref()).map_err(on_page)?
        };
        // What a form sends along must be plain text, whatever the query holds.
        let query = request::with_prompt(self.query, prompt_of(self.query).as_deref());
        let (browser, is_new) = browser_context.browser_or_new(state);
        let token = form_token(Purpose::SignIn, browser, &query);
        let frame = Frame::new(&look, language(headers.get(ACCEPT_LANGUAGE)));
        let html = pages::SignInPage {
            frame,
            application: self.client.map(|(client, _)| title(client)),
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
        let mut response = page(status, frame, html, self.client.map(|(_, target)| target));
        if let Some(SignInProblem::Throttled { seconds }) = self.problem {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if is_new {
            browser_context.keep_browser(&mut response);
        }
        Ok(response)
    }
}

/// The values of `prompt`, if there are any.
fn prompt_of(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, value)| name == "prompt" && !value.is_empty()).map(|(_, value)| value.into_owned())
}

/// Sends the browser to one of our own pages.
pub(crate) fn to(state: &AppState, path: &str) -> Result<Response, Rejection> {
    let issuer = state.issuer().map_err(on_page)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(&format!("{}{path}", issuer.path()))
        .map_err(|_| on_page(Check::Request("the request cannot be sent back")))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { address, headers, mut parameters } =
        FormRequest::read(request).await.map_err(Rejection::on_page)?;
    let query = parameters.text("request").unwrap_or_default().to_owned();
    let username = parameters.text("username").unwrap_or_default().to_owned();
    let password = parameters.secret("password").unwrap_or_else(|| SecretText::new(String::new()));
    let now = state.now();
    let (browser_context, judged, candidate, is_known) = {
        let read = state.store.read().map_err(on_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_page)?;
        let browser_context = BrowserContext::read(&state, read.as_ref(), &headers, now).map_err(on_page)?;
        let Some(browser) = &browser_context.browser else {
            return Err(on_page(Check::Form(FormFault::Foreign)));
        };
        let expected = form_token(Purpose::SignIn, browser, &query);
        check_form(&headers, &issuer, &expected, parameters.text("token")).map_err(on_page)?;
        let judged = if query.is_empty() {
            None
        } else {
            Some(request::judge(&state, read.as_ref(), &query, &headers)?.1)
        };
        let candidate = sessions::candidate(read.as_ref(), &username).map_err(on_page)?;
        let is_known = match &candidate {
            Some(candidate) => {
                read.is_known_browser(&Digest::of(browser), &candidate.user.id).map_err(on_page)?
            }
            None => false,
        };
        (browser_context, judged, candidate, is_known)
    };
    let client =
        judged.as_ref().map(|judged| (&judged.checking.client, &judged.checking.request.redirect_uri));
    let attempt = Attempt {
        state: &state,
        address,
        username: &username,
        candidate,
        is_known,
        browser_context: &browser_context,
    };
    match attempt.make(password, now).await? {
        Ok(cookie) => {
            let next = if query.is_empty() {
                paths::APPLICATIONS.to_owned()
            } else {
                // The password was given just now, which is what it asked for.
                format!("{}?{}", paths::AUTHORIZE, without_login(&query))
            };
            let mut response = to(&state, &next)?;
            browser_context.keep_session(&mut response, &cookie);
            browser_context.keep_browser(&mut response);
            Ok((LogContext::default(), response))
        }
        Err((check, problem)) => {
            let user = attempt.candidate.as_ref().map(|candidate| candidate.user.clone());
            let shown = Shown { query: &query, client, username: &username, problem: Some(problem) };
            let rejection = Rejection::from(check);
            let rejection = client.iter().fold(rejection, |rejection, (client, _)| rejection.of(client));
            let rejection = user.iter().fold(rejection, Rejection::about);
            let response = shown.page(&state, &headers, browser_context)?;
            Err(rejection.on_this_page(response))
        }
    }
}

/// A query whose `prompt` no longer asks for a sign-in.
fn without_login(query: &str) -> String {
    let rest = prompt_of(query).map(|prompt| {
        let words = prompt.split(' ').filter(|word| !matches!(*word, "" | "login" | "select_account"));
        words.collect::<Vec<_>>().join(" ")
    });
    request::with_prompt(query, rest.as_deref().filter(|rest| !rest.is_empty()))
}

/// One attempt to sign in.
struct Attempt<'a> {
    state: &'a AppState,
    address: ClientAddress,
    username: &'a str,
    candidate: Option<Candidate>,
    is_known: bool,
    browser_context: &'a BrowserContext,
}

impl Attempt<'_> {
    /// What failures are counted of. A browser that its user has signed in with before has a count of its own, so that
    /// strangers who guess cannot keep the owner out.
    fn subjects(&self) -> Vec<Subject> {
        match (&self.candidate, &self.browser_context.browser) {
            (Some(candidate), Some(browser)) if self.is_known => {
                let device = *Digest::of(browser).as_bytes();
                vec![Subject::KnownBrowser { user: candidate.user.id.clone(), device }]
            }
            (candidate, _) => {
                let account = candidate.as_ref().map_or_else(
                    || Account::Unknown(self.username.to_owned()),
                    |candidate| Account::User(candidate.user.id.clone()),
                );
                vec![Subject::Password(account), Subject::PasswordFrom(self.address.throttle_key())]
            }
        }
    }

    /// Checks the password and begins a session; or says what the page shows instead. An unknown user, a wrong password
    /// and a disabled user look alike and take alike.
    async fn make(
        &self,
        password: SecretText,
        now: Timestamp,
    ) -> Result<Result<SecretText, (Check, SignInProblem)>, Rejection> {
        let subjects = self.subjects();
        // The permit first: while it is waited for, others may fail.
        let permit = self.state.password_pool.permit().await.map_err(on_page)?;
        let throttled = {
            let read = self.state.store.read().map_err(on_page)?;
            throttle::failed_check(read.as_ref(), &subjects, self.state.now()).map_err(on_page)?
        };
        if let Some(check) = throttled {
            let seconds = OAuthError::of(&check, now.millis()).retry_after().unwrap_or_default();
            return Ok(Err((check, SignInProblem::Throttled { seconds })));
        }
        let phc = self.candidate.as_ref().map(|candidate| candidate.password_hash.clone());
        // Kept until the failure is counted: the next one is judged by it.
        let (is_right, _permit) = permit.verify(phc, password).await;
        let failed = match (&self.candidate, is_right) {
            (None, _) => Check::UnknownUser,
            (Some(_), false) => Check::WrongPassword,
            (Some(candidate), true) if candidate.user.state() != StoredState::Active => {
                Check::SignInDisabled { since: candidate.user.disabled_at.unwrap_or(now) }
            }
            (Some(candidate), true) => match self.begin(candidate, &subjects).await? {
                Decision::Allowed(cookie) => return Ok(Ok(cookie)),
                Decision::Refused(refusal) => refusal.check,
            },
        };
        self.state
            .writer
            .submit(move |job| throttle::note_failure(job.write, &subjects, job.now))
            .await
            .map_err(on_page)?;
        Ok(Err((failed, SignInProblem::Wrong)))
    }

    async fn begin(
        &self,
        candidate: &Candidate,
        subjects: &[Subject],
    ) -> Result<Decision<SecretText>, Rejection> {
        let Some(browser) = &self.browser_context.browser else {
            return Err(on_page(Check::Form(FormFault::Foreign)));
        };
        let sign_in = SignIn {
            user: candidate.user.id.clone(),
            password_hash: candidate.password_hash.clone(),
            browser: Digest::of(browser),
            replaced: self.browser_context.session.as_ref().map(|session| session.digest.clone()),
        };
        let subjects = subjects.to_vec();
        let begun = self.state.writer.submit(move |job| {
            let begun = sessions::begin(job.write, job.random, job.now, &sign_in)?;
            if begun.is_allowed() {
                for subject in &subjects {
                    throttle::clear(job.write, subject)?;
                }
            }
            Ok(begun)
        });
        begun.await.map_err(on_page)
    }
}
