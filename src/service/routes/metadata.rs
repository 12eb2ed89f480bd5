//! What the service can do (RFC 8414). It claims what works and nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use crate::service::state::State;

pub(crate) async fn get(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let methods = ["client_secret_basic", "client_secret_post"];
    Json(json!({
        "issuer": state.issuer.as_str(),
        "token_endpoint": state.issuer.endpoint("/oauth/token"),
        "token_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["client_credentials"],
        // Required by RFC 8414 section 2, which has no way to say none; no authorization endpoint is named.
        "response_types_supported": ["code"],
        "introspection_endpoint": state.issuer.endpoint("/oauth/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
    }))
}
