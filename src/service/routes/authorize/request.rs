//! The authorization endpoint (RFC 6749 section 3.1): answers a request with the sign-in page, the consent page or a code.

use std::sync::Arc;

use axum::extract::Request;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{Allowance, NextStep, ValidRequest};
use crate::credentials::digest::Digest;
use crate::domain::refusal::Check;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::routes::authorize::check::{AuthorizationStep, check_request};
use crate::service::routes::authorize::issue::issue_code;
use crate::service::routes::authorize::{consent, sign_in};
use crate::service::routes::error_layer::HandlerResult;
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
            NextStep::SignIn => sign_in::for_client(
                &state,
                request.headers(),
                browser_context,
                &query,
                &valid.client,
                &valid.request.redirect_uri,
            )?,
            NextStep::Ask { granted } => {
                consent::show(&state, request.headers(), browser_context, &query, valid, granted).await?
            }
            NextStep::Allowed => {
                let ValidRequest { client, request: consent_request, .. } = valid;
                let session = session_digest(&browser_context)?;
                let covered = consent_request.clone();
                let code = issue_code(&state, &client, consent_request, move |change| {
                    authorize::allow(change, &session, &covered, &Allowance::ExistingGrant)
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

fn session_digest(browser_context: &BrowserContext) -> Result<Digest, Rejection> {
    let session = browser_context.session.as_ref();
    session.map(|session| session.digest.clone()).ok_or_else(|| Check::LoginRequired.into())
}
