//! Introspection (RFC 7662): for callers that hold the scope `apiconn:introspect`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::actions::tokens::{Introspection, introspect};
use crate::domain::redirect::Issuer;
use crate::domain::scope::INTROSPECT;
use crate::domain::token::{HeldSecret, HeldToken};
use crate::service::client_auth::caller;
use crate::service::error::OAuthError;
use crate::service::form::Form;
use crate::service::state::State;

pub(crate) async fn post(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let mut form = Form::read(&headers, &body)?;
    let presented = form.secret("token");
    let caller = caller(&state, &headers, &mut form)?;
    if !caller.client.scopes().iter().any(|scope| scope.as_str() == INTROSPECT) {
        return Err(OAuthError::InsufficientScope);
    }
    let presented = presented.ok_or(OAuthError::InvalidRequest("token is missing"))?;
    let now = state.now();
    let read = state.store.read()?;
    let found = introspect(read.as_ref(), &presented, now)?;
    let issuer = state.issuer_in(read.as_ref())?;
    let answer = match found {
        Introspection::Token(held) => token(&state, &issuer, &held),
        Introspection::Secret(held) => {
            state.usage.note(&held.secret.id, now);
            secret(&state, &issuer, &held)
        }
        Introspection::Inactive => json!({"active": false}),
    };
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn token(state: &State, issuer: &Issuer, held: &HeldToken) -> Value {
    let client_id = held.client.id.as_str();
    let mut answer = json!({
        "active": true,
        "token_type": "Bearer",
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

fn secret(state: &State, issuer: &Issuer, held: &HeldSecret) -> Value {
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
