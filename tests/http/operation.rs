//! Operations: the request log, health, metrics, shutdown and `serve --check`.

use std::collections::HashSet;
use std::fs::{File, read_to_string};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::App;
use crate::support::process::{Service, basic, ok, run};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Parses a log with one JSON object a line.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn each_request_has_an_id_and_one_log_line() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let answers = [
        service.token(&key),
        service.token(&(key.0.clone(), "wrong".to_owned())),
        service.request("GET", "/.well-known/oauth-authorization-server/any/where?q=1", &[], ""),
        service.request("BREW", "/oauth/token", &[], ""),
        service.request("GET", "/no/such/path?token=x", &[], ""),
        service.request("POST", "/oauth/token", &[FORM], &"x".repeat(70_000)),
    ];
    assert!(service.stop());
    let lines = lines(&read_to_string(path).unwrap());
    let logged: Vec<_> = lines[..6]
        .iter()
        .map(|line| {
            (
                line["route"].as_str().unwrap(),
                line["method"].as_str().unwrap(),
                line["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        logged,
        [
            ("/oauth/token", "POST", 200),
            ("/oauth/token", "POST", 401),
            ("/.well-known/oauth-authorization-server/{*path}", "GET", 404),
            ("/oauth/token", "other", 405),
            ("none", "GET", 404),
            ("/oauth/token", "POST", 413),
        ]
    );
    // The client of a 401 is logged if it exists.
    assert_eq!(
        (&lines[0]["client_id"], &lines[1]["client_id"]),
        (&key.0.clone().into(), &key.0.clone().into())
    );
    assert!(lines[2..6].iter().all(|line| line.get("client_id").is_none()), "{lines:?}");
    let errors: Vec<_> = lines[..6].iter().map(|line| line["error"].as_str().unwrap_or("-")).collect();
    assert_eq!(
        errors,
        ["-", "invalid_client", "invalid_request", "invalid_request", "invalid_request", "invalid_request"]
    );
    let mut ids = HashSet::new();
    for (answer, line) in answers.iter().zip(&lines) {
        let id = line["request_id"].as_str().unwrap();
        assert!(id.starts_with("req_") && id.len() == 16, "{id}");
        assert!(
            answer.headers.contains(&format!("\r\nrequest-id: {}\r\n", id.to_ascii_lowercase())),
            "{answer:?}"
        );
        assert!(ids.insert(id.to_owned()), "{id} is not unique");
        let time = line["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
        assert!(line["duration_ms"].as_f64().unwrap() < 10_000.0);
    }
    // The last line shows an orderly stop.
    assert_eq!((lines.len(), lines[6]["event"].as_str()), (7, Some("stopped")));
}

#[test]
fn the_log_contains_nothing_that_a_client_sends() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    let authorization = basic(&key);
    for (method, path) in [("POST", "/oauth/token"), ("GET", "/CANARY"), ("CANARY", "/oauth/introspect")] {
        let path = format!("{path}?q=CANARY&token={token}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Cookie", "session=CANARY"),
            ("Referer", "https://CANARY.example/"),
            ("User-Agent", "CANARY\t[31m"),
            ("X-CANARY", "CANARY"),
            FORM,
        ];
        service.request(method, &path, &headers, &format!("grant_type=CANARY&token={token}"));
    }
    assert!(service.stop());
    let text = read_to_string(path).unwrap();
    assert_eq!(lines(&text).len(), 5);
    for sent in ["CANARY", &token, &key.1, &authorization, "q="] {
        assert!(!text.contains(sent), "{sent:?} is in the log: {text}");
    }
}

#[test]
fn a_log_that_is_off_or_not_read_delays_no_request() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &["--log", "off"], File::create(&path).unwrap());
    let answer = service.token(&key);
    assert!(answer.headers.contains("\r\nrequest-id: req_"), "{answer:?}");
    assert!(service.stop());
    assert_eq!(read_to_string(path).unwrap(), "");
    // A pipe buffers 64 KiB, which is fewer than 600 lines.
    let (reader, writer) = std::io::pipe().unwrap();
    let service = Service::start_logging(&app.store(), &[], writer);
    for _ in 0..600 {
        assert_eq!(service.request("GET", "/", &[], "").status, 404);
    }
    // A closed log does not stop the service either.
    drop(reader);
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
}

