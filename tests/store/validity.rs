//! A join at each request decides whether a token is accepted, so the end of an object (one row) ends all tokens that
//! depend on it. `http::races` tests that this takes effect by the exit of the command.

use crate::support::App;
use crate::support::process::{Service, run};

use super::{number, raw};

/// Makes a user, a consumer, a grant between them, and access tokens under the grant. Returns the grant id and the tokens.
fn grant_with_tokens(app: &App, tokens: usize) -> (String, Vec<String>) {
    app.user("tech1");
    app.run("consumer add field-app --grant authorization_code --redirect-uri https://field.example/cb --scope assets.read").ok();
    let grant = app.run("grant add tech1 field-app --scope assets.read -o id").ok().out.trim().to_owned();
    let mut connection = raw(&app.store());
    let transaction = connection.transaction().unwrap();
    let mut plain = Vec::new();
    for index in 0..tokens {
        let body = format!("apca_{index:0>43}");
        let token = format!("{body}{}", apiconn::credentials::format::checksum(&body));
        let digest = apiconn::credentials::digest::sha256(token.as_bytes());
        transaction
            .execute(
                "INSERT INTO tokens (token_id, digest, kind, client_seq, grant_seq, scope, issued_at, expires_at) \
                 SELECT ?1, ?2, 'access', client_seq, seq, scope, ?3, ?4 FROM grants WHERE grant_id = ?5",
                rusqlite::params![format!("tok_{index:0>12}"), digest, 0, 9_000_000_000_000_i64, grant],
            )
            .unwrap();
        plain.push(token);
    }
    transaction.commit().unwrap();
    (grant, plain)
}

fn is_active(app: &App, token: &str) -> bool {
    let inspected = app.call("token inspect - -o json").stdin(token).run().ok().json();
    inspected["token"]["state"] == "active"
}

#[test]
fn revoked_grant_ends_its_tokens_without_writing_them() {
    let app = App::new();
    let (grant, tokens) = grant_with_tokens(&app, 500);
    assert!(is_active(&app, &tokens[0]));
    let before = number(&raw(&app.store()), "SELECT count(*) FROM audit");
    app.run(&format!("grant revoke {grant} --yes")).ok();
    for token in [&tokens[0], &tokens[250], &tokens[499]] {
        assert!(!is_active(&app, token), "{token:?}");
    }
    let connection = raw(&app.store());
    assert_eq!(number(&connection, "SELECT count(*) FROM tokens WHERE revoked_at IS NOT NULL"), 0);
    assert_eq!(number(&connection, "SELECT count(*) FROM audit") - before, 1);
    assert_eq!(app.run("token list --all -o json").ok().json()["items"].as_array().unwrap().len(), 0);
}

#[test]
fn token_ends_with_its_grant_user_or_client() {
    let ways: [(&str, &[&str]); 6] = [
        ("its grant was revoked", &["grant revoke tech1/field-app --yes"]),
        ("its user is disabled", &["user disable tech1 --yes"]),
        ("its grant was revoked", &["user offboard tech1 --yes"]),
        ("its client is disabled", &["consumer disable field-app --yes"]),
        ("its client was revoked", &["consumer revoke field-app --yes"]),
        ("it was revoked", &["token revoke tok_000000000000 --yes"]),
    ];
    for (reason, commands) in ways {
        let app = App::new();
        let (_, tokens) = grant_with_tokens(&app, 1);
        assert!(is_active(&app, &tokens[0]), "{reason:?}");
        for command in commands {
            app.run(command).ok();
        }
        let inspected = app.call("token inspect - -o json").stdin(&tokens[0]).run().ok().json();
        assert_eq!(inspected["token"]["refused_because"], reason, "{reason:?}");
    }
}

#[test]
fn narrowing_a_group_narrows_issued_tokens() {
    let app = App::in_real_time();
    app.run("group add integrations --scope assets.read --scope work_orders.write").ok();
    let key = app.key("k", "--group integrations");
    let service = Service::start(&app.store());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let scope =
        || app.call("token inspect - -o json").stdin(&token).run().ok().json()["token"]["scope"].clone();
    assert_eq!(scope(), "assets.read work_orders.write");
    app.run("group edit integrations --remove-scope work_orders.write").ok();
    assert_eq!(scope(), "assets.read");
}

#[test]
fn rotate_now_ends_tokens_of_the_old_secret() {
    let app = App::in_real_time();
    let store = app.store();
    let introspector = app.key("introspector", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&store);
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    assert!(run(&store, &["key", "rotate", "k", "--overlap", "1h"]).status.success());
    assert_eq!(service.introspect(&introspector, &token).json()["active"], true);
    assert_eq!(service.token(&key).status, 200, "the old secret works during the overlap");
    assert!(run(&store, &["key", "rotate", "k", "--now", "--yes"]).status.success());
    assert_eq!(service.introspect(&introspector, &token).json()["active"], false);
    assert_eq!(service.token(&key).status, 401);
}
