//! Pages of clients in every state and order, compared with a list sorted in memory.

use std::time::Duration;

use apiconn::domain::State;
use apiconn::domain::id::ClientKind;
use apiconn::domain::page::{ClientFilter, PageRequest, Sort, SortField, StateFilter};
use apiconn::domain::time::Timestamp;
use apiconn::store::{Access, Store, StoreLocation};

use crate::support::App;

const NOW: i64 = 1_795_516_200_000;
const SORTS: [&str; 8] =
    ["created", "-created", "name", "-name", "expires", "-expires", "last_used", "-last_used"];

/// A client made by the test. The index is its age.
struct Row {
    seq: i64,
    name: String,
    state: State,
    expires: i64,
    last_used: i64,
}

/// Makes clients: every sixth is revoked, every fifth disabled, and a third of the others expired. Many have the same
/// expiry and last use.
fn rows(count: i64) -> Vec<Row> {
    let row = |seq: i64| {
        let expires = match seq % 3 {
            0 => NOW - seq % 7 * 1000,
            1 => NOW + 1000 + seq % 7 * 1000,
            _ => i64::MAX,
        };
        let state = if seq % 6 == 5 {
            State::Revoked
        } else if seq % 5 == 0 {
            State::Disabled
        } else if expires <= NOW {
            State::Expired
        } else {
            State::Active
        };
        let name = format!("key-{:05}", seq * 7919 % 10_007);
        Row { seq, name, state, expires, last_used: if seq % 4 == 0 { seq % 11 * 1000 } else { 0 } }
    };
    (1..=count).map(row).collect()
}

fn fill(app: &App, rows: &[Row]) {
    let mut connection = rusqlite::Connection::open(app.store()).unwrap();
    let transaction = connection.transaction().unwrap();
    let sql = "INSERT INTO clients (client_id, kind, name, scope, is_public, client_credentials, authorization_code, \
       redirect_uris, stored_state, stored_state_at, created_at, expires_at, last_used_at, revision) \
       VALUES (printf('apck_test_%012d', ?1), 'key', ?2, 'assets.read', 0, 1, 0, '', ?3, 0, ?1, ?4, ?5, 1)";
    for row in rows {
        let stored_state = match row.state {
            State::Active | State::Expired => "active",
            State::Disabled => "disabled",
            State::Revoked => "revoked",
        };
        let expires = (row.expires < i64::MAX).then_some(row.expires);
        let last_used = (row.last_used > 0).then_some(row.last_used);
        transaction
            .execute(sql, rusqlite::params![row.seq, row.name, stored_state, expires, last_used])
            .unwrap();
    }
    transaction.commit().unwrap();
}

fn sorted(rows: &[Row], state: StateFilter, sort: Sort) -> Vec<&str> {
    let wanted = |row: &&Row| match state {
        StateFilter::All => true,
        StateFilter::NotRevoked => row.state != State::Revoked,
        StateFilter::Only(state) => row.state == state,
    };
    let mut found: Vec<&Row> = rows.iter().filter(wanted).collect();
    match sort.field {
        SortField::Created => found.sort_by_key(|row| row.seq),
        SortField::Name => found.sort_by(|left, right| left.name.cmp(&right.name)),
        SortField::Expires => found.sort_by_key(|row| (row.expires, row.seq)),
        SortField::LastUsed => found.sort_by_key(|row| (row.last_used, row.seq)),
    }
    if sort.descending {
        found.reverse();
    }
    found.into_iter().map(|row| row.name.as_str()).collect()
}

fn paged(store: &dyn Store, state: StateFilter, sort: Sort, limit: usize) -> Vec<String> {
    let filter = ClientFilter {
        kind: ClientKind::Key,
        state,
        scope: None,
        group: None,
        owner: None,
        expiring_before: None,
        unused_since: None,
        name_glob: None,
    };
    let mut names = Vec::new();
    let mut request = PageRequest { after: None, limit };
    loop {
        let read = store.read().unwrap();
        let page = read.list_clients(&filter, sort, &request, Timestamp::from_millis(NOW)).unwrap();
        assert!(page.items.len() <= limit);
        names.extend(page.items.iter().map(|client| client.name.to_string()));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return names,
        }
    }
}

#[test]
fn pages_of_clients_join_to_the_sorted_list() {
    // The store reads different indexes for few clients and for many clients in a state.
    for (count, limit) in [(100, 7), (10_000, 1500)] {
        let app = App::new();
        let rows = rows(count);
        fill(&app, &rows);
        let store =
            apiconn::store::open(&StoreLocation::File(app.store()), Access::Read, Duration::from_secs(1))
                .unwrap();
        let states = [State::Active, State::Disabled, State::Expired, State::Revoked];
        for state in
            [StateFilter::All, StateFilter::NotRevoked].into_iter().chain(states.map(StateFilter::Only))
        {
            for sort in SORTS {
                let parsed: Sort = sort.parse().unwrap();
                let (found, expected) =
                    (paged(store.as_ref(), state, parsed, limit), sorted(&rows, state, parsed));
                assert!(expected.len() > 10);
                assert!(found == expected, "{count} clients, {state:?} by {sort}");
            }
        }
    }
}
