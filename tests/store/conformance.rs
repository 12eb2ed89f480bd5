//! Rules that an engine must keep whoever writes it: run against every store that there is.

use std::time::Duration;

use apiconn::domain::State;
use apiconn::domain::page::{PageRequest, StateFilter, TokenFilter};
use apiconn::domain::time::Timestamp;
use apiconn::store::Store;
use apiconn::store::sqlite::{Access, SqliteStore};

use crate::support::App;

use super::raw;

const NOW: i64 = 1_000_000;

/// Every combination of what a token's acceptance hangs on.
fn fill(app: &App) {
    app.user("tech1");
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    for name in ["active", "disabled", "revoked", "expired"] {
        app.run(&format!("consumer add {name} --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read")).ok();
        app.run(&format!("grant add tech1 {name} --scope assets.read")).ok();
    }
    let connection = raw(&app.store());
    connection
        .execute_batch(&format!(
            "INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at)
               SELECT 'grt_2' || substr('00000000000' || c.seq, -11), (SELECT seq FROM users WHERE username = 'tech2'), c.seq, c.scope, 0
               FROM clients c;
             INSERT INTO grants (grant_id, user_seq, client_seq, scope, created_at, revoked_at)
               SELECT 'grt_3' || substr('00000000000' || c.seq, -11), (SELECT seq FROM users WHERE username = 'tech1'), c.seq, c.scope, 0, 5
               FROM clients c;
             UPDATE secrets SET revoked_at = 5 WHERE seq % 2 = 0;
             INSERT INTO secrets (secret_id, client_seq, digest, hint, created_at, delivered_at, revoked_at)
               SELECT 'sec_9' || substr('00000000000' || seq, -11), seq, randomblob(32), 'abcd', 0, 0, 5 FROM clients;
             INSERT INTO tokens (token_id, digest, kind, client_seq, secret_seq, grant_seq, scope, issued_at, expires_at, revoked_at)
               SELECT 'tok_' || substr('000000000000' || row_number() OVER (), -12), randomblob(32), 'access', c.seq, s.seq, g.seq, c.scope,
                 0, e.value, r.value
               FROM clients c
               LEFT JOIN (SELECT seq, client_seq FROM secrets UNION ALL SELECT NULL, NULL) s ON s.client_seq = c.seq OR s.seq IS NULL
               LEFT JOIN (SELECT seq, client_seq FROM grants UNION ALL SELECT NULL, NULL) g ON g.client_seq = c.seq OR g.seq IS NULL
               CROSS JOIN (SELECT {NOW} - 1 AS value UNION ALL SELECT {NOW} UNION ALL SELECT {NOW} + 1) e
               CROSS JOIN (SELECT NULL AS value UNION ALL SELECT 7) r;
             UPDATE clients SET expires_at = {NOW} WHERE name = 'expired';"
        ))
        .unwrap();
    app.run("consumer disable disabled --yes").ok();
    app.run("consumer revoke revoked --yes").ok();
}

#[test]
fn a_list_of_tokens_by_state_and_the_rule_of_acceptance_never_differ() {
    let app = App::new();
    fill(&app);
    let store = SqliteStore::open(&app.store(), Access::Read, Duration::from_secs(5)).unwrap();
    let read = store.read().unwrap();
    let now = Timestamp::from_millis(NOW);
    let list = |state| {
        let filter =
            TokenFilter { state, client: None, user: None, grant: None, kind: None, issued_before: None };
        read.list_tokens(&filter, &PageRequest { after: None, limit: 100_000 }, now).unwrap().items
    };
    let all = list(StateFilter::All);
    assert!(all.len() > 200, "{} combinations", all.len());
    let mut seen = 0;
    for state in State::ALL {
        let mut listed: Vec<_> =
            list(StateFilter::Only(state)).into_iter().map(|held| held.token.id).collect();
        let mut judged: Vec<_> =
            all.iter().filter(|held| held.state(now) == state).map(|held| held.token.id.clone()).collect();
        listed.sort();
        judged.sort();
        assert!(!judged.is_empty(), "no token is {}", state.as_str());
        assert_eq!(listed, judged, "{}", state.as_str());
        seen += judged.len();
    }
    assert_eq!(seen, all.len());
}

#[test]
fn a_change_that_is_not_committed_is_not_there() {
    let app = App::new();
    let store = SqliteStore::open(&app.store(), Access::Write, Duration::from_secs(5)).unwrap();
    let scopes = || store.read().unwrap().scopes().unwrap().len();
    let before = scopes();
    {
        let mut change = store.write().unwrap();
        change.delete_scope(&"assets.read".parse().unwrap()).unwrap();
        assert_eq!(change.scopes().unwrap().len(), before - 1);
    }
    assert_eq!(scopes(), before);
    let mut change = store.write().unwrap();
    change.delete_scope(&"assets.read".parse().unwrap()).unwrap();
    change.commit().unwrap();
    assert_eq!(scopes(), before - 1);
}

#[test]
fn a_secret_is_delivered_once() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let connection = raw(&app.store());
    connection.execute("UPDATE secrets SET delivered_at = NULL", []).unwrap();
    let id: String = connection.query_row("SELECT secret_id FROM secrets", [], |row| row.get(0)).unwrap();
    let id = id.parse().unwrap();
    let store = SqliteStore::open(&app.store(), Access::Write, Duration::from_secs(5)).unwrap();
    let mut change = store.write().unwrap();
    assert!(change.deliver_secret(&id, Timestamp::from_millis(1)).unwrap());
    assert!(!change.deliver_secret(&id, Timestamp::from_millis(2)).unwrap());
}

#[test]
fn a_writer_waits_for_another_and_says_so_when_it_takes_too_long() {
    let app = App::new();
    let holder = raw(&app.store());
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = app.run("scope add a.b Something --wait 50ms").exits(2);
    assert!(busy.err.contains("50ms"), "{busy:?}");
    let busy = app.run("scope add a.b Something --wait 1s").exits(6);
    assert_eq!(
        busy.err,
        "error: the store is busy: another process is writing to it\nhint: nothing was changed; try again, or wait longer with --wait 30s\n"
    );
    // Reading goes on meanwhile.
    app.run("scope list").ok();
    holder.execute_batch("ROLLBACK").unwrap();
    app.run("scope add a.b Something").ok();
}
