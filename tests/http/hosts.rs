//! Hosts and paths under which the service is called.

use std::fs::{File, read_to_string};

use serde_json::Value;

use crate::support::App;
use crate::support::process::{Answer, Service, basic, ok};

use super::assert_error;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const METADATA: &str = "/.well-known/oauth-authorization-server";
const ISSUER: &str = "https://auth.example";

/// Sends a request with this `Host` and these headers on a new connection.
fn send(
    service: &Service,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    service.raw(&head, body)
}

fn get(service: &Service, host: &str, path: &str) -> Answer {
    send(service, host, "GET", path, &[], "")
}

/// Starts the service of a base with the issuer [`ISSUER`]. Returns the credentials of a key that may introspect.
fn start() -> (App, (String, String), Service) {
    let app = App::in_real_time();
    app.run(&format!("settings set issuer {ISSUER}")).ok();
    let key = app.key("gateway", "--scope assets.read --scope apiconn:introspect");
    let service = Service::start(&app.store());
    (app, key, service)
}

#[test]
fn programs_may_use_addresses_and_additional_names() {
    let (app, key, service) = start();
    ok(&app.store(), &["settings", "set", "additional_hosts", "apiconn,Auth.Internal"]);
    let authorization = basic(&key);
    for host in [
        "auth.example",
        "127.0.0.1",
        "10.0.1.5:8080",
        "[fd00::1]:8080",
        "localhost",
        "apiconn:8080",
        "APICONN.",
        "auth.internal",
    ] {
        let post = |path: &str, body: &str| {
            let answer = send(&service, host, "POST", path, &[FORM, ("Authorization", &authorization)], body);
            assert_eq!(answer.status, 200, "{host} {path}: {answer:?}");
            answer
        };
        let token = post("/oauth/token", "grant_type=client_credentials").json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(post("/oauth/introspect", &format!("token={token}")).json()["iss"], ISSUER, "{host}");
        post("/oauth/revoke", &format!("token={token}"));
        let metadata = get(&service, host, METADATA).json();
        assert_eq!(metadata["issuer"], ISSUER, "{host}");
        assert_eq!(metadata["token_endpoint"], "https://auth.example/oauth/token", "{host}");
    }
    // A name that is removed is refused from the next request on.
    ok(&app.store(), &["settings", "set", "additional_hosts", "none"]);
    for host in ["apiconn", "auth.internal", "0.0.0.0", "[::]", "evil.example", "auth.example."] {
        assert_error(host, &get(&service, host, METADATA), 421, "invalid_request");
    }
}

#[test]
fn pages_are_served_under_the_issuer_alone() {
    let (app, _, service) = start();
    ok(&app.store(), &["settings", "set", "additional_hosts", "apiconn"]);
    assert_eq!(get(&service, "auth.example", "/login").status, 200);
    for host in ["apiconn", "apiconn:8080", "127.0.0.1", "[::1]:8080", "localhost", "10.0.1.5"] {
        for path in [
            "/login",
            "/login?request=x&lang=es",
            "/logout",
            "/account/applications",
            "/oauth/authorize?response_type=code&client_id=x&state=%22%0d%0a",
            "/assets/apiconn.css",
        ] {
            for method in ["GET", "HEAD"] {
                let answer = send(&service, host, method, path, &[], "");
                assert_eq!(answer.status, 303, "{host} {method} {path}: {answer:?}");
                assert_eq!(answer.header("location"), format!("{ISSUER}{path}"), "{host}");
                assert!(!answer.headers.contains("set-cookie"), "{answer:?}");
            }
        }
        for path in ["/login", "/logout", "/oauth/authorize", "/account/applications/revoke"] {
            let answer = send(&service, host, "POST", path, &[FORM], "username=tech1&password=x");
            assert_error(path, &answer, 421, "invalid_request");
        }
    }
}

#[test]
fn a_changed_issuer_moves_the_pages_at_once() {
    let (app, _, service) = start();
    assert_eq!(get(&service, "auth.example", "/login").status, 200);
    ok(&app.store(), &["settings", "set", "additional_hosts", "auth.example"]);
    ok(&app.store(), &["settings", "set", "issuer", "https://login.example"]);
    let answer = get(&service, "auth.example", "/login");
    assert_eq!((answer.status, answer.header("location").as_str()), (303, "https://login.example/login"));
    assert_eq!(get(&service, "login.example", "/login").status, 200);
    let named = Service::start_with(&app.store(), &["--issuer", "https://named.example:8443"]);
    assert_eq!(get(&named, "named.example:8443", "/login").status, 200);
    assert_eq!(get(&named, "auth.example", "/login").header("location"), "https://named.example:8443/login");
    assert_eq!(get(&named, "login.example", "/login").status, 421);
}

