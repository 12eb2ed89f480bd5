//! The metadata of the authorization server (RFC 8414).

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::domain::issuer::Issuer;
use crate::service::http::layer::LogContext;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::paths;
use crate::service::routes::error_layer::HandlerResult;
use crate::service::state::AppState;
use crate::store::ReadTx;

/// Returns the metadata of an issuer without a path.
pub(crate) async fn get(state: Arc<AppState>, _: Request) -> HandlerResult {
    answer(&state, state.store.read()?.as_ref())
}

/// Returns the metadata of an issuer with a path. Any other path would be another issuer (RFC 8414 section 3.3).
pub(crate) async fn get_with_path(state: Arc<AppState>, request: Request) -> HandlerResult {
    let read = state.store.read()?;
    if request.uri().path().strip_prefix(paths::METADATA) == Some(state.issuer_in(read.as_ref())?.path()) {
        answer(&state, read.as_ref())
    } else {
        Err(OAuthError::NotFound.into())
    }
}

fn answer(state: &AppState, read: &dyn ReadTx) -> HandlerResult {
    let scopes: Vec<String> = read.scopes()?.into_iter().map(|entry| entry.scope.to_string()).collect();
    let mut document = document(&state.issuer_in(read)?);
    // RFC 8414 section 3.2 omits a member without values.
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    Ok((LogContext::default(), Json(document).into_response()))
}

/// Returns the members that do not depend on the declared scopes.
fn document(issuer: &Issuer) -> Value {
    let secret = ["client_secret_basic", "client_secret_post"];
    let any = ["client_secret_basic", "client_secret_post", "none"];
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.endpoint(paths::AUTHORIZE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "service_documentation": issuer.endpoint(paths::DEVELOPERS),
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint": issuer.endpoint(paths::TOKEN),
        "token_endpoint_auth_methods_supported": any,
        "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
        "revocation_endpoint": issuer.endpoint(paths::REVOKE),
        "revocation_endpoint_auth_methods_supported": any,
        "introspection_endpoint": issuer.endpoint(paths::INTROSPECT),
        "introspection_endpoint_auth_methods_supported": secret,
    })
}
