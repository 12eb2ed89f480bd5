//! Signing in.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::header::{ACCEPT_LANGUAGE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::actions::sessions;
use crate::actions::sessions::{SessionRequest, UserCredentials};
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
use crate::service::http::cookies::{Purpose, Visitor, check_form, form_token};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::rejection::{Rejection, on_a_page};
use crate::service::pages;
use crate::service::pages::response::{language, page, title};
use crate::service::pages::{Frame, Hidden, SignInProblem};
use crate::service::routes::account;
use crate::service::routes::authorize::request;
use crate::service::state::State;

/// The path of this endpoint.
pub(crate) const PATH: &str = "/login";

/// The sign-in page by itself: for whoever wants to see their authorizations.
pub(crate) async fn get(Shared(state): Shared<Arc<State>>, request: Request) -> Result<Response, Rejection> {
    let headers = request.headers();
    let visitor = {
        let read = state.store.read().map_err(on_a_page)?;
        Visitor::read(&state, read.as_ref(), headers, state.now()).map_err(on_a_page)?
    };
    if visitor.session.is_some() {
        return to(&state, account::PATH);
    }
    let problem = visitor.was_signed_in.then_some(SignInProblem::SessionEnded);
    Shown { query: "", client: None, username: "", problem }.page(&state, headers, visitor)
}

/// The sign-in page before a client is answered.
pub(crate) fn for_client(
    state: &State,
    headers: &HeaderMap,
    visitor: Visitor,
    query: &str,
    client: &Client,
    redirect_uri: &RedirectTarget,
) -> Result<Response, Rejection> {
    let client = Some((client, redirect_uri));
    let problem = visitor.was_signed_in.then_some(SignInProblem::SessionEnded);
    Shown { query, client, username: "", problem }.page(state, headers, visitor)
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
    fn page(&self, state: &State, headers: &HeaderMap, mut visitor: Visitor) -> Result<Response, Rejection> {
        let look = {
            let read = state.store.read().map_err(on_a_page)?;
            state.look_in(read.as_ref()).map_err(on_a_page)?
        };
        // What a form sends along must be plain text, whatever the query holds.
        let query = request::with_prompt(self.query, prompt_of(self.query).as_deref());
        let (browser, is_new) = visitor.browser_or_new(state);
        let token = form_token(Purpose::SignIn, browser, &query);
        let frame = Frame::new(&look, language(headers.get(ACCEPT_LANGUAGE)));
        let html = pages::SignIn {
            frame,
            application: self.client.map(|(client, _)| title(client)),
            username: self.username,
            problem: self.problem,
            action: PATH,
            hidden: &[Hidden { name: "token", value: &token }, Hidden { name: "request", value: &query }],
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
            visitor.keep_browser(&mut response);
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
pub(crate) fn to(state: &State, path: &str) -> Result<Response, Rejection> {
    let issuer = state.issuer().map_err(on_a_page)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(&format!("{}{path}", issuer.path()))
        .map_err(|_| on_a_page(Check::Request("the request cannot be sent back")))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

pub(crate) async fn post(
    Shared(state): Shared<Arc<State>>,
    request: Request,
) -> Result<(LogContext, Response), Rejection> {
    let FormRequest { address, headers, mut parameters } =
        FormRequest::read(request).await.map_err(Rejection::on_a_page)?;
    let query = parameters.text("request").unwrap_or_default().to_owned();
    let username = parameters.text("username").unwrap_or_default().to_owned();
    let password = parameters.secret("password").unwrap_or_else(|| SecretText::new(String::new()));
    let now = state.now();
    let (visitor, judged, candidate, is_known) = {
        let read = state.store.read().map_err(on_a_page)?;
        let issuer = state.issuer_in(read.as_ref()).map_err(on_a_page)?;
        let visitor = Visitor::read(&state, read.as_ref(), &headers, now).map_err(on_a_page)?;
        let Some(browser) = &visitor.browser else {
            return Err(on_a_page(Check::Form(FormFault::Foreign)));
        };
        let expected = form_token(Purpose::SignIn, browser, &query);
        check_form(&headers, &issuer, &expected, parameters.text("token")).map_err(on_a_page)?;
        let judged = if query.is_empty() {
            None
        } else {
            Some(request::judge(&state, read.as_ref(), &query, &headers)?.1)
        };
        let candidate = sessions::user_credentials(read.as_ref(), &username).map_err(on_a_page)?;
        let is_known = match &candidate {
            Some(candidate) => {
                read.is_known_browser(&Digest::of(browser), &candidate.user.id).map_err(on_a_page)?
            }
            None => false,
        };
        (visitor, judged, candidate, is_known)
    };
    let client =
        judged.as_ref().map(|judged| (&judged.checking.client, &judged.checking.request.redirect_uri));
    let attempt =
        Attempt { state: &state, address, username: &username, candidate, is_known, visitor: &visitor };
    match attempt.make(password, now).await? {
        Ok(cookie) => {
            let next = if query.is_empty() {
                account::PATH.to_owned()
            } else {
                // The password was given just now, which is what it asked for.
                format!("{}?{}", request::PATH, without_login(&query))
            };
            let mut response = to(&state, &next)?;
            visitor.keep_session(&mut response, &cookie);
            visitor.keep_browser(&mut response);
            Ok((LogContext::default(), response))
        }
        Err((check, problem)) => {
            let user = attempt.candidate.as_ref().map(|candidate| candidate.user.clone());
            let shown = Shown { query: &query, client, username: &username, problem: Some(problem) };
            let rejection = Rejection::from(check);
            let rejection = client.iter().fold(rejection, |rejection, (client, _)| rejection.of(client));
            let rejection = user.iter().fold(rejection, Rejection::about);
            let response = shown.page(&state, &headers, visitor)?;
            Ok((LogContext::default(), rejection.told_by(response)))
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
    state: &'a State,
    address: ClientAddress,
    username: &'a str,
    candidate: Option<UserCredentials>,
    is_known: bool,
    visitor: &'a Visitor,
}

impl Attempt<'_> {
    /// What failures are counted of. A browser that its user has signed in with before has a count of its own, so that
    /// strangers who guess cannot keep the owner out.
    fn subjects(&self) -> Vec<Subject> {
        match (&self.candidate, &self.visitor.browser) {
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
        let permit = self.state.passwords.permit().await.map_err(on_a_page)?;
        let throttled = {
            let read = self.state.store.read().map_err(on_a_page)?;
            throttle::failed_check(read.as_ref(), &subjects, self.state.now()).map_err(on_a_page)?
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
            .map_err(on_a_page)?;
        Ok(Err((failed, SignInProblem::Wrong)))
    }

    async fn begin(
        &self,
        candidate: &UserCredentials,
        subjects: &[Subject],
    ) -> Result<Decision<SecretText>, Rejection> {
        let Some(browser) = &self.visitor.browser else {
            return Err(on_a_page(Check::Form(FormFault::Foreign)));
        };
        let sign_in = SessionRequest {
            user: candidate.user.id.clone(),
            password_hash: candidate.password_hash.clone(),
            browser: Digest::of(browser),
            replaced: self.visitor.session.as_ref().map(|session| session.digest.clone()),
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
        begun.await.map_err(on_a_page)
    }
}