#[test]
fn a_text_log_has_the_values_of_a_json_log() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &["--log", "text"], File::create(&path).unwrap());
    assert_eq!(service.token(&key).status, 200);
    assert!(service.stop());
    let text = read_to_string(path).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines[0][1..4], ["200", "POST", "/oauth/token"], "{text}");
    assert_eq!((lines[0].last(), lines[1].len()), (Some(&key.0.as_str()), 3), "{text}");
    assert_eq!(lines[1][1..], ["INFO", "stopped"], "{text}");
}

#[test]
fn health_and_metrics_have_their_own_listener() {
    let app = App::in_real_time();
    let key = app.key("canary-key", "--scope assets.read --scope apiconn:introspect");
    let service = Service::start_with(&app.store(), &["--operations", "127.0.0.1:0"]);
    let health = service.operations("/healthz", None);
    assert_eq!((health.status, health.json()), (200, serde_json::json!({"status": "ok"})));
    let token = service.token(&key).json()["access_token"].as_str().unwrap().to_owned();
    service.token(&(key.0.clone(), "wrong".to_owned()));
    service.introspect(&key, &token);
    service.request("GET", "/canary?canary=1", &[("Canary", "canary")], "");
    service.request("CANARY", "/oauth/token", &[], "");
    let answer = service.operations("/metrics", None);
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .headers
            .contains("\r\ncontent-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
        "{answer:?}"
    );
    for line in [
        "apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"2xx\"} 1",
        "apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"4xx\"} 1",
        "apiconn_http_requests_total{route=\"/oauth/token\",method=\"other\",status=\"4xx\"} 1",
        "apiconn_http_requests_total{route=\"/oauth/introspect\",method=\"POST\",status=\"2xx\"} 1",
        "apiconn_http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"} 1",
        "apiconn_http_request_duration_seconds_count{route=\"/oauth/token\"} 3",
        "apiconn_tokens_issued_total{grant_type=\"client_credentials\"} 1",
        "apiconn_refusals_total{error=\"invalid_client\"} 1",
        "apiconn_refusals_total{error=\"invalid_request\"} 2",
        "apiconn_connections_refused_total 0",
        "apiconn_log_lines_dropped_total 0",
        "apiconn_build_info{version=\"0.1.0\"} 1",
    ] {
        assert!(answer.body.lines().any(|other| other == line), "{line} is not in {}", answer.body);
    }
    // Each value is a number, each name is declared once, and no metric contains client data.
    let mut declared = HashSet::new();
    for line in answer.body.lines() {
        if let Some(declaration) = line.strip_prefix("# TYPE ") {
            assert!(declared.insert(declaration.split(' ').next().unwrap().to_owned()), "{line}");
        } else if !line.starts_with("# HELP ") && line != "# EOF" {
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
    for word in ["canary", "CANARY", key.0.as_str(), &token, "127.0.0.1"] {
        assert!(!answer.body.contains(word), "{word}: {}", answer.body);
    }
    // Each listener serves only its own paths. Any host may be named, since a probe names the address of its target.
    assert_eq!(service.operations("/oauth/token", None).status, 404);
    for path in ["/metrics", "/healthz", "/readyz", "/livez"] {
        assert_eq!(service.request("GET", path, &[], "").status, 404, "{path}");
        assert_eq!(service.operations(path, Some("evil.example")).status, 200, "{path}");
    }
}

#[test]
fn health_reports_a_missing_store_until_it_is_back() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let service = Service::start_with(&app.store(), &["--operations", "127.0.0.1:0"]);
    let away = app.folder().join("away.db");
    std::fs::rename(app.store(), &away).unwrap();
    let health = service.operations("/healthz", None);
    assert_eq!(
        (health.status, health.json()),
        (503, serde_json::json!({"status": "degraded", "store": "missing"}))
    );
    assert_eq!(service.token(&key).status, 503);
    let metrics = service.operations("/metrics", None).body;
    assert!(metrics.contains("\napiconn_store_errors_total{kind=\"missing\"} "), "{metrics}");
    std::fs::rename(&away, app.store()).unwrap();
    assert_eq!(service.operations("/healthz", None).status, 200);
    assert_eq!(service.token(&key).status, 200);
}

