//! What the service can do (RFC 8414). It claims what works and nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::domain::issuer::Issuer;
use crate::service::http::oauth_error::OAuthError;
use crate::service::http::rejection::Rejection;
use crate::service::state::State;

/// Where metadata is found; behind it comes the issuer's path, if it has one (RFC 8414 section 3.1).
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

pub(crate) async fn get(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, Rejection> {
    Ok(Json(document(&state.issuer()?)))
}

/// The same for an issuer with a path, and for no path but that one: each other would be another issuer.
pub(crate) async fn get_at(Shared(state): Shared<Arc<State>>, uri: Uri) -> Result<Response, Rejection> {
    let issuer = state.issuer()?;
    Ok(if uri.path().strip_prefix(WELL_KNOWN) == Some(issuer.path()) {
        Json(document(&issuer)).into_response()
    } else {
        OAuthError::NotFound.into_response()
    })
}

fn document(issuer: &Issuer) -> Value {
    let secret = ["client_secret_basic", "client_secret_post"];
    let any = ["client_secret_basic", "client_secret_post", "none"];
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.endpoint("/oauth/authorize"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint": issuer.endpoint("/oauth/token"),
        "token_endpoint_auth_methods_supported": any,
        "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
        "revocation_endpoint": issuer.endpoint("/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": any,
        "introspection_endpoint": issuer.endpoint("/oauth/introspect"),
        "introspection_endpoint_auth_methods_supported": secret,
    })
}
