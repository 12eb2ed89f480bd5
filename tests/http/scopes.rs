//! Scopes as real clients request them: those of `OpenID` Connect, in capital letters, and with other separators.

use crate::support::App;
use crate::support::browser::{Browser, CodeClient, query, requested_scopes};
use crate::support::process::{Answer, Service, basic};

use super::{assert_error, start};

/// The start of the description of an error for a request with scopes of `OpenID` Connect alone.
const NO_ID_TOKEN: &str =
    "OpenID Connect is not offered and no id_token is issued; the scopes are assets.read work_orders.write (";

/// Requests a token by client credentials.
fn token(service: &Service, key: &(String, String), scope: &str) -> Answer {
    let scope: String = url::form_urlencoded::byte_serialize(scope.as_bytes()).collect();
    let body = format!("grant_type=client_credentials&scope={scope}");
    service.post("/oauth/token", Some(&basic(key)), &body)
}

/// Returns the parameters of the redirect to the client.
#[track_caller]
fn redirected(
    service: &Service,
    client: &CodeClient,
    scope: &str,
) -> std::collections::BTreeMap<String, String> {
    let answer = service.request("GET", &client.path(&[("scope", scope)]), &[], "");
    assert_eq!(answer.status, 303, "{scope}: {answer:?}");
    query(&answer.header("location"))
}

#[test]
fn scopes_of_openid_connect_are_ignored_beside_others() {
    let (app, web, service) = start();
    let key = app.key("k", "--scope assets.read --scope work_orders.write");
    for scope in [
        "openid assets.read",
        "assets.read openid profile email address phone offline_access",
        "offline_access assets.read",
    ] {
        let answer = token(&service, &key, scope);
        assert_eq!(answer.status, 200, "{scope}: {answer:?}");
        assert_eq!(answer.json()["scope"], "assets.read", "{scope}");
    }
    let mut browser = Browser::default();
    let page = browser.get(&service, &web.path(&[("scope", "openid assets.read offline_access")]));
    let page = browser.sign_in(&service, &page, "tech1");
    assert_eq!(requested_scopes(&page.body), ["assets.read"]);
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let code = query(&answer.header("location"))["code"].clone();
    let issued = web.exchange(&service, &code);
    assert_eq!(issued.json()["scope"], "assets.read", "{issued:?}");
    let refresh = issued.json()["refresh_token"].as_str().unwrap().to_owned();
    let fields = |scope, token| [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
    let alone = web.call(&service, "/oauth/token", &fields("openid offline_access", &refresh));
    assert_error("openid alone", &alone, 400, "invalid_scope");
    assert!(alone.json()["error_description"].as_str().unwrap().starts_with(NO_ID_TOKEN), "{alone:?}");
    let again = web.call(&service, "/oauth/token", &fields("openid assets.read", &refresh));
    assert_eq!((again.status, &again.json()["scope"]), (200, &"assets.read".into()), "{again:?}");
}

#[test]
fn a_request_for_openid_connect_alone_gets_no_scope() {
    let (app, web, service) = start();
    let key = app.key("k", "--scope assets.read");
    for scope in ["openid", "openid profile", "offline_access", "openid openid", " email  phone address "] {
        let answer = token(&service, &key, scope);
        assert_error(scope, &answer, 400, "invalid_scope");
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(description.starts_with(NO_ID_TOKEN), "{scope}: {description}");
        let parameters = redirected(&service, &web, scope);
        assert_eq!(parameters["error"], "invalid_scope", "{scope}");
        assert!(parameters["error_description"].starts_with(NO_ID_TOKEN), "{scope}: {parameters:?}");
    }
    let refusal = app.refusal(&token(&service, &key, "openid profile").header("request-id"));
    assert_eq!(
        refusal["why"],
        "only the scopes openid profile of OpenID Connect were requested, which is not offered: no id_token is issued; the declared scopes are assets.read work_orders.write"
    );
    assert_eq!(
        (&refusal["check"], &refusal["suggested_command"]),
        (&"scope_openid_only".into(), &serde_json::Value::Null)
    );
    // A scope that is mistyped or in capital letters is not one of OpenID Connect.
    for scope in ["OpenID assets.read", "openid2 assets.read"] {
        assert_error(scope, &token(&service, &key, scope), 400, "invalid_scope");
    }
}

#[test]
fn without_declared_scopes_a_client_is_told_its_own() {
    let app = App::in_real_time();
    app.user("tech1");
    app.sql("DELETE FROM scopes");
    let key = app.key("k", "--scope assets.read --scope b.write");
    let public = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    let none = "OpenID Connect is not offered and no id_token is issued; ";
    for scope in ["openid", "openid profile"] {
        let answer = token(&service, &key, scope);
        assert_error(scope, &answer, 400, "invalid_scope");
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(
            description.starts_with(&format!("{none}the scopes are assets.read b.write (")),
            "{description}"
        );
        let refusal = app.refusal(&answer.header("request-id"));
        let why = refusal["why"].as_str().unwrap();
        assert!(why.ends_with("; no scope is declared, and the key k has assets.read b.write"), "{why}");
    }
    // An authorization request does not prove to come from the client.
    let parameters = redirected(&service, &public, "openid");
    let description = &parameters["error_description"];
    assert!(description.starts_with(&format!("{none}no scope is declared (")), "{description}");
}

#[test]
fn a_declared_scope_of_openid_connect_is_a_scope() {
    let (app, _, service) = start();
    let key = app.key("k", "--scope assets.read");
    app.run("scope add openid Sign-in").ok();
    // Declared, but not given to this client.
    assert_error("openid", &token(&service, &key, "openid assets.read"), 400, "invalid_scope");
    assert_eq!(token(&service, &key, "profile assets.read").json()["scope"], "assets.read");
    app.run("key edit k --add-scope openid").ok();
    assert_eq!(token(&service, &key, "openid profile").json()["scope"], "openid");
}

#[test]
fn long_lists_of_scopes_are_shortened_in_descriptions() {
    let (app, _, service) = start();
    let key = app.key("k", "--scope assets.read");
    for index in 10..40 {
        app.run(&format!("scope add assets.part{index}.read Part")).ok();
    }
    let answer = token(&service, &key, "openid");
    let description = answer.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.contains("assets.part10.read assets.part11.read"), "{description}");
    assert!(description.contains(" and 22 more (req_") && description.len() < 330, "{description}");
}

