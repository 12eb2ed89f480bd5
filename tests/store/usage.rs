//! Uses of clients and secrets: written per secret and outside of requests, flushed when the service stops, never set back.

use std::time::Duration;

use apiconn::domain::id::ClientId;
use apiconn::domain::time::{Day, Timestamp};
use apiconn::store::usage::{ClientUsage, DayUses, ScopeUse, Uses};
use apiconn::store::{Access, Store, StoreLocation};

use crate::support::App;
use crate::support::browser::{Browser, query};
use crate::support::process::{Service, basic};

use super::{FixedClock, number, raw};

#[test]
fn uses_are_counted_per_secret_after_the_requests() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for _ in 0..5 {
        assert_eq!(service.token(&key).status, 200);
    }
    assert_eq!(service.token(&(key.0.clone(), format!("{}x", key.1))).status, 401);
    let connection = raw(&app.store());
    assert_eq!(number(&connection, "SELECT count(*) FROM tokens"), 5);
    assert_eq!(
        number(&connection, "SELECT uses FROM secrets"),
        0,
        "uses must not be written during the request"
    );
    assert_eq!(
        number(&connection, "SELECT count(first_used_at) FROM secrets"),
        1,
        "the first use is written at once"
    );
    assert!(service.stop());
    assert_eq!(number(&connection, "SELECT uses FROM secrets"), 5);
    assert_eq!(
        number(&connection, "SELECT (SELECT last_used_at FROM secrets) = (SELECT last_used_at FROM clients)"),
        1
    );
    let shown = app.run("key show k -o json").ok().json();
    assert_eq!(shown["key"]["secrets"][0]["uses"], 5);
    assert!(shown["key"]["secrets"][0]["last_used_at"].is_string());
}

fn open(app: &App) -> Box<dyn Store> {
    apiconn::store::open(&StoreLocation::File(app.store()), Access::Write, Duration::from_secs(5)).unwrap()
}

/// Returns the number of uses on all days.
fn uses(app: &App, client: &str) -> i64 {
    let store = open(app);
    let days = store.read().unwrap().client_days(&client.parse().unwrap()).unwrap();
    days.iter().map(|day| day.uses).sum()
}

