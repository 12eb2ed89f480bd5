//! Metadata (RFC 8414).

use crate::support::App;
use crate::support::process::Service;

#[test]
fn the_metadata_claims_what_works_and_nothing_else() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let answer = service.request("GET", "/.well-known/oauth-authorization-server", &[], "");
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains("content-type: application/json"));
    assert_eq!(
        answer.json(),
        serde_json::json!({
            "issuer": "http://127.0.0.1:8080",
            "token_endpoint": "http://127.0.0.1:8080/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["code"],
            "introspection_endpoint": "http://127.0.0.1:8080/oauth/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        })
    );
    assert_eq!(service.request("GET", "/.well-known/other", &[], "").status, 404);
}
