//! Rules that every implementation of the store must satisfy.

use std::time::Duration;

use apiconn::domain::State;
use apiconn::domain::client::Client;
use apiconn::domain::id::ClientKind;
use apiconn::domain::page::{ClientFilter, PageRequest, Sort, StateFilter, TokenFilter};
use apiconn::domain::time::Timestamp;
use apiconn::store::{Access, StoreLocation};

use crate::support::App;

use super::{FixedClock, raw};

const NOW: i64 = 1_000_000;

/// Adds tokens with every combination of the states that decide whether a token is accepted.
fn fill(app: &App) {
    app.user("tech1");
    app.user("tech2");
    app.run("user disable tech2 --yes").ok();
    for name in ["active", "disabled", "revoked", "expired", "endless", "brief"] {
        app.run(&format!("consumer add {name} --grant authorization_code --redirect-uri https://a.example/cb --scope assets.read")).ok();
        app.run(&format!("grant add tech1 {name} --scope assets.read")).ok();
    }
    app.run("settings set refresh_family_lifetime 15m").ok();
    app.run("consumer edit endless --family-ttl never").ok();
    app.run("consumer edit brief --family-ttl 14m").ok();
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
             INSERT INTO authorization_codes (digest, client_seq, grant_seq, redirect_uri, scope, code_challenge, issued_at, expires_at,
                                              redeemed_at, ended_at)
               SELECT randomblob(32), g.client_seq, g.seq, 'https://a.example/cb', g.scope, hex(zeroblob(21)) || '0', i.value, 1, 1, e.value
               FROM grants g CROSS JOIN (SELECT NULL AS value UNION ALL SELECT 8) e
               CROSS JOIN (SELECT {NOW} - 900000 AS value UNION ALL SELECT {NOW} - 899999) i;
             INSERT INTO tokens (token_id, digest, kind, client_seq, grant_seq, code_seq, scope, issued_at, expires_at, revoked_at)
               SELECT 'tok_R' || substr('000000000000' || row_number() OVER (), -11), randomblob(32), k.value, a.client_seq, a.grant_seq,
                 a.seq, a.scope, 0, e.value, r.value
               FROM authorization_codes a
               CROSS JOIN (SELECT 'refresh' AS value UNION ALL SELECT 'access') k
               CROSS JOIN (SELECT {NOW} AS value UNION ALL SELECT {NOW} + 1) e
               CROSS JOIN (SELECT NULL AS value UNION ALL SELECT 7) r;
             UPDATE clients SET expires_at = {NOW} WHERE name = 'expired';"
        ))
        .unwrap();
    app.run("consumer disable disabled --yes").ok();
    app.run("consumer revoke revoked --yes").ok();
}

#[test]
fn token_lists_by_state_match_the_acceptance_rule() {
    let app = App::new();
    fill(&app);
    let store = apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(5))
        .unwrap();
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
fn client_lists_by_state_match_the_acceptance_rule() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.consumer("c", "--scope assets.read");
    raw(&app.store())
        .execute_batch(&format!(
            "INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, redirect_uris,
                                  stored_state, stored_state_at, created_at, expires_at, revision)
               SELECT substr(c.client_id, 1, 10) || substr('000000000000' || row_number() OVER (), -12), c.kind,
                 's' || row_number() OVER (), c.scope, 0, 1, 0, c.redirect_uris, s.value, 0, 0, e.value, 1
               FROM clients c
               CROSS JOIN (SELECT 'active' AS value UNION ALL SELECT 'disabled' UNION ALL SELECT 'revoked') s
               CROSS JOIN (SELECT NULL AS value UNION ALL SELECT {NOW} - 1 UNION ALL SELECT {NOW} UNION ALL SELECT {NOW} + 1) e"
        ))
        .unwrap();
    let store = apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(5))
        .unwrap();
    let read = store.read().unwrap();
    let now = Timestamp::from_millis(NOW);
    for kind in [ClientKind::Key, ClientKind::Consumer] {
        let list = |state| {
            let filter = ClientFilter {
                kind,
                state,
                scope: None,
                group: None,
                owner: None,
                expiring_before: None,
                unused_since: None,
                name_glob: None,
            };
            let page = PageRequest { after: None, limit: 1000 };
            read.list_clients(&filter, Sort::NEWEST, &page, now).unwrap().items
        };
        let judged_and_listed = |judged: &dyn Fn(State) -> bool, state| {
            let ids = |clients: Vec<Client>| {
                let mut ids: Vec<_> = clients.into_iter().map(|client| client.id.to_string()).collect();
                ids.sort();
                ids
            };
            let all = list(StateFilter::All).into_iter();
            let judged = ids(all.filter(|client| judged(client.state(now))).collect());
            assert!(!judged.is_empty(), "{kind:?} {state:?}");
            assert_eq!(ids(list(state)), judged, "{kind:?} {state:?}");
            judged.len()
        };
        // The client that the store already had, and every state with every expiry.
        assert_eq!(list(StateFilter::All).len(), 1 + 3 * 4);
        let mut seen = 0;
        let counts = read.count_clients(kind, now).unwrap();
        let counts = [counts.active, counts.disabled, counts.expired, counts.revoked];
        for (state, counted) in State::ALL.into_iter().zip(counts) {
            let judged = judged_and_listed(&|judged| judged == state, StateFilter::Only(state));
            assert_eq!(i64::try_from(judged).unwrap(), counted, "{kind:?} {state:?}");
            seen += judged;
        }
        assert_eq!(seen, 1 + 3 * 4);
        judged_and_listed(&|judged| judged != State::Revoked, StateFilter::NotRevoked);
    }
}

#[test]
fn uncommitted_change_is_not_stored() {
    let app = App::new();
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let scopes = || store.read().unwrap().scopes().unwrap().len();
    let before = scopes();
    {
        let mut change = store.write(&FixedClock(Timestamp::from_millis(NOW))).unwrap();
        change.delete_scope(&"assets.read".parse().unwrap()).unwrap();
        assert_eq!(change.scopes().unwrap().len(), before - 1);
    }
    assert_eq!(scopes(), before);
    let mut change = store.write(&FixedClock(Timestamp::from_millis(NOW))).unwrap();
    change.delete_scope(&"assets.read".parse().unwrap()).unwrap();
    change.commit().unwrap();
    assert_eq!(scopes(), before - 1);
}

#[test]
fn secret_is_delivered_once() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    let connection = raw(&app.store());
    connection.execute("UPDATE secrets SET delivered_at = NULL", []).unwrap();
    let id: String = connection.query_row("SELECT secret_id FROM secrets", [], |row| row.get(0)).unwrap();
    let id = id.parse().unwrap();
    let store =
        apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5))
            .unwrap();
    let mut change = store.write(&FixedClock(Timestamp::from_millis(NOW))).unwrap();
    assert!(change.deliver_secret(&id).unwrap());
    assert!(!change.deliver_secret(&id).unwrap());
}

#[test]
fn writer_waits_for_another_and_then_returns_busy() {
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
    // Readers are not blocked.
    app.run("scope list").ok();
    holder.execute_batch("ROLLBACK").unwrap();
    app.run("scope add a.b Something").ok();
}