/// Returns the scopes that a client asked for.
fn asked(app: &App, client: &str) -> String {
    let store = open(app);
    let scopes = store.read().unwrap().client_scope_days(&client.parse().unwrap()).unwrap();
    scopes.iter().map(|asked| asked.scope.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn uses_are_counted_by_client_and_day_and_scope() {
    let app = App::in_real_time();
    app.user("tech1");
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read --scope work_orders.write");
    let idle = app.key("idle", "--scope assets.read");
    let public = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let service = Service::start(&app.store());
    let ask = |scope: &str| {
        service.post("/oauth/token", Some(&basic(&key)), &format!("grant_type=client_credentials{scope}"))
    };
    let token = ask("&scope=assets.read").json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask("&scope=made.up").status, 400);
    assert_eq!(service.token(&(key.0.clone(), format!("{}x", key.1))).status, 401);
    // An unauthenticated request with the id of a public client is no use of it.
    let unknown = format!("grant_type=refresh_token&refresh_token=x&client_id={}", public.client_id);
    assert_eq!(service.post("/oauth/token", None, &unknown).status, 400);
    for credential in [&token, &key.1] {
        assert_eq!(service.introspect(&gateway, credential).json()["active"], true);
    }
    assert_eq!(service.introspect(&key, &token).json()["active"], true);
    public.tokens(&service, &mut Browser::default(), "tech1");
    assert!(service.stop());
    // A token request, two introspections by the gateway and one of its own. The refused requests are no uses of the client.
    assert_eq!(uses(&app, &key.0), 4);
    assert_eq!(asked(&app, &key.0), "assets.read");
    assert_eq!((uses(&app, &gateway.0), asked(&app, &gateway.0).as_str()), (2, ""));
    assert_eq!((uses(&app, &idle.0), asked(&app, &idle.0).as_str()), (0, ""));
    assert_eq!((uses(&app, &public.client_id), asked(&app, &public.client_id).as_str()), (1, "assets.read"));
    // A request without the parameter asks for every scope of the client, and a second service adds to the counts.
    let service = Service::start(&app.store());
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
    assert_eq!((uses(&app, &key.0), asked(&app, &key.0).as_str()), (5, "assets.read work_orders.write"));
}

#[test]
fn only_requests_that_succeed_are_uses_of_the_client() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    let token = |client| service.token(client).json()["access_token"].as_str().unwrap().to_owned();
    let (own, of_gateway) = (token(&key), token(&gateway));
    let call = |path: &str, body: &str| service.post(path, Some(&basic(&key)), body).status;
    for (body, status) in [
        ("grant_type=client_credentials&scope=made.up", 400),
        ("grant_type=client_credentials&scope=openid", 400),
        ("grant_type=refresh_token&refresh_token=x", 400),
        ("grant_type=authorization_code&code=x", 400),
    ] {
        assert_eq!(call("/oauth/token", body), status, "{body}");
    }
    assert_eq!(call("/oauth/introspect", ""), 400);
    // The key has no right to introspect the token of another client.
    assert_eq!(service.introspect(&key, &of_gateway).json()["active"], false);
    for unknown in ["x", &of_gateway, "apca_unknown"] {
        assert_eq!(call("/oauth/revoke", &format!("token={unknown}")), 200, "{unknown}");
    }
    for _ in 0..2 {
        assert_eq!(call("/oauth/revoke", &format!("token={own}")), 200);
    }
    // A revoked token is answered for.
    assert_eq!(service.introspect(&gateway, &own).json()["active"], false);
    assert!(service.stop());
    // One token, and its revocation.
    assert_eq!((uses(&app, &key.0), asked(&app, &key.0).as_str()), (2, "assets.read"));
    assert_eq!(uses(&app, &gateway.0), 2);
    // The secret was accepted with each request.
    let shown = app.run("key show k -o json").ok().json();
    assert_eq!(shown["key"]["secrets"][0]["uses"], 12);
}

#[test]
fn a_secret_that_introspects_itself_is_used_once() {
    let app = App::in_real_time();
    let gateway = app.key("gateway", "--scope apiconn:introspect");
    let key = app.key("k", "--scope assets.read");
    let service = Service::start(&app.store());
    for credential in [&gateway.1, &key.1] {
        assert_eq!(service.introspect(&gateway, credential).json()["active"], true);
    }
    assert!(service.stop());
    let secret_uses = |name: &str| {
        app.run(&format!("key show {name} -o json")).ok().json()["key"]["secrets"][0]["uses"].clone()
    };
    assert_eq!((uses(&app, &gateway.0), secret_uses("gateway")), (2, 2.into()));
    assert_eq!((uses(&app, &key.0), secret_uses("k")), (1, 1.into()));
}

#[test]
fn scopes_are_asked_for_also_if_they_are_not_given() {
    let app = App::in_real_time();
    app.user("tech1");
    let scopes = "--scope assets.read --scope work_orders.write";
    let client = app.code_client("field-app", "https://field.example/cb", scopes);
    let mut browser = Browser::default();
    let service = Service::start(&app.store());
    let restart = |service: Service| {
        assert!(service.stop());
        let asked = asked(&app, &client.client_id);
        app.sql("DELETE FROM client_scope_days");
        (asked, Service::start(&app.store()))
    };
    let page = browser.get(&service, &client.path(&[]));
    let page = browser.sign_in(&service, &page, "tech1");
    // A denied request is none.
    browser.decide(&service, &page, "deny", &[]);
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "");
    let page = browser.get(&service, &client.path(&[]));
    let answer = browser.decide(&service, &page, "allow", &["assets.read"]);
    let code = query(&answer.header("location"))["code"].clone();
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "assets.read work_orders.write", "the user allowed assets.read only");
    let issued = client.exchange(&service, &code).json();
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "", "a code was asked for before");
    let mut refresh = issued["refresh_token"].as_str().unwrap().to_owned();
    let mut renew = |service: &Service, scope: Option<&str>| {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        fields.extend(scope.map(|scope| ("scope", scope)));
        let answer = client.call(service, "/oauth/token", &fields);
        assert_eq!(answer.json()["scope"], "assets.read", "{answer:?}");
        refresh = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    };
    // The refresh token has both scopes, and the grant has lost one.
    app.sql("UPDATE tokens SET scope = 'assets.read work_orders.write' WHERE kind = 'refresh'");
    renew(&service, None);
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "assets.read work_orders.write");
    renew(&service, Some("openid assets.read"));
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "assets.read");
    app.run("consumer edit field-app --remove-scope work_orders.write").ok();
    renew(&service, None);
    let (recorded, service) = restart(service);
    assert_eq!(recorded, "assets.read", "a scope that the client does not have is not recorded");
    assert!(service.stop());
}