#[test]
fn a_refused_host_is_logged_and_kept_for_the_administrator() {
    let app = App::in_real_time();
    let log = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &["--log", "json"], File::create(&log).unwrap());
    let large = format!("{}.example", "h".repeat(300));
    let cases = [
        ("evil.example", "evil.example".to_owned()),
        ("b\u{fc}cher.example\u{202e}\"\\", "b\\xc3\\xbccher.example\\xe2\\x80\\xae\\\"\\\\".to_owned()),
        (large.as_str(), "h".repeat(255)),
        ("", String::new()),
    ];
    let answers: Vec<Answer> = cases.iter().map(|(host, _)| get(&service, host, METADATA)).collect();
    assert!(service.stop());
    let lines: Vec<Value> = read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["status"] == 421)
        .collect();
    for (((sent, kept), answer), line) in cases.iter().zip(&answers).zip(&lines) {
        assert_error(sent, answer, 421, "invalid_request");
        let id = answer.header("request-id");
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert_eq!(description, format!("the request names a host that is not allowed ({id})"));
        assert_eq!((&line["request_id"], &line["host"]), (&id.clone().into(), &kept.clone().into()));
        let refusal = &app.run(&format!("refusal show {id} -o json")).ok().json()["refusal"];
        assert_eq!((&refusal["check"], &refusal["host"]), (&"host_not_allowed".into(), &kept.clone().into()));
        // The request was not authenticated, so no command opens the service for its host.
        assert_eq!(refusal["suggested_command"], Value::Null, "{refusal}");
    }
}

#[test]
fn a_changed_issuer_moves_the_endpoints_at_once() {
    let (app, key, service) = start();
    let authorization = basic(&key);
    let headers = [FORM, ("Authorization", authorization.as_str())];
    let body = "grant_type=client_credentials&token=x";
    let mut hosts = ["auth.example", "login.example"];
    for (method, path) in [
        ("POST", "/oauth/token"),
        ("POST", "/oauth/introspect"),
        ("POST", "/oauth/revoke"),
        ("GET", METADATA),
        ("POST", "/oauth/token"),
    ] {
        let [old, new] = hosts;
        assert_eq!(send(&service, old, method, path, &headers, body).status, 200, "{path}");
        ok(&app.store(), &["settings", "set", "issuer", &format!("https://{new}")]);
        let answer = send(&service, old, method, path, &headers, body);
        assert_error(path, &answer, 421, "invalid_request");
        assert_eq!(send(&service, new, method, path, &headers, body).status, 200, "{path}");
        hosts.reverse();
    }
    let named = Service::start_with(&app.store(), &["--issuer", "https://named.example"]);
    assert_eq!(send(&named, "named.example", "POST", "/oauth/token", &headers, body).status, 200);
    assert_eq!(send(&named, hosts[0], "POST", "/oauth/token", &headers, body).status, 421);
}

#[test]
fn the_refused_one_of_two_hosts_is_recorded() {
    let app = App::in_real_time();
    app.run(&format!("settings set issuer {ISSUER}")).ok();
    app.run("settings set additional_hosts apiconn").ok();
    let log = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &["--log", "json"], File::create(&log).unwrap());
    let cases = [
        ("GET", METADATA, "auth.example", "evil.example", "evil.example", "host_not_allowed"),
        ("GET", METADATA, "evil.example", "auth.example", "evil.example", "host_not_allowed"),
        ("GET", METADATA, "apiconn", "evil.example:1", "evil.example:1", "host_not_allowed"),
        (
            "GET",
            METADATA,
            "auth.example",
            "b\u{fc}cher.example",
            "b\\xc3\\xbccher.example",
            "host_not_allowed",
        ),
        ("GET", "/login", "127.0.0.1", "evil.example", "evil.example", "host_not_allowed"),
        ("POST", "/login", "auth.example", "apiconn", "apiconn", "host_without_pages"),
        ("POST", "/login", "apiconn", "auth.example", "apiconn", "host_without_pages"),
    ];
    let answers = cases.map(|(method, path, target, host, ..)| {
        let head = format!("{method} https://{target}{path} HTTP/1.1\r\nHost: {host}\r\n");
        service.raw(&format!("{head}Connection: close\r\nContent-Length: 0\r\n\r\n"), "")
    });
    assert!(service.stop());
    let lines: Vec<Value> =
        read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((method, path, target, host, recorded, check), answer) in cases.iter().zip(&answers) {
        let case = format!("{method} {target}{path} with {host}");
        assert_error(&case, answer, 421, "invalid_request");
        let id = answer.header("request-id");
        let line = lines.iter().find(|line| line["request_id"] == id.as_str()).unwrap();
        assert_eq!(line["host"], *recorded, "{case}");
        let refusal = &app.run(&format!("refusal show {id} -o json")).ok().json()["refusal"];
        assert_eq!((&refusal["check"], &refusal["host"]), (&(*check).into(), &(*recorded).into()), "{case}");
        assert!(refusal["why"].as_str().unwrap().contains(recorded), "{case}: {refusal}");
    }
}

