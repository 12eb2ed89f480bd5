//! Revocation (RFC 7009): of a client's own tokens, and of a secret by whoever has it.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse as _;
use serde_json::json;

use crate::actions::oauth::{RevocationRequest, revoke_credential};
use crate::credentials::format::{Recognised, recognise};
use crate::domain::refusal::Check;
use crate::service::http::client_auth::identify;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::Rejection;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::{AppState, reason};

pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { address, headers, mut parameters } = FormRequest::read(request).await?;
    let credential = parameters.secret("token");
    // Whoever has found a secret need not know whose it is to end it.
    let is_secret = credential
        .as_ref()
        .is_some_and(|credential| matches!(recognise(credential), Ok(Recognised::ClientSecret(_))));
    let client =
        if is_secret { None } else { Some(identify(&state, address, &headers, &mut parameters).await?) };
    let Some(credential) = credential else {
        let missing = Rejection::from(Check::Request("token is missing"));
        return Err(client.iter().fold(missing, Rejection::of_caller));
    };
    let id = client.map(|caller| caller.client.id);
    let presented = RevocationRequest { credential, client: id.clone() };
    let why = if is_secret { "the secret itself was presented" } else { "its client gave it back" };
    let ended = state
        .writer
        .submit(move |job| job.change(&reason(why), |change| revoke_credential(change, &presented)));
    ended.await?.map_err(|_| Check::StoreUnavailable)?;
    // What is unknown, or was ended before, is answered alike (section 2.2). The body is for clients that read one.
    let mut response = Json(json!({})).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((LogContext { client: id, ..LogContext::default() }, response))
}
