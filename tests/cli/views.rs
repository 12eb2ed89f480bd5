//! JSON views of keys, consumers, users, grants and tokens. The snapshots reveal each field that is added, renamed or
//! removed; a release may only add fields.

use std::collections::BTreeSet;

use apiconn::render::view::View;
use apiconn::render::view::consumer::ConsumerView;
use apiconn::render::view::grant::GrantView;
use apiconn::render::view::key::KeyView;
use apiconn::render::view::token::TokenView;
use apiconn::render::view::user::UserView;
use apiconn::render::view::verification::VerificationView;
use serde_json::Value;

use crate::support::App;

/// Makes a base with a group, a key, a consumer, a user and a grant.
pub fn base() -> App {
    let app = App::new();
    app.run("group add integrations --scope work_orders.write --description \"Other systems\"").ok();
    app.run("key create erp-sync --group integrations --scope assets.read --owner ops --description \"ERP\" --expires 90d").ok();
    app.run(
        "consumer add field-app --grant authorization_code --grant client_credentials --redirect-uri https://field.example/cb \
         --scope assets.read --title \"Field App\" --description \"For the field\" --owner partner --access-ttl 10m --refresh-ttl 7d",
    )
    .ok();
    app.call("user add tech1 --name \"Field technician 1\" --email tech1@example.com --password-stdin")
        .stdin("correct horse battery staple")
        .run()
        .ok();
    app.run("grant add tech1 field-app --scope assets.read").ok();
    app
}

/// Returns the JSON output of a command, indented, without values that differ between machines.
pub fn document(app: &App, words: &str) -> String {
    let run = app.call(words).word("--json").run().ok();
    pretty(app, &run.json())
}

/// Formats JSON with indentation, without values that differ between machines.
pub fn pretty(app: &App, document: &Value) -> String {
    let text = serde_json::to_string_pretty(document).unwrap();
    let text = text.replace(&app.folder().display().to_string(), "[folder]");
    text.replace(env!("CARGO_PKG_VERSION"), "[version]")
}

/// Asserts that the members of a JSON object are the fields that its view offers to `--fields`, and that each path of a
/// field exists.
#[track_caller]
pub fn assert_fields<V: View>(app: &App, words: &str) {
    let document = app.call(words).word("--json").run().ok().json();
    let object = &document[V::NOUN];
    let keys: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    let promised: BTreeSet<&str> =
        V::FIELDS.iter().map(|field| field.path.split('.').next().unwrap()).collect();
    assert_eq!(keys, promised, "{words}");
    for field in V::FIELDS {
        let found = field.path.split('.').try_fold(object, |value, key| value.get(key));
        assert!(found.is_some(), "{words}: no value at {}", field.path);
    }
    let id = app.call(words).word("-o").word("id").run().ok().out;
    assert!(!id.trim().is_empty() && id.lines().count() == 1, "{words}: {id}");
}

#[test]
fn json_members_match_the_fields_of_the_views() {
    let app = base();
    assert_fields::<KeyView>(&app, "key show erp-sync");
    assert_fields::<ConsumerView>(&app, "consumer show field-app");
    assert_fields::<UserView>(&app, "user show tech1");
    assert_fields::<GrantView>(&app, "grant show tech1/field-app");
    token(&app);
    assert_fields::<TokenView>(&app, "token inspect tok_000000000001");
    let (_, secret) = app.key("k", "--scope assets.read");
    let document = app.call("key verify - --json").stdin(&secret).run().ok().json();
    let keys: Vec<&str> = document["verified"].as_object().unwrap().keys().map(String::as_str).collect();
    let promised: Vec<&str> = VerificationView::FIELDS.iter().map(|field| field.path).collect();
    assert_eq!(keys, promised);
}