#[test]
fn shutdown_answers_open_requests_on_both_listeners() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let log = File::create(&path).unwrap();
    let service = Service::start_logging(&app.store(), &["--operations", "127.0.0.1:0"], log);
    let (address, operations) = (service.address, service.operations.unwrap());
    // A request whose body is incomplete when the signal arrives.
    let body = "grant_type=client_credentials";
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n{}: {}\r\nContent-Length: {}\r\n\r\n",
        basic(&key),
        FORM.0,
        FORM.1,
        body.len()
    );
    let mut open = TcpStream::connect(address).unwrap();
    open.write_all(format!("{head}{}", &body[..10]).as_bytes()).unwrap();
    // An idle connection on each listener. The answers show that earlier connections were accepted.
    let idle = [address, operations].map(|address| TcpStream::connect(address).unwrap());
    assert_eq!(service.token(&key).status, 200);
    assert_eq!(service.operations("/healthz", None).status, 200);
    let stopped = std::thread::spawn(move || service.stop());
    // New connections are refused, then the open request is answered.
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    open.write_all(&body.as_bytes()[10..]).unwrap();
    let mut text = String::new();
    open.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{text}");
    drop(idle);
    assert!(stopped.join().unwrap());
    assert!(TcpStream::connect(operations).is_err());
    assert_eq!(lines(&read_to_string(path).unwrap()).last().unwrap()["event"], "stopped");
}

#[test]
fn serve_check_tests_every_option_and_changes_nothing() {
    let app = App::in_real_time();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let check = |words: &[&str]| {
        let output = run(&app.store(), &[&["serve", "--check"], words].concat());
        assert_eq!(output.stdout, b"");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    let rows = app.rows();
    let (code, text) =
        check(&["--listen", &free, "--behind-proxy", "127.0.0.1,fd00::/64", "--operations", "127.0.0.1:0"]);
    assert_eq!(code, Some(0), "{text}");
    let report: Vec<&str> = text.lines().collect();
    assert!(report[0].starts_with("Store: ") && report[0].contains("base.db, schema "), "{text}");
    assert_eq!(
        report[1..],
        [
            "Base: Acme Maintenance, environment test",
            "Issuer: https://auth.example",
            &format!("Listen: {free}"),
            "Proxies: 127.0.0.1, fd00::/64",
            "Operations: 127.0.0.1:0",
        ]
    );
    // Valid options that are probably a mistake get a warning.
    let (code, text) = check(&["--listen", &free]);
    assert!(
        code == Some(0) && text.contains("warning: https://auth.example is reached through a proxy"),
        "{text}"
    );
    let (code, text) = check(&["--listen", &free, "--issuer", "http://127.0.0.1:1"]);
    assert!(code == Some(0) && text.contains("warning: clients are sent to http://127.0.0.1:1"), "{text}");
    // Invalid options fail with the exit code of `serve`.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).unwrap();
    for flag in ["--listen", "--operations"] {
        let (code, text) =
            check(&["--listen", &free, flag, &taken.1][if flag == "--listen" { 2 } else { 0 }..]);
        assert!(
            code == Some(1) && text.contains(&format!("give another address with {flag}")),
            "{flag}: {text}"
        );
    }
    for (words, exit) in [
        (&["--listen", "192.0.2.1:80"][..], 5),
        (&["--listen", &free, "--operations", "192.0.2.1:80"], 5),
        (&["--listen", &free, "--store", "/nowhere/base.db"], 6),
        (&["--listen", "localhost"], 2),
    ] {
        let (code, text) = check(words);
        assert_eq!(code, Some(exit), "{words:?}: {text}");
    }
    let writer = app.raw();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(check(&["--listen", &free]).0, Some(6));
    drop(writer);
    assert_eq!(app.rows(), rows);
}

#[test]
fn a_store_fault_is_logged_at_its_start_and_its_end() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let away = app.folder().join("away.db");
    std::fs::rename(app.store(), &away).unwrap();
    for _ in 0..3 {
        assert_eq!(service.token(&key).status, 503);
    }
    std::fs::rename(&away, app.store()).unwrap();
    for _ in 0..3 {
        assert_eq!(service.token(&key).status, 200);
    }
    assert!(service.stop());
    let lines = lines(&read_to_string(path).unwrap());
    let events: Vec<_> =
        lines.iter().filter_map(|line| Some((line["event"].as_str()?, &line["kind"]))).collect();
    assert_eq!(
        events,
        [
            ("store cannot be used", &serde_json::json!("missing")),
            ("store can be used again", &serde_json::Value::Null),
            ("stopped", &serde_json::Value::Null),
        ]
    );
    let error = lines.iter().find_map(|line| line["error"].as_str()).unwrap();
    assert!(error.starts_with("there is no store at "), "{error}");
}

