//! JSON views of scopes, groups, settings, audit and status, and the envelopes of lists, changes and errors.

use apiconn::render::view::View;
use apiconn::render::view::audit::{HeadView, RecordView, VerdictView};
use apiconn::render::view::base::BaseView;
use apiconn::render::view::setting::SettingView;
use apiconn::render::view::status::StatusView;
use apiconn::render::view::store::StoreView;
use apiconn::render::view::{group::GroupView, scope::ScopeView};

use super::views::{assert_fields, base, document, pretty};
use crate::support::App;

#[test]
fn json_members_match_the_fields_of_the_base_views() {
    let app = base();
    assert_fields::<GroupView>(&app, "group show integrations");
    assert_fields::<ScopeView>(&app, "scope add assets.read \"Read the base's assets\"");
    assert_fields::<SettingView>(&app, "settings set rotation_overlap 24h");
    assert_fields::<HeadView>(&app, "audit head");
    assert_fields::<VerdictView>(&app, "audit verify");
    assert_fields::<StatusView>(&app, "status");
    assert_fields::<StoreView>(&app, "store info");
    assert_fields::<BaseView>(&app, "init --base \"Acme Maintenance\"");
    let records = app.run("audit list --json").ok().json();
    let keys: std::collections::BTreeSet<&str> =
        records["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, RecordView::FIELDS.iter().map(|field| field.path).collect());
}

#[test]
fn scope_group_and_setting_views_match_the_snapshots() {
    let app = base();
    insta::assert_snapshot!(document(&app, "scope list"), @r#"
    {
      "schema": "scope.list/1",
      "items": [
        {
          "scope": "assets.read",
          "description": "Read the base's assets",
          "created_at": "2026-11-24T10:30:00.000Z"
        },
        {
          "scope": "work_orders.write",
          "description": "Create and change work orders",
          "created_at": "2026-11-24T10:30:00.000Z"
        }
      ],
      "next_cursor": null
    }
    "#);
    insta::assert_snapshot!(document(&app, "group show integrations"), @r#"
    {
      "schema": "group.show/1",
      "group": {
        "name": "integrations",
        "scope": "work_orders.write",
        "members": 1,
        "description": "Other systems",
        "created_at": "2026-11-24T10:30:00.000Z"
      }
    }
    "#);
    insta::assert_snapshot!(app.run("settings list --json").ok().out, @r##"{"schema":"settings.list/1","items":[{"name":"issuer","value":"http://127.0.0.1:8080","meaning":"public URL of the token service"},{"name":"additional_hosts","value":"none","meaning":"further host names for the token, introspection and revocation endpoints"},{"name":"key_default_lifetime","value":"365d","meaning":"default lifetime of a key"},{"name":"key_max_lifetime","value":"never","meaning":"maximum lifetime of a key"},{"name":"rotation_overlap","value":"1d","meaning":"time for which the old secret stays valid after a rotation"},{"name":"access_token_lifetime","value":"1h","meaning":"lifetime of an access token"},{"name":"refresh_token_lifetime","value":"30d","meaning":"lifetime of an unused refresh token"},{"name":"refresh_token_grace","value":"30s","meaning":"time for which a replaced refresh token obtains its successor again, at most 5m"},{"name":"refresh_family_lifetime","value":"365d","meaning":"time after a sign-in at which its refresh tokens end, also if they are used"},{"name":"require_reason","value":"false","meaning":"require a reason for revoking and disabling"},{"name":"accent_color","value":"#1f5fbf","meaning":"colour of buttons and links on the pages, six hexadecimal digits"},{"name":"logo_file","value":"none","meaning":"image on the pages: an absolute path, read when the service starts"}],"next_cursor":null}"##);
}

#[test]
fn audit_record_view_matches_the_snapshot() {
    let app = base();
    app.run("key revoke erp-sync --yes --reason \"it leaked\"").ok();
    let mut records = app.run("audit list --limit 1 --json").ok().json();
    let hash = records["items"][0]["hash"].take();
    assert_eq!(hash.as_str().unwrap().len(), 64);
    insta::assert_snapshot!(pretty(&app, &records), @r#"
    {
      "schema": "audit.list/1",
      "items": [
        {
          "sequence": 11,
          "at": "2026-11-24T10:30:00.000Z",
          "event": "key.revoke",
          "object_name": "erp-sync",
          "object_id": "apck_test_VL8pbgHzkiax",
          "fields": [
            "state"
          ],
          "reason": "it leaked",
          "via": "cli",
          "uid": 1000,
          "login_uid": 1000,
          "claimed_sudo_user": null,
          "terminal": null,
          "host": "test-host",
          "claimed_ci_job": null,
          "operation": "op_lpzCxwpoJp9n",
          "version": "[version]",
          "hash": null
        }
      ],
      "next_cursor": "YXVkaXQKMTEKLQ"
    }
    "#);
}

#[test]
fn head_and_verdict_views_match_the_snapshots() {
    let app = base();
    let head = app.run("audit head --json").ok().json();
    let text = head["head"]["head"].as_str().unwrap();
    let parts: Vec<&str> = text.split(':').collect();
    assert_eq!(head["schema"], "audit.head/1");
    assert_eq!(head["head"]["store_id"], parts[0]);
    assert_eq!(head["head"]["sequence"].to_string(), parts[1]);
    assert_eq!(head["head"]["hash"], parts[2]);
    assert_eq!(app.run("audit head").ok().out, format!("{text}\n"));
    let verdict = app.run(&format!("audit verify --head {text} --json")).ok().json();
    insta::assert_snapshot!(pretty(&app, &verdict).replace(text, "[head]"), @r#"
    {
      "schema": "audit.verify/1",
      "verdict": {
        "records": 10,
        "head": "[head]",
        "heads_found": 1,
        "proves": "no record up to the kept head was changed, removed, inserted or moved",
        "does_not_prove": "that no record after the kept head was removed, nor that the records are true"
      }
    }
    "#);
}

#[test]
fn status_view_matches_the_snapshot() {
    let app = base();
    app.key("soon", "--scope assets.read --expires 3d");
    let head = app.run("audit head").ok().out;
    insta::assert_snapshot!(document(&app, "status").replace(head.trim(), "[head]"), @r#"
    {
      "schema": "status/1",
      "status": {
        "base": "Acme Maintenance",
        "environment": "test",
        "store": "[folder]/base.db",
        "issuer": "http://127.0.0.1:8080",
        "keys": {
          "active": 2,
          "disabled": 0,
          "expired": 0,
          "revoked": 0
        },
        "consumers": {
          "active": 1,
          "disabled": 0,
          "expired": 0,
          "revoked": 0
        },
        "users": {
          "active": 1,
          "disabled": 0,
          "expired": 0,
          "revoked": 0
        },
        "grants": {
          "active": 1,
          "disabled": 0,
          "expired": 0,
          "revoked": 0
        },
        "audit_head": "[head]",
        "expiring": [
          {
            "client_id": "apck_test_jIAa5LR9sPvM",
            "name": "soon",
            "expires_at": "2026-11-27T10:30:00.000Z"
          }
        ]
      }
    }
    "#);
}

#[test]
fn base_and_store_views_match_the_snapshots() {
    let app = base();
    let head = app.run("audit head").ok().out;
    insta::assert_snapshot!(document(&app, "init --base \"Acme Maintenance\"").replace(head.trim(), "[head]"), @r#"
    {
      "schema": "init/1",
      "changed": false,
      "dry_run": false,
      "operation": "op_YIVLnWxHyfsi",
      "base": {
        "base": "Acme Maintenance",
        "environment": "test",
        "store": "[folder]/base.db",
        "issuer": "http://127.0.0.1:8080",
        "created_at": "2026-11-24T10:30:00.000Z",
        "audit_head": "[head]"
      },
      "warnings": []
    }
    "#);
    let mut info = app.run("store info --json").ok().json();
    assert!(info["store"]["engine"].take().as_str().unwrap().starts_with("SQLite 3."));
    assert!(info["store"]["bytes"].take().as_i64().unwrap() >= 4096);
    insta::assert_snapshot!(pretty(&app, &info), @r#"
    {
      "schema": "store.info/1",
      "store": {
        "store": "[folder]/base.db",
        "store_id": "YtHhJYiMaDz7zbJMXJN5fYT4",
        "base": "Acme Maintenance",
        "environment": "test",
        "engine": null,
        "schema": 1,
        "bytes": null,
        "mode": "600"
      }
    }
    "#);
}

#[test]
fn list_envelope_matches_the_snapshot() {
    let app = App::new();
    app.run("group add g --scope assets.read").ok();
    app.key("a", "--group g --expires never");
    app.key("b", "--group g");
    let page = app.run("key list --limit 1 --sort name --json --fields name").ok().out;
    insta::assert_snapshot!(page, @r#"{"schema":"key.list/1","items":[{"name":"a"}],"next_cursor":"a2V5cy5uYW1lCjEKdGE"}"#);
}

#[test]
fn single_change_envelope_matches_the_snapshot() {
    let app = App::new();
    let mut created = app.run("key create k --scope assets.read --expires never --json").ok().json();
    let secret = created["client_secret"].take();
    assert_eq!(secret.as_str().unwrap().len(), 61);
    insta::assert_snapshot!(pretty(&app, &created), @r#"
    {
      "schema": "key.create/1",
      "changed": true,
      "dry_run": false,
      "operation": "op_siFqrkdlCnNZ",
      "key": {
        "client_id": "apck_test_qAUTYvX9bf4a",
        "name": "k",
        "state": "active",
        "scope": "assets.read",
        "expires_at": null,
        "last_used_at": null,
        "owner": null,
        "group": null,
        "created_at": "2026-11-24T10:30:00.000Z",
        "direct_scope": "assets.read",
        "description": null,
        "revoked_at": null,
        "revoke_reason": null,
        "revision": 1
      },
      "warnings": [
        {
          "code": "never_expires",
          "message": "key k never expires; plan a rotation"
        }
      ],
      "client_secret": null,
      "token_endpoint": "http://127.0.0.1:8080/oauth/token"
    }
    "#);
    insta::assert_snapshot!(document(&app, "key edit k --owner x --dry-run --fields name,owner"), @r#"
    {
      "schema": "key.edit/1",
      "changed": true,
      "dry_run": true,
      "operation": "op_LVLAhd1pQvhX",
      "key": {
        "name": "k",
        "owner": "x"
      },
      "warnings": []
    }
    "#);
}

#[test]
fn bulk_change_envelope_matches_the_snapshot() {
    let app = App::new();
    app.key("a", "--scope assets.read");
    app.key("b", "--scope assets.read");
    app.run("key disable a --yes").ok();
    insta::assert_snapshot!(document(&app, "key disable a b --yes --fields name,state"), @r#"
    {
      "schema": "key.disable/1",
      "changed": true,
      "dry_run": false,
      "operation": "op_aBJTDJpinRv8",
      "items": [
        {
          "name": "a",
          "state": "disabled",
          "changed": false
        },
        {
          "name": "b",
          "state": "disabled",
          "changed": true
        }
      ],
      "counts": {
        "changed": 1,
        "already": 1
      },
      "warnings": []
    }
    "#);
    insta::assert_snapshot!(document(&app, "key disable a --yes --fields name,state"), @r#"
    {
      "schema": "key.disable/1",
      "changed": false,
      "dry_run": false,
      "operation": "op_oW8xmndvmXMR",
      "key": {
        "name": "a",
        "state": "disabled",
        "changed": false
      },
      "items": [
        {
          "name": "a",
          "state": "disabled",
          "changed": false
        }
      ],
      "counts": {
        "changed": 0,
        "already": 1
      },
      "warnings": []
    }
    "#);
}

#[test]
fn error_envelope_matches_the_snapshot() {
    let app = App::new();
    app.key("erp-sync", "--scope assets.read");
    let run = app.run("key show erp-snyc --json").exits(3);
    insta::assert_snapshot!(pretty(&app, &run.error_json()), @r#"
    {
      "schema": "error/1",
      "error": {
        "code": "not_found",
        "message": "there is no key \"erp-snyc\"",
        "hint": "did you mean erp-sync?",
        "candidates": [
          "erp-sync"
        ]
      },
      "warnings": []
    }
    "#);
}
