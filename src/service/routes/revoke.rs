//! The revocation endpoint (RFC 7009): clients revoke their own tokens, and every caller may revoke a secret that it knows.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse as _;
use serde_json::json;

use crate::actions::oauth::{RevocationRequest, revoke_credential};
use crate::credentials::format::{CredentialKind, recognise};
use crate::domain::refusal::Check;
use crate::service::http::client_auth::identify;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::Rejection;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::{AppState, reason};

/// Revokes a token of the caller, or a client secret without authentication of the caller.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { address, headers, mut parameters } = FormRequest::read(request).await?;
    let credential = parameters.secret("token");
    // A leaked secret can be revoked by a finder who does not know its client.
    let is_secret = credential
        .as_ref()
        .is_some_and(|credential| matches!(recognise(credential), Ok(CredentialKind::ClientSecret)));
    let caller =
        if is_secret { None } else { Some(identify(&state, address, &headers, &mut parameters).await?) };
    let refused = |rejection: Rejection| caller.iter().fold(rejection, Rejection::of_caller);
    let Some(credential) = credential else {
        return Err(refused(Check::Request("token is missing").into()));
    };
    let client = caller.as_ref().map(|caller| caller.client.id.clone());
    let request = RevocationRequest { credential, client: client.clone() };
    let why = if is_secret { "the secret itself was presented" } else { "its client revoked it" };
    let revocation = state
        .writer
        .submit(move |job| job.change(&reason(why), |change| revoke_credential(change, &request)));
    let revocation = revocation.await.map_err(|error| refused(error.into()))?;
    let revoked = revocation.map_err(|_| refused(Check::StoreUnavailable.into()))?;
    if let Some(client) = client.as_ref().filter(|_| revoked) {
        state.usage.client(client, state.now());
    }
    // An unknown or already revoked token gets the same answer (section 2.2). Some clients require a body.
    let mut response = Json(json!({})).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((LogContext { client, ..LogContext::default() }, response))
}