/// Adds an access token for the grant of [`base`], with a fixed id.
pub fn token(app: &App) {
    app.sql(
        "INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, scope, issued_at, expires_at)
         SELECT 'tok_000000000001', randomblob(32), 'access', c.seq, s.seq, g.seq, 'assets.read', 1795516200000, 1795519800000
         FROM clients c JOIN secrets s ON s.client_seq = c.seq JOIN grants g ON g.client_seq = c.seq WHERE c.name = 'field-app'",
    );
}

#[test]
fn key_view_matches_the_snapshot() {
    let app = base();
    insta::assert_snapshot!(document(&app, "key show erp-sync"), @r#"
    {
      "schema": "key.show/1",
      "key": {
        "client_id": "apck_test_VL8pbgHzkiax",
        "name": "erp-sync",
        "state": "active",
        "scope": "assets.read work_orders.write",
        "expires_at": "2027-02-22T10:30:00.000Z",
        "last_used_at": null,
        "owner": "ops",
        "group": "integrations",
        "created_at": "2026-11-24T10:30:00.000Z",
        "direct_scope": "assets.read",
        "description": "ERP",
        "revoked_at": null,
        "revoke_reason": null,
        "revision": 1,
        "secrets": [
          {
            "secret_id": "sec_9otF54KcQCDm",
            "hint": "0ji0",
            "state": "active",
            "created_at": "2026-11-24T10:30:00.000Z",
            "expires_at": null,
            "last_used_at": null,
            "uses": 0
          }
        ]
      }
    }
    "#);
    app.run("key revoke erp-sync --yes --reason \"replaced\"").ok();
    insta::assert_snapshot!(document(&app, "key list --state revoked"), @r#"
    {
      "schema": "key.list/1",
      "items": [
        {
          "client_id": "apck_test_VL8pbgHzkiax",
          "name": "erp-sync",
          "state": "revoked",
          "scope": "assets.read work_orders.write",
          "expires_at": "2027-02-22T10:30:00.000Z",
          "last_used_at": null,
          "owner": "ops",
          "group": "integrations",
          "created_at": "2026-11-24T10:30:00.000Z",
          "direct_scope": "assets.read",
          "description": "ERP",
          "revoked_at": "2026-11-24T10:30:00.000Z",
          "revoke_reason": "replaced",
          "revision": 2
        }
      ],
      "next_cursor": null
    }
    "#);
}

#[test]
fn consumer_view_matches_the_snapshot() {
    let app = base();
    insta::assert_snapshot!(document(&app, "consumer show field-app"), @r#"
    {
      "schema": "consumer.show/1",
      "consumer": {
        "client_id": "apcc_test_Vh74o0KI0nCl",
        "name": "field-app",
        "state": "active",
        "grant_types": [
          "authorization_code",
          "client_credentials"
        ],
        "scope": "assets.read",
        "redirect_uris": [
          "https://field.example/cb"
        ],
        "web_origins": [],
        "last_used_at": null,
        "owner": "partner",
        "group": null,
        "created_at": "2026-11-24T10:30:00.000Z",
        "expires_at": null,
        "token_endpoint_auth_method": "client_secret_basic",
        "title": "Field App",
        "direct_scope": "assets.read",
        "description": "For the field",
        "access_token_lifetime": 600,
        "refresh_token_lifetime": 604800,
        "refresh_token_grace": null,
        "refresh_family_lifetime": null,
        "pkce": "required",
        "refresh_rotation": "on",
        "revoked_at": null,
        "revoke_reason": null,
        "revision": 1,
        "secrets": [
          {
            "secret_id": "sec_x5Q9n3lXxZvs",
            "hint": "CHjR",
            "state": "active",
            "created_at": "2026-11-24T10:30:00.000Z",
            "expires_at": null,
            "last_used_at": null,
            "uses": 0
          }
        ]
      }
    }
    "#);
    app.run("consumer add spa --public --grant authorization_code --redirect-uri https://spa.example/cb --scope assets.read").ok();
    let public = app.run("consumer show spa --json").ok().json();
    assert_eq!(public["consumer"]["token_endpoint_auth_method"], "none");
    assert_eq!(public["consumer"]["secrets"], serde_json::json!([]));
}

#[test]
fn verified_secret_view_matches_the_snapshot() {
    let app = base();
    let (_, secret) = app.key("k", "--scope assets.read --owner ops --expires 90d");
    let verified = app.call("key verify - --json").stdin(&secret).run().ok().json();
    insta::assert_snapshot!(pretty(&app, &verified), @r#"
    {
      "schema": "key.verify/1",
      "verified": {
        "client_id": "apck_test_jIAa5LR9sPvM",
        "name": "k",
        "kind": "key",
        "state": "active",
        "scope": "assets.read",
        "secret_id": "sec_0sje4vhXP3I1",
        "expires_at": "2027-02-22T10:30:00.000Z",
        "owner": "ops"
      }
    }
    "#);
}

#[test]
fn grant_view_matches_the_snapshot() {
    let app = base();
    insta::assert_snapshot!(document(&app, "grant show tech1/field-app"), @r#"
    {
      "schema": "grant.show/1",
      "grant": {
        "grant_id": "grt_p1Rcbv4kEddZ",
        "user": {
          "id": "usr_eIYugoZBFFUX",
          "name": "tech1"
        },
        "consumer": {
          "id": "apcc_test_Vh74o0KI0nCl",
          "name": "field-app"
        },
        "scope": "assets.read",
        "state": "active",
        "created_at": "2026-11-24T10:30:00.000Z",
        "last_used_at": null,
        "revoked_at": null,
        "revoke_reason": null
      }
    }
    "#);
    app.run("grant revoke tech1/field-app --yes --reason \"left the company\"").ok();
    let revoked = app.run("grant list --state revoked --json").ok().json();
    assert_eq!(revoked["items"][0]["revoked_at"], "2026-11-24T10:30:00.000Z");
    assert_eq!(revoked["items"][0]["revoke_reason"], "left the company");
    assert_eq!(revoked["items"][0]["state"], "revoked");
}

#[test]
fn user_view_matches_the_snapshot() {
    let app = base();
    insta::assert_snapshot!(document(&app, "user show tech1"), @r#"
    {
      "schema": "user.show/1",
      "user": {
        "user_id": "usr_eIYugoZBFFUX",
        "username": "tech1",
        "state": "active",
        "name": "Field technician 1",
        "email": "tech1@example.com",
        "created_at": "2026-11-24T10:30:00.000Z",
        "disabled_at": null
      }
    }
    "#);
    app.run("user disable tech1 --yes").ok();
    let disabled = app.run("user show tech1 --json").ok().json();
    assert_eq!(disabled["user"]["disabled_at"], "2026-11-24T10:30:00.000Z");
}

#[test]
fn token_view_matches_the_snapshot() {
    let app = base();
    token(&app);
    insta::assert_snapshot!(document(&app, "token inspect tok_000000000001"), @r#"
    {
      "schema": "token.inspect/1",
      "token": {
        "token_id": "tok_000000000001",
        "kind": "access",
        "state": "active",
        "client": {
          "id": "apcc_test_Vh74o0KI0nCl",
          "name": "field-app"
        },
        "user": "tech1",
        "scope": "assets.read",
        "issued_at": "2026-11-24T10:30:00.000Z",
        "expires_at": "2026-11-24T11:30:00.000Z",
        "grant_id": "grt_p1Rcbv4kEddZ",
        "secret_id": "sec_x5Q9n3lXxZvs",
        "revoked_at": null,
        "refused_because": null
      }
    }
    "#);
    app.run("grant revoke tech1/field-app --yes").ok();
    let refused = app.run("token inspect tok_000000000001 --json").ok().json();
    assert_eq!(refused["token"]["state"], "revoked");
    assert_eq!(refused["token"]["refused_because"], "its grant was revoked");
}
