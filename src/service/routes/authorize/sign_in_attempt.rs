//! One attempt to sign in: rate limit, password, session.

use crate::actions::sessions;
use crate::actions::sessions::{SessionRequest, UserCredentials};
use crate::actions::throttle;
use crate::credentials::digest::Digest;
use crate::domain::State as StoredState;
use crate::domain::issuer::Issuer;
use crate::domain::refusal::{Check, Decision, FormFault};
use crate::domain::secret_text::SecretText;
use crate::domain::throttle::{Account, Subject};
use crate::domain::time::Timestamp;
use crate::service::edge::proxy::ClientAddress;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::oauth_error::seconds_until;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::pages::SignInProblem;
use crate::service::state::AppState;

/// One attempt to sign in.
pub(crate) struct SignInAttempt<'a> {
    pub state: &'a AppState,
    pub address: ClientAddress,
    /// The username as it was typed.
    pub username: &'a str,
    /// The user with this username, if one exists.
    pub candidate: Option<UserCredentials>,
    /// Whether the user has signed in with this browser before.
    pub is_known_browser: bool,
    pub browser_context: &'a BrowserContext,
}

/// A failed attempt: the check for the administrator, and the problem that the page reports.
pub(crate) struct SignInFailure {
    pub check: Check,
    pub problem: SignInProblem,
}

impl SignInAttempt<'_> {
    /// The subjects by which failures are counted. A browser that the user has signed in with before has a count of its
    /// own, so that guesses from other browsers cannot lock the user out.
    fn subjects(&self, issuer: &Issuer) -> Vec<Subject> {
        match (&self.candidate, &self.browser_context.browser) {
            (Some(candidate), Some(browser)) if self.is_known_browser => {
                let device = *Digest::of(browser).as_bytes();
                vec![Subject::KnownBrowser { user: candidate.user.id.clone(), device }]
            }
            (candidate, _) => {
                let account = candidate.as_ref().map_or_else(
                    || Account::Unknown(self.username.to_owned()),
                    |candidate| Account::User(candidate.user.id.clone()),
                );
                let ranges = self.address.ranges(issuer).into_iter().map(Subject::PasswordFrom);
                std::iter::once(Subject::Password(account)).chain(ranges).collect()
            }
        }
    }

    /// Checks the password, creates a session and returns its cookie, or returns the failure. An unknown user, a wrong
    /// password and a disabled user get the same answer after the same time.
    ///
    /// # Errors
    /// [`Rejection`], answered on an error page, if the service is overloaded or the store fails.
    pub(crate) async fn run(
        &self,
        password: SecretText,
        now: Timestamp,
    ) -> Result<Result<SecretText, SignInFailure>, Rejection> {
        let issuer = self.state.issuer().map_err(on_page)?;
        let subjects = self.subjects(&issuer);
        // The permit comes before the rate limit, because other attempts may fail while this one waits for it.
        let permit = self.state.password_pool.permit().await.map_err(on_page)?;
        let throttled = {
            let read = self.state.store.read().map_err(on_page)?;
            throttle::longest_wait(read.as_ref(), &subjects, self.state.now()).map_err(on_page)?
        };
        if let Some((kind, until)) = throttled {
            let check = Check::Throttled { what: kind, until };
            let problem = SignInProblem::Throttled { seconds: seconds_until(until, now) };
            return Ok(Err(SignInFailure { check, problem }));
        }
        let phc = self.candidate.as_ref().map(|candidate| candidate.password_hash.clone());
        // The permit is released after the failure is counted, so that the next attempt is limited by it.
        let (is_right, _permit) = permit.verify(phc, password).await;
        let check = match (&self.candidate, is_right) {
            (None, _) => Check::UnknownUser,
            (Some(_), false) => Check::WrongPassword,
            (Some(candidate), true) if candidate.user.state() != StoredState::Active => {
                Check::SignInDisabled { since: candidate.user.disabled_at.unwrap_or(now) }
            }
            (Some(candidate), true) => match self.create_session(candidate, &subjects).await? {
                Decision::Allowed(cookie) => return Ok(Ok(cookie)),
                Decision::Refused(refusal) => refusal.check,
            },
        };
        self.state
            .writer
            .submit(move |job| throttle::record_failure(job.write, &subjects, job.now))
            .await
            .map_err(on_page)?;
        Ok(Err(SignInFailure { check, problem: SignInProblem::Wrong }))
    }

    async fn create_session(
        &self,
        candidate: &UserCredentials,
        subjects: &[Subject],
    ) -> Result<Decision<SecretText>, Rejection> {
        let Some(browser) = &self.browser_context.browser else {
            return Err(on_page(Check::Form(FormFault::Foreign)));
        };
        let sign_in = SessionRequest {
            user: candidate.user.id.clone(),
            password_hash: candidate.password_hash.clone(),
            browser: Digest::of(browser),
            replaced: self.browser_context.session.as_ref().map(|session| session.digest.clone()),
        };
        let subjects = subjects.to_vec();
        let decision = self.state.writer.submit(move |job| {
            let decision = sessions::begin(job.write, job.random, job.now, &sign_in)?;
            if decision.is_allowed() {
                for subject in &subjects {
                    throttle::clear(job.write, subject)?;
                }
            }
            Ok(decision)
        });
        decision.await.map_err(on_page)
    }
}
