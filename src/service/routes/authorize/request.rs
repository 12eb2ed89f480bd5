//! The authorization endpoint (RFC 6749 section 3.1): answers a request with the sign-in page, the consent page or a code.

use std::sync::Arc;

use axum::extract::Request;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{Allowance, NextStep, Prompt, ValidRequest};
use crate::credentials::digest::Digest;
use crate::domain::refusal::Check;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::paths;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::routes::authorize::check::{AuthorizationStep, check_destination, check_request};
use crate::service::routes::authorize::issue::issue_code;
use crate::service::routes::authorize::query::query_of_post;
use crate::service::routes::authorize::{consent, sign_in};
use crate::service::routes::error_layer::HandlerResult;
use crate::service::routes::page_redirect::redirect_to_page;
use crate::service::state::AppState;

/// Answers an authorization request.
pub(crate) async fn get(state: Arc<AppState>, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default().to_owned();
    loop {
        let AuthorizationStep { browser_context, request: valid, next } = {
            let read = state.store.read().map_err(on_page)?;
            check_request(&state, read.as_ref(), &query, request.headers())?
        };
        let log = LogContext {
            user: browser_context.session.as_ref().map(|session| session.record.user.id.clone()),
            ..LogContext::of_client(&valid.client.id)
        };
        let answer = match next {
            NextStep::SignIn => {
                sign_in::for_client(&state, request.headers(), browser_context, &query, &valid.client)?
            }
            NextStep::Ask { granted } => {
                consent::show(&state, request.headers(), browser_context, &query, valid, granted.as_ref())?
            }
            NextStep::Allowed => {
                let ValidRequest { client, request: consent_request, prompt } = valid;
                let allowance = Allowance::ExistingGrant { silent: prompt == Prompt::None };
                let session = session_digest(&browser_context)?;
                let covered = consent_request.clone();
                let code = issue_code(&state, &client, consent_request, move |change| {
                    authorize::allow(change, &session, &covered, &allowance)
                });
                match code.await? {
                    Some(answer) => answer,
                    // The grant was revoked after the check, so the request is checked again.
                    None => continue,
                }
            }
        };
        return Ok((log, answer));
    }
}

/// Answers an authorization request by POST with a redirect to the same request by GET, so that the cookies of the browser arrive
/// with it: they are not sent with a POST from another site.
///
/// # Errors
/// [`Rejection`], answered on an error page, if the body is not a form, if the client or the redirect URI is not accepted, or if
/// the request is too long for the query of a GET.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let FormRequest { parameters, .. } = FormRequest::read_long(request).await.map_err(Rejection::on_page)?;
    let query = query_of_post(&query, &parameters);
    {
        // A request that is refused on a page is refused now, so that its values are not repeated in a header.
        let read = state.store.read().map_err(on_page)?;
        check_destination(&state, read.as_ref(), &query)?;
    }
    Ok((LogContext::default(), redirect_to_page(&state, &format!("{}?{query}", paths::AUTHORIZE))?))
}

fn session_digest(browser_context: &BrowserContext) -> Result<Digest, Rejection> {
    let session = browser_context.session.as_ref();
    session.map(|session| session.digest.clone()).ok_or_else(|| Check::SessionEnded.into())
}
