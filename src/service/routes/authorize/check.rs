//! Checks an authorization request: client, redirect URI, parameters, next step.

use axum::http::HeaderMap;

use crate::actions::oauth::authorize;
use crate::actions::oauth::authorize::{Destination, NextStep, ValidRequest};
use crate::domain::refusal::Check;
use crate::service::http::cookies::BrowserContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::parameters::Parameters;
use crate::service::http::rejection::{Rejection, on_page};
use crate::service::routes::authorize::query::is_too_long;
use crate::service::state::AppState;
use crate::store::ReadTx;

/// A valid authorization request in the browser that sent it, and the next step.
pub(crate) struct AuthorizationStep {
    pub browser_context: BrowserContext,
    pub request: ValidRequest,
    pub next: NextStep,
}

/// Checks an authorization request in one snapshot of the store.
///
/// # Errors
/// [`Rejection`]: answered on an error page until the redirect URI is verified, from then on by a redirect to the client
/// (RFC 6749 section 4.1.2.1).
pub(crate) fn check_request(
    state: &AppState,
    read: &dyn ReadTx,
    query: &str,
    headers: &HeaderMap,
) -> Result<AuthorizationStep, Rejection> {
    let now = state.now();
    let (parameters, destination) = check_destination(state, read, query)?;
    let client = destination.client.clone();
    let redirect_uri = destination.redirect_uri.clone();
    let client_state = parameters.text("state").filter(|_| !parameters.is_repeated("state"));
    let to_client = |rejection: Rejection| rejection.of(&client).by_redirect(&redirect_uri, client_state);
    parameters.each_once().map_err(|check| to_client(check.into()))?;
    let others = authorize::AuthorizationParameters {
        response_type: parameters.text("response_type"),
        response_mode: parameters.text("response_mode"),
        scope: parameters.text("scope"),
        state: client_state,
        code_challenge: parameters.text("code_challenge"),
        code_challenge_method: parameters.text("code_challenge_method"),
        prompt: parameters.text("prompt"),
        request_object: ["request", "request_uri"].into_iter().find(|name| parameters.text(name).is_some()),
    };
    let request = authorize::check(read, destination, others)
        .map_err(|error| to_client(error.into()))?
        .into_result()
        .map_err(|refusal| to_client(refusal.into()))?;
    let browser_context =
        BrowserContext::read(state, read, headers, now).map_err(|error| to_client(error.into()))?;
    let session = browser_context.session.as_ref().map(|session| &session.record);
    let next = authorize::next_step(read, &request, session)
        .map_err(|error| to_client(error.into()))?
        .into_result()
        .map_err(|refusal| Rejection::from(refusal).by_redirect(&redirect_uri, client_state))?;
    Ok(AuthorizationStep { browser_context, request, next })
}

/// Returns the parameters of the query, the client and the verified redirect URI.
///
/// # Errors
/// [`Rejection`], answered on an error page: nothing is sent to an unverified address. A request that is too long to be repeated
/// is refused, too, before the user enters a password.
pub(crate) fn check_destination(
    state: &AppState,
    read: &dyn ReadTx,
    query: &str,
) -> Result<(Parameters, Destination), Rejection> {
    let parameters = Parameters::read(query.as_bytes()).map_err(on_page)?;
    let client_id = parameters.text("client_id");
    let refused = |rejection: Rejection| rejection.by(client_id).on_page();
    if parameters.is_repeated("client_id") {
        return Err(refused(Check::ParameterRepeated("client_id").into()));
    }
    if parameters.is_repeated("redirect_uri") {
        return Err(refused(Check::RedirectRepeated.into()));
    }
    let destination = authorize::destination(read, client_id, parameters.text("redirect_uri"), state.now())
        .map_err(|error| refused(error.into()))?
        .into_result()
        .map_err(|refusal| Rejection::from(refusal).on_page())?;
    let issuer = state.issuer_in(read).map_err(on_page)?;
    if is_too_long(issuer.path(), query) {
        return Err(on_page(OAuthError::TargetTooLong));
    }
    Ok((parameters, destination))
}
