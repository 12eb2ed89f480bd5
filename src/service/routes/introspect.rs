//! Introspection (RFC 7662): for callers that hold the scope `apiconn:introspect`.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::actions::authenticate::AuthenticatedClient;
use crate::actions::oauth::{Introspection, introspect};
use crate::domain::redirect::Issuer;
use crate::domain::refusal::Check;
use crate::domain::scope::INTROSPECT;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{HeldSecret, HeldToken, TokenKind};
use crate::service::http::client_auth::identify_and;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::Rejection;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;
use crate::store::ReadTx;

pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let FormRequest { address, headers, mut parameters } = FormRequest::read(request).await?;
    let presented = parameters.secret("token");
    let look = |read: &dyn ReadTx, caller: &AuthenticatedClient, now: Timestamp| {
        answer(&state, read, caller, presented.as_ref(), now)
    };
    let (caller, answer) = identify_and(&state, address, &headers, &mut parameters, look).await?;
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((LogContext::of_client(&caller.client.id), response))
}

/// What the caller is told about what it presented.
fn answer(
    state: &AppState,
    read: &dyn ReadTx,
    caller: &AuthenticatedClient,
    presented: Option<&SecretText>,
    now: Timestamp,
) -> Result<Value, Rejection> {
    if caller.secret.is_none() {
        return Err(Check::ConfidentialWithoutSecret.into());
    }
    if !caller.client.scopes().iter().any(|scope| scope.as_str() == INTROSPECT) {
        let group = caller.client.group.as_ref().map(|group| group.name.clone());
        return Err(Check::IntrospectNotHeld { group }.into());
    }
    let presented = presented.ok_or(Check::Request("token is missing"))?;
    Ok(match introspect(read, presented, now)? {
        Introspection::Token(held) => {
            if let Some((grant, _)) = &held.authorization {
                state.usage.grant(&grant.id, now);
            }
            token(state, &state.issuer_in(read)?, &held)
        }
        Introspection::Secret(held) => {
            state.usage.secret(&held.secret.id, now);
            secret(state, &state.issuer_in(read)?, &held)
        }
        Introspection::Inactive => json!({"active": false}),
    })
}

fn token(state: &AppState, issuer: &Issuer, held: &HeldToken) -> Value {
    let client_id = held.client.id.as_str();
    let mut answer = json!({
        "active": true,
        // Never Bearer for what no resource server may accept (RFC 9700 section 4.10).
        "token_type": match held.token.kind {
            TokenKind::Access => "Bearer",
            TokenKind::Refresh => "refresh_token",
        },
        "client_id": client_id,
        // A client that acts as itself is its own subject; its prefix keeps it apart from every user (RFC 9700 section 4.15).
        "sub": held.authorization.as_ref().map_or(client_id, |(_, user)| user.id.as_str()),
        "scope": held.scopes().to_string(),
        "exp": held.token.expires_at.seconds(),
        "iat": held.token.issued_at.seconds(),
        "iss": issuer.as_str(),
        "base": state.base.name.as_str(),
        "environment": state.base.environment.as_str(),
    });
    if let (Some((_, user)), Value::Object(members)) = (&held.authorization, &mut answer) {
        members.insert("username".to_owned(), json!(user.username.as_str()));
    }
    answer
}

fn secret(state: &AppState, issuer: &Issuer, held: &HeldSecret) -> Value {
    let client_id = held.client.id.as_str();
    let mut answer = json!({
        "active": true,
        "client_id": client_id,
        "sub": client_id,
        "scope": held.client.scopes().to_string(),
        "iat": held.secret.created_at.seconds(),
        "iss": issuer.as_str(),
        "base": state.base.name.as_str(),
        "environment": state.base.environment.as_str(),
    });
    let end = [held.client.expires_at, held.secret.expires_at].into_iter().flatten().min();
    if let (Some(end), Value::Object(members)) = (end, &mut answer) {
        members.insert("exp".to_owned(), json!(end.seconds()));
    }
    answer
}
