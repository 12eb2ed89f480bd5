//! What the service can do (RFC 8414). It claims what works and nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::domain::redirect::Issuer;
use crate::service::error::OAuthError;
use crate::service::state::State;

/// Where metadata is found; behind it comes the issuer's path, if it has one (RFC 8414 section 3.1).
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

pub(crate) async fn get(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, OAuthError> {
    Ok(Json(document(&state.issuer()?)))
}

/// The same for an issuer with a path, and for no path but that one: each other would be another issuer.
pub(crate) async fn get_at(Shared(state): Shared<Arc<State>>, uri: Uri) -> Result<Response, OAuthError> {
    let issuer = state.issuer()?;
    Ok(if uri.path().strip_prefix(WELL_KNOWN) == Some(issuer.path()) {
        Json(document(&issuer)).into_response()
    } else {
        OAuthError::NotFound.into_response()
    })
}

fn document(issuer: &Issuer) -> Value {
    let methods = ["client_secret_basic", "client_secret_post"];
    json!({
        "issuer": issuer.as_str(),
        "token_endpoint": issuer.endpoint("/oauth/token"),
        "token_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["client_credentials"],
        // RFC 8414 section 2 requires this member and section 3.2 forbids empty lists, so there is no way to say none.
        // Nothing can be asked for in this way all the same: no authorization endpoint is named.
        "response_types_supported": ["code"],
        "introspection_endpoint": issuer.endpoint("/oauth/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
    })
}