#[test]
fn the_service_answers_below_the_path_of_the_issuer() {
    let (app, key, service) = start();
    assert_eq!(get(&service, "auth.example", "/base1/login").status, 404);
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example/base1"]);
    let authorization = basic(&key);
    for prefix in ["", "/base1"] {
        let get = |path: &str| get(&service, "auth.example", &format!("{prefix}{path}"));
        let page = get("/login");
        assert_eq!(page.status, 200, "{prefix}: {page:?}");
        for link in ["action=\"/base1/login\"", "href=\"/base1/assets/"] {
            assert!(page.body.contains(link), "{prefix} {link}: {}", page.body);
        }
        assert_eq!(get("/account/applications").header("location"), "/base1/login", "{prefix}");
        let headers = [FORM, ("Authorization", authorization.as_str()), ("Origin", "https://evil.example")];
        let path = format!("{prefix}/oauth/token");
        let answer =
            send(&service, "apiconn.invalid", "POST", &path, &headers, "grant_type=client_credentials");
        assert_eq!(answer.status, 421, "{answer:?}");
        let answer = send(&service, "127.0.0.1", "POST", &path, &headers, "grant_type=client_credentials");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(get("/oauth/token").status, 405);
        assert_eq!(get("/nowhere").status, 404);
    }
    let redirect = get(&service, "127.0.0.1", "/base1/login?x=1");
    assert_eq!(redirect.header("location"), "https://auth.example/base1/login?x=1");
    assert_eq!(
        get(&service, "auth.example", &format!("{METADATA}/base1")).json()["issuer"],
        "https://auth.example/base1"
    );
    for path in [
        "/base1",
        "/base1/",
        "/base1x/login",
        "/base2/login",
        "/base1/base1/login",
        "/BASE1/login",
        "//base1/login",
    ] {
        assert_eq!(get(&service, "auth.example", path).status, 404, "{path}");
    }
}

#[test]
fn a_secret_in_a_host_is_not_logged() {
    let app = App::in_real_time();
    app.run(&format!("settings set issuer {ISSUER}")).ok();
    let (id, secret) = app.key("gateway", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let random = secret.rsplit('_').next().unwrap();
    let texts = [
        secret.clone(),
        secret[1..].to_owned(),
        secret.replace('_', "-"),
        secret.to_uppercase(),
        format!("{random}.example"),
        format!("{id}-{random}"),
    ];
    for text in &texts {
        assert_eq!(get(&service, text, METADATA).status, 421, "{text}");
        let target = format!("http://{text}{METADATA}");
        assert_eq!(get(&service, "auth.example", &target).status, 421, "{text}");
        let headers =
            [("X-Request-Id", text.as_str()), ("User-Agent", text), ("Origin", text), ("Referer", text)];
        let answer = send(&service, "auth.example", "GET", &format!("/{text}?{text}"), &headers, "");
        assert_eq!(answer.status, 404, "{text}");
    }
    assert!(service.stop());
    let log = read_to_string(path).unwrap();
    assert!(
        log.contains("\"host\":\"apcs_[hidden]\"") && log.contains("\"host\":\"[hidden].example\""),
        "{log}"
    );
    let log = log.to_lowercase();
    assert!(!log.contains(&random.to_lowercase()), "{log}");
}
