//! Stored refusals: limited in number and length, without credentials, found by the request id that the client received.

use std::time::Duration;

use apiconn::actions::refusals;
use apiconn::domain::id::ClientKind;
use apiconn::domain::refusal::{
    Check, ClientRef, KnownClient, Refusal, RefusalGroup, RefusedRequest, StoredRefusal,
};
use apiconn::domain::time::{Span, SystemClock, Timestamp};
use apiconn::store::{Access, Store, StoreLocation};

use crate::support::App;

use super::{number, raw};

const SECRET: &str = "apcs_test_7Hq2mZ0xPa4T_9fKc3VtQxN8sLb2WyEoUj6RgZp0DhAaM3Et442";

/// Makes the refusal `number` of an unknown client.
pub fn refusal(number: usize, check: Check) -> RefusedRequest {
    RefusedRequest {
        request: format!("req_{number:012}").parse().unwrap(),
        at: Timestamp::from_millis(1_795_516_200_000),
        endpoint: "/oauth/token",
        host: None,
        error: Some("invalid_client"),
        refusal: check.into(),
    }
}

/// Returns a client for refused requests.
fn field_app() -> ClientRef {
    ClientRef {
        id: "apcc_test_7Hq2mZ0xPa4T".parse().unwrap(),
        known: Some(KnownClient { kind: ClientKind::Consumer, name: "field-app".parse().unwrap() }),
    }
}

/// Returns the stored form of a refused request.
fn stored(request: &RefusedRequest) -> StoredRefusal {
    let group = RefusalGroup::from(request.clone());
    refusals::stored(&group, &request.refusal, apiconn::explain::explain(&request.refusal))
}

fn open(app: &App) -> Box<dyn Store> {
    apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5)).unwrap()
}

fn record(store: &dyn Store, all: &[RefusedRequest]) {
    let mut write = store.write(&SystemClock).unwrap();
    let groups: Vec<RefusalGroup> = all.iter().cloned().map(RefusalGroup::from).collect();
    refusals::record(write.as_mut(), &groups, apiconn::explain::explain).unwrap();
    write.commit().unwrap();
}

/// Makes a refusal of an unknown client, `number` minutes after the first, so that it shares no row with another.
fn minute(number: usize, check: Check) -> RefusedRequest {
    let one = refusal(number, check);
    RefusedRequest { at: one.at.plus(Span::minutes(i64::try_from(number).unwrap())), ..one }
}

/// Makes a refusal of the client `client`, which exists.
fn of_client(client: usize, one: RefusedRequest) -> RefusedRequest {
    let client = ClientRef {
        id: format!("apcc_test_{client:012}").parse().unwrap(),
        known: Some(KnownClient {
            kind: ClientKind::Consumer,
            name: format!("app-{client}").parse().unwrap(),
        }),
    };
    RefusedRequest { refusal: Refusal { client: Some(client), ..one.refusal }, ..one }
}

#[test]
fn oldest_refusals_are_deleted_and_others_found_by_id() {
    let app = App::new();
    let store = open(&app);
    let all: Vec<RefusedRequest> = (0..2020).map(|number| minute(number, Check::SecretUnknown)).collect();
    record(store.as_ref(), &all[..2000]);
    record(store.as_ref(), &all[2000..2010]);
    for one in &all[2010..] {
        record(store.as_ref(), std::slice::from_ref(one));
    }
    let connection = raw(&app.store());
    assert_eq!(number(&connection, "SELECT count(*) FROM refusals"), 2000);
    let read = store.read().unwrap();
    let find = |number: usize| refusals::by_request(read.as_ref(), &all[number].request);
    assert!(find(19).is_err());
    assert_eq!(find(20).unwrap(), stored(&all[20]));
    assert_eq!(find(2019).unwrap().request, all[2019].request);
    let last: Vec<_> =
        refusals::last(read.as_ref(), 3).unwrap().into_iter().map(|refusal| refusal.request).collect();
    assert_eq!(last, [2019, 2018, 2017].map(|number: usize| all[number].request.clone()));
}

#[test]
fn a_scan_displaces_no_refusal_of_a_client() {
    let app = App::new();
    let store = open(&app);
    let connection = raw(&app.store());
    let client = |client: usize, count: usize| -> Vec<RefusedRequest> {
        let first = client * 10_000;
        (first..first + count).map(|number| of_client(client, minute(number, Check::SecretUnknown))).collect()
    };
    record(store.as_ref(), &client(1, 1));
    let unknown: Vec<RefusedRequest> =
        (0..3000).map(|number| minute(900_000 + number, Check::SecretUnknown)).collect();
    record(store.as_ref(), &unknown);
    // One client displaces its own refusals only.
    record(store.as_ref(), &client(2, 600));
    let count =
        |condition: &str| number(&connection, &format!("SELECT count(*) FROM refusals WHERE {condition}"));
    assert_eq!(count("client_name IS NULL"), 2000);
    assert_eq!((count("client_name = 'app-1'"), count("client_name = 'app-2'")), (1, 500));
    assert_eq!(number(&connection, "SELECT min(request_id) = 'req_000000010000' FROM refusals"), 1);
    for number in 3..20 {
        record(store.as_ref(), &client(number, 500));
    }
    assert_eq!(count("client_name IS NOT NULL"), 8000);
    assert_eq!((count("client_name = 'app-1'"), count("client_name = 'app-19'")), (0, 500));
    assert_eq!(count("client_name IS NULL"), 2000);
}