#[test]
fn invalid_serve_options_are_refused_before_serving() {
    let app = App::new();
    for (words, exit, message) in [
        (
            "serve --listen localhost:8080",
            2,
            "\"localhost:8080\" is not an address with a port, such as 127.0.0.1:8080",
        ),
        ("serve --operations 9080", 2, "\"9080\" is not an address with a port"),
        ("serve --dry-run", 2, "serve does not accept --dry-run"),
    ] {
        let run = app.run(words).exits(exit);
        assert!(run.err.contains(message), "{words}: {}", run.err);
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = app.run(&format!("serve --check --listen {free} --operations {free}")).exits(1);
    assert!(run.err.contains(&format!("cannot listen on {free}")), "{}", run.err);
}

#[test]
fn a_refused_public_client_is_logged() {
    let app = App::in_real_time();
    let spa = app.code_client("spa", "https://spa.example/cb", "--public --scope assets.read");
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    let body =
        format!("grant_type=authorization_code&client_id={}&code=apcg_x&code_verifier=x", spa.client_id);
    assert_eq!(service.request("POST", "/oauth/token", &[FORM], &body).status, 400);
    assert!(service.stop());
    assert_eq!(lines(&read_to_string(path).unwrap())[0]["client_id"], spa.client_id.as_str());
}

#[test]
fn damage_under_a_running_service_is_logged_and_counted() {
    let app = App::in_real_time();
    let key = app.key("k", "--scope assets.read");
    let path = app.folder().join("log");
    let log = File::create(&path).unwrap();
    let service = Service::start_logging(&app.store(), &["--operations", "127.0.0.1:0"], log);
    let damaged = "\napiconn_store_errors_total{kind=\"damaged\"} ";
    assert!(!service.operations("/metrics", None).body.contains(damaged));
    app.raw().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    // The pages that hold clients and secrets; the service begins its transactions without them.
    let file = std::fs::OpenOptions::new().write(true).open(app.store()).unwrap();
    let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![0xff; size - 8192], 8192).unwrap();
    for _ in 0..3 {
        assert_eq!(service.token(&key).status, 503);
    }
    let metrics = service.operations("/metrics", None).body;
    // One in each failed transaction: a request has one or two.
    let count = metrics.split_once(damaged).and_then(|(_, rest)| rest.lines().next());
    assert!(matches!(count, Some("3" | "4" | "5" | "6")), "{metrics}");
    assert!(service.stop());
    let lines = lines(&read_to_string(path).unwrap());
    let reported: Vec<_> = lines.iter().filter(|line| line["event"] == "store cannot be used").collect();
    assert_eq!(reported.len(), 1, "{lines:?}");
    assert_eq!(reported[0]["kind"], "damaged");
    let error = reported[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the store is damaged: "), "{error}");
}
