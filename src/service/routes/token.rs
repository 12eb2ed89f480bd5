//! The token endpoint (RFC 6749 section 3.2).

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::actions::authenticate::AuthenticatedClient;
use crate::actions::oauth::{
    ClientCredentials, CodeExchange, IssuedPair, IssuedToken, RefreshRequest, issue_client_credentials,
    redeem_code, refresh,
};
use crate::actions::{ActionError, Change};
use crate::domain::consumer::GrantType;
use crate::domain::refusal::{Check, Decision};
use crate::domain::scope::ScopeSet;
use crate::domain::secret_text::SecretText;
use crate::service::http::client_auth::{confidential, identify};
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::parameters::Parameters;
use crate::service::http::rejection::Rejection;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::{AppState, reason};

/// The success answer of RFC 6749 section 5.1.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: String,
}

/// The grant types of the token endpoint. [`GrantType`] has those that a client can be limited to, which refresh is not.
#[derive(Clone, Copy)]
enum TokenGrantType {
    ClientCredentials,
    AuthorizationCode,
    RefreshToken,
}

impl TokenGrantType {
    fn of(parameters: &Parameters) -> Result<Self, Check> {
        match parameters.text("grant_type") {
            None => Err(Check::GrantTypeMissing),
            Some("client_credentials") => Ok(Self::ClientCredentials),
            Some("authorization_code") => Ok(Self::AuthorizationCode),
            Some("refresh_token") => Ok(Self::RefreshToken),
            Some(sent) => Err(Check::GrantTypeUnsupported { sent: sent.to_owned() }),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// Issues tokens to an authenticated or public client.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { address, headers, mut parameters } = FormRequest::read(request).await?;
    let grant_type = TokenGrantType::of(&parameters)
        .map_err(|check| Rejection::from(check).by(parameters.text("client_id")))?;
    let scopes =
        scopes(&parameters).map_err(|check| Rejection::from(check).by(parameters.text("client_id")))?;
    let caller = identify(&state, address, &headers, &mut parameters).await?;
    let identity = caller.clone();
    let answer = match grant_type {
        TokenGrantType::ClientCredentials => by_client_credentials(&state, caller, scopes).await,
        TokenGrantType::AuthorizationCode => by_code(&state, caller, parameters).await,
        TokenGrantType::RefreshToken => by_refresh_token(&state, caller, parameters, scopes).await,
    };
    let log =
        LogContext { issued_by: Some(grant_type.as_str()), ..LogContext::of_client(&identity.client.id) };
    answer.map(|answer| (log, answer)).map_err(|rejection| rejection.of_caller(&identity))
}

fn scopes(parameters: &Parameters) -> Result<Option<ScopeSet>, Check> {
    parameters
        .text("scope")
        .map(|text| text.parse().map_err(|_| Check::ScopeMalformed { sent: text.to_owned() }))
        .transpose()
}

async fn by_client_credentials(
    state: &AppState,
    caller: AuthenticatedClient,
    scopes: Option<ScopeSet>,
) -> Result<Response, Rejection> {
    confidential(&caller)?;
    let AuthenticatedClient { client, secret: Some(secret) } = caller else {
        return Err(Check::ConfidentialWithoutSecret.into());
    };
    if !client.may_use(GrantType::ClientCredentials) {
        return Err(Check::GrantTypeNotAllowed { asked: GrantType::ClientCredentials.as_str() }.into());
    }
    let request = ClientCredentials { client: client.id.clone(), secret, scopes };
    let issued = state
        .writer
        .submit(move |job| issue_client_credentials(job.write, job.random, job.now, &request))
        .await?
        .into_result()?;
    let IssuedToken { token, .. } = &issued;
    state.usage.client(&client.id, token.issued_at);
    // Exactly the requested scopes are issued.
    state.usage.scopes(&client.id, &token.scopes, token.issued_at);
    Ok(answer(&issued, None))
}

async fn by_code(
    state: &AppState,
    caller: AuthenticatedClient,
    mut parameters: Parameters,
) -> Result<Response, Rejection> {
    let identity = caller.clone();
    let exchange = CodeExchange {
        client: caller.client.id,
        secret: caller.secret,
        code: parameters.secret("code").ok_or(Check::CodeMissing)?,
        redirect_uri: parameters.text("redirect_uri").map(str::to_owned),
        verifier: parameters.secret("code_verifier"),
    };
    let why = "an authorization code was presented";
    pair(state, &identity, why, move |change| redeem_code(change, &exchange)).await
}

async fn by_refresh_token(
    state: &AppState,
    caller: AuthenticatedClient,
    mut parameters: Parameters,
    scopes: Option<ScopeSet>,
) -> Result<Response, Rejection> {
    let identity = caller.clone();
    let request = RefreshRequest {
        client: caller.client.id,
        secret: caller.secret,
        token: parameters.secret("refresh_token").ok_or(Check::RefreshMissing)?,
        scopes,
    };
    let why = "a refresh token was presented";
    pair(state, &identity, why, move |change| refresh(change, request)).await
}

async fn pair(
    state: &AppState,
    caller: &AuthenticatedClient,
    why: &'static str,
    exchange: impl FnOnce(&mut Change<'_>) -> Result<Decision<IssuedPair>, ActionError> + Send + 'static,
) -> Result<Response, Rejection> {
    let issued = state.writer.submit(move |job| job.change(&reason(why), exchange)).await?;
    let issued = issued.map_err(|_| Check::StoreUnavailable)?.into_result()?;
    let at = issued.access.token.issued_at;
    state.usage.grant(&issued.grant, at);
    state.usage.client(&caller.client.id, at);
    state.usage.scopes(&caller.client.id, &issued.asked, at);
    Ok(answer(&issued.access, Some(&issued.refresh)))
}

#[expect(clippy::disallowed_methods, reason = "this answer carries the tokens to the client")]
fn answer(access: &IssuedToken, refresh: Option<&SecretText>) -> Response {
    let token = &access.token;
    let lifetime = token.expires_at.millis() - token.issued_at.millis();
    let body = TokenResponse {
        access_token: access.plain.expose(),
        token_type: "Bearer",
        expires_in: lifetime / 1000,
        refresh_token: refresh.map(SecretText::expose),
        scope: token.scopes.to_string(),
    };
    let mut response = Json(body).into_response();
    // RFC 6749 section 5.1 requires both headers; HTTP/1.0 caches know only the second.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
