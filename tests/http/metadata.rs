//! Authorization server metadata (RFC 8414).

use crate::support::App;
use crate::support::process::{Service, ok};

#[test]
fn metadata_lists_exactly_the_supported_features() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    let answer = service.request("GET", "/.well-known/oauth-authorization-server", &[], "");
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains("content-type: application/json"));
    assert_eq!(
        answer.json(),
        serde_json::json!({
            "issuer": "http://127.0.0.1:8080",
            "authorization_endpoint": "http://127.0.0.1:8080/oauth/authorize",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint": "http://127.0.0.1:8080/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "revocation_endpoint": "http://127.0.0.1:8080/oauth/revoke",
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "introspection_endpoint": "http://127.0.0.1:8080/oauth/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": "http://127.0.0.1:8080/developers",
            "scopes_supported": ["assets.read", "work_orders.write"],
        })
    );
    assert_eq!(service.request("GET", "/.well-known/other", &[], "").status, 404);
}

#[test]
fn the_documentation_of_the_metadata_is_a_page() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    for (language, sentence) in [
        ("en", "OpenID Connect is not offered, and no id_token is issued."),
        ("es", "No se ofrece OpenID Connect y no se emite ningún id_token."),
    ] {
        let page = service.request("GET", "/developers", &[("Accept-Language", language)], "");
        assert_eq!(page.status, 200);
        assert!(page.body.contains(sentence), "{page:?}");
        assert!(page.body.contains("href=\"/.well-known/oauth-authorization-server\""), "{page:?}");
    }
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example/base1"]);
    let metadata = service.request("GET", WELL_KNOWN, &[], "").json();
    assert_eq!(metadata["service_documentation"], "https://auth.example/base1/developers");
    let get = |path: &str| {
        service.raw(&format!("GET {path} HTTP/1.1\r\nHost: auth.example\r\nConnection: close\r\n\r\n"), "")
    };
    let page = get("/base1/developers");
    assert_eq!(page.status, 200, "{page:?}");
    let link = "/base1/.well-known/oauth-authorization-server";
    assert!(page.body.contains(&format!("href=\"{link}\"")), "{page:?}");
    assert_eq!(get(link).json()["issuer"], metadata["issuer"]);
}

#[test]
fn metadata_lists_the_declared_scopes() {
    let app = App::empty();
    app.run("init --base acme --issuer http://127.0.0.1:8080").ok();
    let service = Service::start(&app.store());
    let scopes = || service.request("GET", WELL_KNOWN, &[], "").json().get("scopes_supported").cloned();
    assert_eq!(scopes(), None);
    for scope in ["work_orders.write", "assets.read"] {
        ok(&app.store(), &["scope", "add", scope, "Description"]);
    }
    assert_eq!(scopes(), Some(serde_json::json!(["assets.read", "work_orders.write"])));
    ok(&app.store(), &["scope", "remove", "assets.read", "--yes"]);
    assert_eq!(scopes(), Some(serde_json::json!(["work_orders.write"])));
}

const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

#[test]
fn an_issuer_with_a_path_has_metadata_at_that_path() {
    let app = App::in_real_time();
    let service = Service::start(&app.store());
    assert_eq!(service.request("GET", &format!("{WELL_KNOWN}/base1"), &[], "").status, 404);
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example/base1/x"]);
    for path in ["", "/base1/x"] {
        let answer = service.request("GET", &format!("{WELL_KNOWN}{path}"), &[], "");
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        let metadata = answer.json();
        assert_eq!(metadata["issuer"], "https://auth.example/base1/x", "{path}");
        for (name, value) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") {
                let url = value.as_str().unwrap();
                assert!(
                    url.starts_with("https://auth.example/base1/x/") && !url.contains('#'),
                    "{name}: {url}"
                );
            }
        }
    }
    for path in ["/", "/base1", "/base1/x/", "/base1/x/y", "/base1/%78", "/base1//x", "/other"] {
        assert_eq!(service.request("GET", &format!("{WELL_KNOWN}{path}"), &[], "").status, 404, "{path}");
    }
}

#[test]
fn a_changed_issuer_applies_unless_serve_names_one() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let service = Service::start(&app.store());
    let named = Service::start_with(&app.store(), &["--issuer", "https://named.example"]);
    let token = service.token(&gateway).json()["access_token"].as_str().unwrap().to_owned();
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    for (service, issuer) in [(&service, "https://auth.example"), (&named, "https://named.example")] {
        let metadata = service.request("GET", WELL_KNOWN, &[], "").json();
        assert_eq!(metadata["issuer"], issuer);
        assert_eq!(metadata["token_endpoint"], format!("{issuer}/oauth/token"));
        for presented in [&token, &gateway.1] {
            assert_eq!(service.introspect(&gateway, presented).json()["iss"], issuer, "{presented}");
        }
    }
}