#[test]
fn equal_refusals_of_a_minute_share_a_row_with_a_count() {
    let app = App::new();
    let store = open(&app);
    let after = |number: usize, seconds: i64| {
        let one = of_client(1, refusal(number, Check::SecretUnknown));
        RefusedRequest { at: one.at.plus(Span::seconds(seconds)), ..one }
    };
    for (number, seconds) in [(1, 0), (2, 30), (3, 59), (4, 60), (5, 61)] {
        record(store.as_ref(), &[after(number, seconds)]);
    }
    let read = store.read().unwrap();
    let shown = refusals::last(read.as_ref(), 10).unwrap();
    let rows: Vec<_> = shown.iter().map(|row| (row.request.as_str(), row.count)).collect();
    assert_eq!(rows, [("req_000000000004", 2), ("req_000000000001", 3)]);
    assert_eq!(shown[1].last_at.millis() - shown[1].at.millis(), 59_000);
    // Each of the requests is found.
    for (number, row) in [(1, &shown[1]), (2, &shown[1]), (3, &shown[1]), (4, &shown[0]), (5, &shown[0])] {
        let id = format!("req_{number:012}").parse().unwrap();
        assert_eq!(&refusals::by_request(read.as_ref(), &id).unwrap(), row, "{number}");
    }
    // Another client, endpoint or user, and a client that proved its identity, have rows of their own.
    let mut others = [after(11, 61), after(12, 61), after(13, 61), after(14, 61)];
    others[0] = of_client(2, others[0].clone());
    others[1].endpoint = "/oauth/introspect";
    others[2].refusal.user = "tech1".parse().ok();
    others[3].refusal.client_authenticated = true;
    drop(read);
    record(store.as_ref(), &others);
    let rows = refusals::last(store.read().unwrap().as_ref(), 4).unwrap();
    assert!(rows.iter().all(|row| row.count == 1), "{rows:?}");
}

#[test]
fn different_texts_of_one_check_keep_their_own_reasons() {
    let app = App::new();
    let store = open(&app);
    let all: Vec<RefusedRequest> = (0..1000)
        .map(|number| {
            let sent = format!("app-{}", number % 500);
            refusal(number, Check::ClientUnknown { sent, meant: None })
        })
        .collect();
    record(store.as_ref(), &all);
    let read = store.read().unwrap();
    for (number, request) in all.iter().enumerate() {
        let stored = refusals::by_request(read.as_ref(), &request.request).unwrap();
        assert_eq!(stored.why, format!("no client has the id \"app-{}\"", number % 500));
        assert_eq!(stored.count, 2);
    }
}

#[test]
fn first_of_two_refusals_of_a_request_is_kept() {
    let app = App::new();
    let store = open(&app);
    record(store.as_ref(), &[refusal(1, Check::TwoMethods), refusal(1, Check::SecretUnknown)]);
    let read = store.read().unwrap();
    let all = refusals::last(read.as_ref(), 10).unwrap();
    assert_eq!(all.iter().map(|refusal| refusal.code.as_str()).collect::<Vec<_>>(), ["two_methods"]);
}

#[test]
fn credential_in_a_request_is_not_stored() {
    let app = App::new();
    let store = open(&app);
    let uri = format!("https://app.example/cb?key={SECRET}");
    let registered = ["https://app.example/cb".parse().unwrap()];
    let mut at_home = refusal(2, Check::redirect_mismatch(&uri, &registered));
    at_home.refusal.client = Some(field_app());
    let unknown = Check::ClientUnknown { sent: SECRET.to_owned(), meant: None };
    let scope = Check::ScopeMalformed { sent: format!("{} {SECRET}", "x".repeat(195)) };
    let mut lacking = refusal(4, Check::ScopeNotHeld { missing: SECRET.parse().unwrap(), group: None });
    lacking.refusal = Refusal { client: Some(field_app()), client_authenticated: true, ..lacking.refusal };
    record(store.as_ref(), &[refusal(1, unknown), at_home, refusal(3, scope), lacking]);
    drop(store);
    // The file contains it in no column and on no free page.
    let mut stored = std::fs::read(app.store()).unwrap();
    stored.extend(std::fs::read(app.store().with_extension("db-wal")).unwrap_or_default());
    let random = &SECRET.as_bytes()[23..35];
    assert!(!stored.windows(random.len()).any(|bytes| bytes == random));
    let store = open(&app);
    let shown = refusals::last(store.read().unwrap().as_ref(), 4).unwrap();
    assert_eq!(shown[3].why, "no client has the id \"apcs_[hidden]\"");
    assert_eq!(
        shown[2].why,
        "the redirect URI sent, https://app.example/cb?key=apcs_[hidden], differs from the registered https://app.example/cb in the query"
    );
    assert_eq!(shown[2].suggested_command.as_deref(), Some("apiconn consumer show field-app"));
    assert_eq!(shown[0].why, "the scope apcs_[hidden] is not declared");
    assert_eq!(shown[0].suggested_command, None);
}