#[test]
fn a_wrong_scope_is_explained_by_case_and_separator() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read --scope work_orders.write");
    let service = Service::start(&app.store());
    for (scope, why, command) in [
        (
            "ASSETS.READ",
            "the scope ASSETS.READ is not declared; assets.read is, and scopes are case-sensitive",
            None,
        ),
        (
            "Assets.Read",
            "the scope Assets.Read is not declared; assets.read is, and scopes are case-sensitive",
            None,
        ),
        (
            "assets.read,work_orders.write",
            "the scope assets.read,work_orders.write is not declared; assets.read is; scopes are separated by a space (RFC 6749 section 3.3), not by a comma",
            None,
        ),
        (
            "assets.read, work_orders.write",
            "the scope assets.read, is not declared; assets.read is; scopes are separated by a space (RFC 6749 section 3.3), not by a comma",
            None,
        ),
        (
            "a,b,c|work_orders.write",
            "the scope a,b,c|work_orders.write is not declared; work_orders.write is; scopes are separated by a space (RFC 6749 section 3.3), not by a comma",
            None,
        ),
        (
            "x;y",
            "the scope x;y is not declared; scopes are separated by a space (RFC 6749 section 3.3), not by a semicolon",
            Some("apiconn scope add 'x;y' 'description for the consent page'"),
        ),
        (
            "x+y",
            "the scope x+y is not declared; scopes are separated by a space (RFC 6749 section 3.3), not by a plus sign",
            Some("apiconn scope add x+y 'description for the consent page'"),
        ),
        (
            "assets.read%20work_orders.write",
            "the scope assets.read%20work_orders.write is not declared; assets.read is; scopes are separated by a space (RFC 6749 section 3.3), not by %20",
            None,
        ),
        (
            "[\"assets.read\"]",
            "the scope \"[\"assets.read\"]\" is malformed: a scope has no quotation mark and no backslash",
            None,
        ),
        ("ásset", "the scope \"ásset\" is malformed: a scope consists of ASCII characters", None),
        (
            "everything",
            "the scope everything is not declared",
            Some("apiconn scope add everything 'description for the consent page'"),
        ),
    ] {
        let answer = token(&service, &key, scope);
        assert_error(scope, &answer, 400, "invalid_scope");
        let refusal = app.refusal(&answer.header("request-id"));
        assert_eq!((refusal["why"].as_str().unwrap(), refusal["suggested_command"].as_str()), (why, command));
    }
    let long = "x".repeat(129);
    let answer = token(&service, &key, &long);
    assert_error("long", &answer, 400, "invalid_scope");
    assert_eq!(
        app.refusal(&answer.header("request-id"))["why"],
        format!("the scope \"{long}\" is malformed: a scope has at most 128 characters")
    );
}
