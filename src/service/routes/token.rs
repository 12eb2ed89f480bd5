//! The token endpoint (RFC 6749 section 3.2).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::actions::tokens::{ClientCredentials, IssuedToken, issue_client_credentials};
use crate::domain::client::GrantType;
use crate::domain::scope::ScopeSet;
use crate::service::client_auth::caller;
use crate::service::error::OAuthError;
use crate::service::form::Form;
use crate::service::state::State;

/// The success answer of RFC 6749 section 5.1.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
}

pub(crate) async fn post(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let mut form = Form::read(&headers, &body)?;
    let grant_type = form.text("grant_type").ok_or(OAuthError::InvalidRequest("grant_type is missing"))?;
    if grant_type != GrantType::ClientCredentials.as_str() {
        return Err(OAuthError::UnsupportedGrantType);
    }
    let scopes: Option<ScopeSet> =
        form.text("scope").map(|text| text.parse().map_err(|_| OAuthError::InvalidScope)).transpose()?;
    let caller = caller(&state, &headers, &mut form)?;
    let request = ClientCredentials { client: caller.client.id, secret: caller.secret, scopes };
    let issued = state
        .writer
        .submit(move |turn| issue_client_credentials(turn.write, turn.random, turn.now, &request))
        .await??;
    Ok(answer(&issued))
}

#[expect(clippy::disallowed_methods, reason = "this answer is how the token is handed over")]
fn answer(issued: &IssuedToken) -> Response {
    let token = &issued.token;
    let lifetime = token.expires_at.millis() - token.issued_at.millis();
    let body = TokenResponse {
        access_token: issued.plain.expose(),
        token_type: "Bearer",
        expires_in: lifetime / 1000,
        scope: token.scopes.to_string(),
    };
    let mut response = Json(body).into_response();
    // Both, for caches that know the older word alone (RFC 6749 section 5.1).
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