#[test]
fn long_text_is_truncated_and_a_long_command_dropped() {
    let app = App::empty();
    app.run("init --base B").ok();
    let store = open(&app);
    let uri = format!("https://app.example/cb?{}", "x".repeat(1500));
    let sent = uri.replace("/cb?", "/CB?");
    let mut long = refusal(1, Check::redirect_mismatch(&sent, &[uri.parse().unwrap()]));
    long.refusal.client = Some(field_app());
    let missing = (0..200).map(|number| format!("scope_number_{number}").parse().unwrap()).collect();
    record(store.as_ref(), &[long, refusal(2, Check::ScopeNotHeld { missing, group: None })]);
    let connection = raw(&app.store());
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM refusals WHERE length(why) < 700 AND suggested_command IS NULL"
        ),
        2
    );
}

#[test]
fn client_known_by_id_is_shown_with_its_name() {
    let app = App::new();
    let (id, _) = app.key("erp-sync", "--scope assets.read");
    let store = open(&app);
    let at = Timestamp::from_millis(1_795_500_000_000);
    let check = Check::SecretRetired { hint: "Qr4t".to_owned(), at };
    let mut known = refusal(1, check.clone());
    known.refusal = known.refusal.of_sent_id(Some(&id));
    let mut unknown = refusal(2, check);
    unknown.refusal = unknown.refusal.of_sent_id(Some("apck_test_7Hq2mZ0xPa4T"));
    record(store.as_ref(), &[known, unknown]);
    let read = store.read().unwrap();
    let all = refusals::last(read.as_ref(), 2).unwrap();
    assert_eq!(all[1].client.as_ref().unwrap().name.as_ref().unwrap().as_str(), "erp-sync");
    assert_eq!(all[1].suggested_command.as_deref(), Some("apiconn key show erp-sync"));
    assert!(all[1].why.starts_with("the key erp-sync sent its secret ending Qr4t"), "{}", all[1].why);
    assert_eq!((&all[0].client.as_ref().unwrap().name, &all[0].suggested_command), (&None, &None));
}

#[test]
fn mistyped_credential_in_a_request_is_not_stored() {
    let app = App::new();
    let store = open(&app);
    let texts = [
        SECRET[1..].to_owned(),
        SECRET[5..].to_owned(),
        SECRET.replace('_', "-"),
        SECRET.to_uppercase(),
        SECRET.replace('_', "%5F"),
    ];
    let mut all = Vec::new();
    for (number, text) in (0..).zip(&texts) {
        let mut unknown = refusal(10 * number, Check::ClientUnknown { sent: text.to_owned(), meant: None });
        let id = text.parse().unwrap();
        unknown.refusal.client = Some(ClientRef { id, known: None });
        let mut lacking =
            refusal(10 * number + 1, Check::ScopeNotHeld { missing: text.parse().unwrap(), group: None });
        lacking.refusal =
            Refusal { client: Some(field_app()), client_authenticated: true, ..lacking.refusal };
        let mut host = refusal(10 * number + 2, Check::HostNotAllowed { sent: text.to_owned() });
        host.host = Some(text.to_owned());
        all.extend([unknown, lacking, host]);
    }
    record(store.as_ref(), &all);
    let read = store.read().unwrap();
    for stored in refusals::last(read.as_ref(), 100).unwrap() {
        assert!(stored.why.contains("[hidden]"), "{stored:?}");
        assert_eq!(stored.suggested_command, None, "{stored:?}");
    }
    drop(read);
    drop(store);
    let mut stored = std::fs::read(app.store()).unwrap();
    stored.extend(std::fs::read(app.store().with_extension("db-wal")).unwrap_or_default());
    stored.make_ascii_lowercase();
    let random = SECRET[23..35].to_lowercase();
    assert!(!stored.windows(random.len()).any(|bytes| bytes == random.as_bytes()));
}
