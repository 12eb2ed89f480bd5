//! The introspection endpoint (RFC 7662), for clients with a secret.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::actions::authenticate::AuthenticatedClient;
use crate::actions::oauth::{Introspection, introspect};
use crate::domain::client::{Client, Profile};
use crate::domain::issuer::Issuer;
use crate::domain::refusal::{Check, Refusal};
use crate::domain::secret::SecretRecord;
use crate::domain::secret_text::SecretText;
use crate::domain::time::Timestamp;
use crate::domain::token::{TokenKind, TokenRecord};
use crate::service::http::client_auth::identify_and;
use crate::service::http::context::RequestContext;
use crate::service::http::form::FormRequest;
use crate::service::http::layer::LogContext;
use crate::service::http::rejection::Rejection;
use crate::service::routes::error_layer::{HandlerResult, queue_refusal};
use crate::service::state::AppState;
use crate::store::ReadTx;

/// Returns whether a token or secret is active, and its properties.
pub(crate) async fn post(state: Arc<AppState>, request: Request) -> HandlerResult {
    let context = RequestContext::of(&request);
    let FormRequest { address, headers, mut parameters } = FormRequest::read(request).await?;
    let credential = parameters.secret("token");
    let introspection = |read: &dyn ReadTx, caller: &AuthenticatedClient, now: Timestamp| {
        answer(&state, read, caller, credential.as_ref(), now)
    };
    let (caller, (answer, refusal)) =
        identify_and(&state, address, &headers, &mut parameters, introspection).await?;
    if let Some(refusal) = refusal {
        queue_refusal(&state, &context, None, refusal);
    }
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((LogContext::of_client(&caller.client.id), response))
}

/// Returns the answer about the credential that the caller presented. A caller that would learn more with the scope for
/// introspection gets the answer for an inactive credential, and the administrator gets the refusal: otherwise a resource
/// server whose key lacks the scope would take every token for inactive, and nothing would show the cause.
fn answer(
    state: &AppState,
    read: &dyn ReadTx,
    caller: &AuthenticatedClient,
    credential: Option<&SecretText>,
    now: Timestamp,
) -> Result<(Value, Option<Refusal>), Rejection> {
    if caller.secret.is_none() {
        return Err(Check::PublicIntrospects.into());
    }
    let credential = credential.ok_or(Check::Request("token is missing"))?;
    let introspection = introspect(read, &caller.client, credential, now)?;
    if !matches!(introspection, Introspection::NotPermitted) {
        state.usage.client(&caller.client.id, now);
    }
    let answer = match introspection {
        Introspection::Token(record) => {
            if let Some((grant, _)) = &record.authorization {
                state.usage.grant(&grant.id, now);
            }
            count_use(state, caller, &record.client, now);
            token(state, &state.issuer_in(read)?, &record)
        }
        Introspection::Secret(record) => {
            if caller.secret.as_ref() != Some(&record.secret.id) {
                state.usage.secret(&record.secret.id, now);
            }
            count_use(state, caller, &record.client, now);
            secret(state, &state.issuer_in(read)?, &record)
        }
        Introspection::NotPermitted => {
            let group = match caller.client.profile {
                Profile::Key => caller.client.group.as_ref().map(|group| group.name.clone()),
                // A consumer could not use the scope.
                Profile::Consumer(_) => None,
            };
            let refusal = Refusal::from(Check::IntrospectNotHeld { group }).of(&caller.client);
            return Ok((inactive(), Some(Refusal { client_authenticated: true, ..refusal })));
        }
        Introspection::Inactive => inactive(),
    };
    Ok((answer, None))
}

/// Counts a use of the client whose credential the caller introspects. The use of the caller is counted already.
fn count_use(state: &AppState, caller: &AuthenticatedClient, client: &Client, now: Timestamp) {
    if client.id != caller.client.id {
        state.usage.client(&client.id, now);
    }
}

fn inactive() -> Value {
    json!({"active": false})
}

fn token(state: &AppState, issuer: &Issuer, record: &TokenRecord) -> Value {
    let client_id = record.client.id.as_str();
    let mut answer = json!({
        "active": true,
        // A refresh token is never Bearer: no resource server may accept it (RFC 9700 section 4.10).
        "token_type": match record.token.kind {
            TokenKind::Access => "Bearer",
            TokenKind::Refresh => "refresh_token",
        },
        "client_id": client_id,
        // A client that acts as itself is its own subject. Its prefix is not that of a user id (RFC 9700 section 4.15).
        "sub": record.authorization.as_ref().map_or(client_id, |(_, user)| user.id.as_str()),
        "scope": record.scopes().to_string(),
        "exp": record.expires_at().seconds(),
        "iat": record.token.issued_at.seconds(),
        "iss": issuer.as_str(),
        "base": state.base.name.as_str(),
        "environment": state.base.environment.as_str(),
    });
    if let (Some((_, user)), Value::Object(members)) = (&record.authorization, &mut answer) {
        members.insert("username".to_owned(), json!(user.username.as_str()));
    }
    answer
}

fn secret(state: &AppState, issuer: &Issuer, record: &SecretRecord) -> Value {
    let client_id = record.client.id.as_str();
    let mut answer = json!({
        "active": true,
        "client_id": client_id,
        "sub": client_id,
        "scope": record.client.scopes().to_string(),
        "iat": record.secret.created_at.seconds(),
        "iss": issuer.as_str(),
        "base": state.base.name.as_str(),
        "environment": state.base.environment.as_str(),
    });
    let end = [record.client.expires_at, record.secret.expires_at].into_iter().flatten().min();
    if let (Some(end), Value::Object(members)) = (end, &mut answer) {
        members.insert("exp".to_owned(), json!(end.seconds()));
    }
    answer
}