#[test]
fn uses_are_one_row_a_day_and_old_days_are_deleted() {
    let app = App::in_real_time();
    let ids = [app.key("a", "--scope assets.read").0, app.key("b", "--scope assets.read").0];
    let ids: Vec<ClientId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let store = open(&app);
    let day = Day::from_number;
    let add = |number: i64, uses: i64| {
        let clients = ids.iter().map(|client| ClientUsage {
            client: client.clone(),
            days: vec![DayUses { day: day(number), uses }],
            scopes: vec![ScopeUse { scope: "assets.read".parse().unwrap(), last_day: day(number) }],
        });
        let mut write = store.write(&FixedClock(Timestamp::from_millis(0))).unwrap();
        write.add_uses(&Uses { clients: clients.collect(), ..Uses::default() }).unwrap();
        write.commit().unwrap();
    };
    for number in 0..150 {
        add(number, 1);
        add(number, 2);
    }
    // An earlier day does not set the last day back.
    add(120, 1);
    let connection = raw(&app.store());
    let rows = |table: &str| number(&connection, &format!("SELECT count(*) FROM {table}"));
    assert_eq!((rows("client_days"), rows("client_scope_days")), (300, 2));
    let sweep = |limit: u32| {
        let mut write = store.write(&FixedClock(Timestamp::from_millis(0))).unwrap();
        write.sweep_client_days(day(50), limit).unwrap();
        write.commit().unwrap();
    };
    sweep(60);
    assert_eq!(rows("client_days"), 240, "a sweep is limited");
    sweep(60);
    sweep(60);
    let read = store.read().unwrap();
    for id in &ids {
        let days = read.client_days(id).unwrap();
        assert_eq!((days.len(), days[0].day, days[99].day), (100, day(149), day(50)));
        assert_eq!((days[0].uses, days[29].uses), (3, 4));
        let scopes = read.client_scope_days(id).unwrap();
        assert_eq!(scopes, [ScopeUse { scope: "assets.read".parse().unwrap(), last_day: day(149) }]);
    }
    // Uses of a client that does not exist are dropped.
    let unknown = ClientUsage {
        client: "apck_test_000000000000".parse().unwrap(),
        days: vec![DayUses { day: day(149), uses: 1 }],
        scopes: vec![],
    };
    drop(read);
    let mut write = store.write(&FixedClock(Timestamp::from_millis(0))).unwrap();
    write.add_uses(&Uses { clients: vec![unknown], ..Uses::default() }).unwrap();
    write.commit().unwrap();
    assert_eq!(rows("client_days"), 200);
}

#[test]
fn a_service_deletes_uses_older_than_100_days() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    app.sql(
        "WITH RECURSIVE past (n) AS (SELECT 1 UNION SELECT n + 1 FROM past WHERE n < 200) \
         INSERT INTO client_days (client_seq, day, uses) \
         SELECT 1, unixepoch() / 86400 - n, 1 FROM past",
    );
    let service = Service::start(&app.store());
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
    assert_eq!(app.number("SELECT count(*) FROM client_days"), 100);
    assert_eq!(app.number("SELECT max(day) - min(day) FROM client_days"), 99);
}
