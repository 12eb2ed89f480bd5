//! Unix sockets, socket activation, proxies, the findings at the start, SIGHUP and the memory of the process.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::App;
use crate::support::process::{Answer, Service, apiconn, basic, ok, run, terminate};
use crate::support::tools;

const LONG: Duration = Duration::from_secs(20);

/// Requests a path over a Unix socket.
fn get(socket: &Path, path: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    Service::raw_on(UnixStream::connect(socket).unwrap(), &head, "")
}

/// The head of a request for a token with a wrong secret, and its body.
fn wrong_secret(key: &(String, String), forwarded: &str) -> (String, &'static str) {
    let body = "grant_type=client_credentials";
    let authorization = basic(&(key.0.clone(), format!("{}xxxx", &key.1[..57])));
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{forwarded}\r\n",
        body.len()
    );
    (head, body)
}

/// Returns the number of addresses for which wrong secrets were counted. The counters are reset.
fn counted_addresses(app: &App) -> i64 {
    let count = app.number("SELECT count(*) FROM throttles WHERE kind = 'client_secret_from'");
    app.sql("DELETE FROM throttles");
    count
}

/// Starts a service that has no TCP socket, and waits until it listens. Returns the lines until then.
fn spawn(mut command: Command) -> (Child, Vec<String>) {
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let mut lines = Vec::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the service did not start: {lines:?}");
        lines.push(line.trim_end().to_owned());
        if line.starts_with("Listening on ") {
            break;
        }
    }
    // Later output must not fill the pipe.
    std::thread::spawn(move || {
        let mut rest = Vec::new();
        let _ = stderr.read_to_end(&mut rest);
    });
    (child, lines)
}

fn stop(mut child: Child) {
    terminate(&child);
    assert!(child.wait().unwrap().success());
}

/// Waits until a condition holds.
#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "it did not happen");
        std::thread::yield_now();
    }
}

#[test]
fn a_unix_socket_has_its_mode_and_is_removed_at_the_end() {
    let app = App::in_real_time();
    let path = app.folder().join("http.sock");
    let address = format!("unix:{}", path.display());
    for (words, mode) in
        [(&[][..], 0o660), (&["--socket-mode", "0600"], 0o600), (&["--socket-mode", "666"], 0o666)]
    {
        let mut command = apiconn(&app.store());
        command.args(["serve", "--listen", &address]).args(words);
        let (child, lines) = spawn(command);
        assert_eq!(lines.last().unwrap(), &format!("Listening on {address}, issuer http://127.0.0.1:8080"));
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert_eq!(metadata.mode() & 0o7777, mode, "{words:?}");
        let answer = get(&path, "/.well-known/oauth-authorization-server");
        assert_eq!(answer.json()["issuer"], "http://127.0.0.1:8080");
        stop(child);
        assert!(!path.exists());
    }
}

#[test]
fn a_unix_socket_gets_the_named_group() {
    if !rustix::process::geteuid().is_root() {
        tools::leave_out("permission to change a group");
        return;
    }
    let app = App::in_real_time();
    let path = app.folder().join("http.sock");
    let address = format!("unix:{}", path.display());
    let service = Service::start_with(
        &app.store(),
        &["--listen", &address, "--socket-group", "65534", "--socket-mode", "0660"],
    );
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert_eq!((metadata.gid(), metadata.mode() & 0o777), (65_534, 0o660));
    assert!(service.stop());
    let free = app.run(&format!("serve --check --listen {address} --socket-group no-such-group")).exits(2);
    assert!(free.err.contains("there is no Unix group \"no-such-group\""), "{}", free.err);
}

#[test]
fn the_socket_of_a_killed_service_is_replaced() {
    let app = App::in_real_time();
    let path = app.folder().join("http.sock");
    let address = format!("unix:{}", path.display());
    // Dropped without a stop, so that it is killed.
    drop(Service::start_with(&app.store(), &["--listen", &address]));
    assert!(path.exists());
    let service = Service::start_with(&app.store(), &["--listen", &address]);
    assert_eq!(get(&path, "/login").status, 200);
    for words in [&["serve", "--listen", &address][..], &["serve", "--check", "--listen", &address]] {
        let output = run(&app.store(), words);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains(&format!("cannot listen on {address}: another process listens on it")),
            "{error}"
        );
    }
    assert_eq!(get(&path, "/login").status, 200);
    assert!(service.stop());
    let file = app.folder().join("file");
    fs::write(&file, "text").unwrap();
    let output = run(&app.store(), &["serve", "--listen", &format!("unix:{}", file.display())]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && error.contains("a file that is not a socket"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[test]
fn forwarded_addresses_are_read_with_ports_and_brackets() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read");
    let path = app.folder().join("log");
    let words = ["--behind-proxy", "127.0.0.1", "--operations", "127.0.0.1:0"];
    let service = Service::start_logging(&app.store(), &words, File::create(&path).unwrap());
    let send = |forwarded: &str| {
        let (head, body) = wrong_secret(&key, &format!("X-Forwarded-For: {forwarded}\r\n"));
        assert_eq!(service.raw(&head, body).status, 401, "{forwarded}");
    };
    for port in ["", ":50123", ":50124"] {
        send(&format!("203.0.113.7{port}"));
    }
    send("\"203.0.113.7:50125\"");
    assert_eq!(counted_addresses(&app), 1);
    send("203.0.113.7:50123");
    send("198.51.100.9:50123");
    assert_eq!(counted_addresses(&app), 2);
    // A header of 8 KiB, whose left part the client wrote.
    send(&format!("{}203.0.113.7", "x, ".repeat(2700)));
    send("unknown, 203.0.113.7:443");
    assert_eq!(counted_addresses(&app), 1);
    let unreadable = |service: &Service| {
        let metrics = service.operations("/metrics", None).body;
        let line =
            metrics.lines().find(|line| line.starts_with("apiconn_forwarded_unreadable_total ")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(unreadable(&service), "0");
    // The proxy stands for all its clients, so its own address is never counted.
    for forwarded in ["203.0.113.7, unknown", "203.0.113.7:99999", ""] {
        send(forwarded);
        assert_eq!(app.number("SELECT failures FROM throttles WHERE kind = 'client_secret'"), 1);
        assert_eq!(counted_addresses(&app), 0, "{forwarded}");
    }
    assert_eq!(unreadable(&service), "3");
    assert!(service.stop());
    let log = fs::read_to_string(path).unwrap();
    assert_eq!(log.matches("an entry of X-Forwarded-For is not an address").count(), 1, "{log}");
    assert!(!log.contains("203.0.113.7"), "{log}");
}

#[test]
fn peers_of_a_unix_socket_are_trusted_as_named() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read");
    let path = app.folder().join("http.sock");
    let address = format!("unix:{}", path.display());
    let own = rustix::process::geteuid().as_raw();
    for (proxy, counted) in [
        (&["--behind-proxy", "unix"][..], 2),
        (&["--behind-proxy", &format!("uid:{own}")], 2),
        (&["--behind-proxy", &format!("uid:{}", own + 1)], 0),
        (&["--behind-proxy", "127.0.0.1"], 0),
        (&[], 0),
    ] {
        let service = Service::start_with(&app.store(), &[&["--listen", &address], proxy].concat());
        for forwarded in ["203.0.113.7", "198.51.100.9"] {
            let (head, body) = wrong_secret(&key, &format!("X-Forwarded-For: {forwarded}\r\n"));
            let answer = Service::raw_on(UnixStream::connect(&path).unwrap(), &head, body);
            assert_eq!(answer.status, 401, "{proxy:?}");
        }
        // Without the header there is no address to count by.
        let (head, body) = wrong_secret(&key, "");
        Service::raw_on(UnixStream::connect(&path).unwrap(), &head, body);
        assert_eq!(counted_addresses(&app), counted, "{proxy:?}");
        assert!(service.stop());
    }
    let unknown = app.run("serve --check --behind-proxy uid:no-such-user").exits(2);
    assert!(unknown.err.contains("there is no Unix user \"no-such-user\""), "{}", unknown.err);
}

#[test]
fn without_a_named_proxy_only_the_account_counts() {
    let app = App::in_real_time();
    let key = app.key("erp-sync", "--scope assets.read");
    for (issuer, proxy, addresses) in [
        ("http://127.0.0.1:8080", &[][..], 1),
        ("https://auth.example", &[], 0),
        ("https://auth.example", &["--behind-proxy", "10.0.0.5"], 0),
        ("https://auth.example", &["--behind-proxy", "127.0.0.1"], 0),
        ("http://127.0.0.1:8080", &["--behind-proxy", "127.0.0.1"], 0),
    ] {
        ok(&app.store(), &["settings", "set", "issuer", issuer]);
        let service = Service::start_with(&app.store(), proxy);
        let (head, body) = wrong_secret(&key, "");
        assert_eq!(service.raw(&head, body).status, 401);
        assert_eq!(app.number("SELECT failures FROM throttles WHERE kind = 'client_secret'"), 1);
        assert_eq!(counted_addresses(&app), addresses, "{issuer} {proxy:?}");
        assert!(service.stop());
    }
}

#[test]
fn serve_and_its_check_print_the_same_findings() {
    let app = App::in_real_time();
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    ok(&app.store(), &["settings", "set", "logo_file", "/nowhere/logo.png"]);
    fs::set_permissions(app.store(), fs::Permissions::from_mode(0o640)).unwrap();
    let address = format!("unix:{}", app.folder().join("http.sock").display());
    let words = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &address,
        "--socket-mode",
        "0666",
        "--behind-proxy",
        "unix",
    ];
    let warnings = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| line.starts_with("warning: ")).cloned().collect()
    };
    let mut command = apiconn(&app.store());
    command.args(words);
    let (child, started) = spawn(command);
    stop(child);
    let check = run(&app.store(), &[&words[..], &["--check"]].concat());
    assert!(check.status.success(), "{check:?}");
    let checked: Vec<_> = String::from_utf8(check.stderr).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(warnings(&started), warnings(&checked));
    let starts: Vec<_> = warnings(&started)
        .iter()
        .map(|line| line[9..].split(' ').take(5).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        starts,
        [
            "https://auth.example is reached through a",
            "every user of this machine",
            "other users can access the",
            "the logo /nowhere/logo.png is not",
        ],
        "{started:?}"
    );
    assert!(
        warnings(&started)[0].ends_with(
            "so failed attempts are counted by account only, not by client address; start serve with \
             --behind-proxy 127.0.0.1 in addition"
        ),
        "{started:?}"
    );
}

#[test]
fn the_check_of_serve_fails_on_a_full_disk() {
    if !tools::installed(&["mount", "umount"]) {
        return;
    }
    let app = App::in_real_time();
    let disk = app.folder().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        tools::leave_out("permission to mount");
        return;
    }
    let store = disk.join("base.db");
    app.sql(&format!("VACUUM INTO '{}'", store.display()));
    rusqlite::Connection::open(&store).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    let check = || {
        let output = run(&store, &["serve", "--check", "--listen", "127.0.0.1:0"]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = check();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning: the file system of the store has "), "{text}");
    // Space for the files beside the store, and not for a change.
    let _ = fs::write(disk.join("filler"), vec![0; 4 << 20]);
    let _ = fs::OpenOptions::new().write(true).open(disk.join("filler")).map(|filler| {
        let size = filler.metadata().map_or(0, |metadata| metadata.len());
        filler.set_len(size.saturating_sub(60 * 1024))
    });
    let (code, text) = check();
    fs::remove_file(disk.join("filler")).unwrap();
    let recovered = check();
    let _ = Command::new("umount").arg("-l").arg(&disk).status();
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("the disk is full"), "{text}");
    assert_eq!(recovered.0, Some(0), "{}", recovered.1);
}

/// Returns a command that passes sockets with these names and runs `serve`.
fn activated(app: &App, sockets: &[&str], names: &str, words: &[&str]) -> Command {
    let mut command = Command::new("systemd-socket-activate");
    command
        .env_clear()
        .env("PATH", tools::path())
        .env("APICONN_STORE", app.store())
        .arg("-E")
        .arg("APICONN_STORE");
    for socket in sockets {
        command.args(["-l", socket]);
    }
    command.arg(format!("--fdname={names}")).arg(env!("CARGO_BIN_EXE_apiconn")).arg("serve").args(words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn sockets_of_systemd_are_served_by_their_names() {
    if !tools::installed(&["systemd-socket-activate"]) {
        return;
    }
    let app = App::in_real_time();
    let [http, operations] = ["http.sock", "operations.sock"].map(|name| app.folder().join(name));
    let paths = [http.to_str().unwrap(), operations.to_str().unwrap()];
    let mut child = activated(&app, &paths, "http:operations", &["--behind-proxy", "unix"]).spawn().unwrap();
    wait_until(|| UnixStream::connect(&operations).is_ok());
    assert_eq!(get(&http, "/login").status, 200);
    assert_eq!(get(&http, "/livez").status, 404);
    assert_eq!(get(&operations, "/livez").status, 200);
    assert_eq!(get(&operations, "/login").status, 404);
    terminate(&child);
    assert!(child.wait().unwrap().success());
    // The files belong to systemd, which listens again.
    assert!(http.exists() && operations.exists());
}

#[test]
fn inherited_sockets_follow_the_rules_for_addresses() {
    if !tools::installed(&["systemd-socket-activate"]) {
        return;
    }
    let app = App::in_real_time();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (names, words, code) in [("http", &[][..], 5), ("operations", &["--listen", "127.0.0.1:0"], 5)] {
        let mut child = activated(&app, &[&format!("0.0.0.0:{port}")], names, words).spawn().unwrap();
        wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{names}");
    }
    // Variables that were meant for another process are ignored.
    let mut command = apiconn(&app.store());
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1").args(["serve", "--listen", "127.0.0.1:0"]);
    let (child, lines) = spawn(command);
    assert_eq!(lines.len(), 1, "{lines:?}");
    stop(child);
}

/// Runs `serve --check --behind-proxy unix` with this inherited socket and returns its warnings.
fn warnings_about(app: &App, socket: UnixListener) -> Vec<String> {
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("APICONN_STORE", app.store()).stdin(std::os::fd::OwnedFd::from(socket));
    let script = "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http
        exec \"$0\" serve --check --behind-proxy unix";
    let output = command.args(["-c", script]).arg(env!("CARGO_BIN_EXE_apiconn")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stderr).unwrap();
    lines.lines().filter(|line| line.starts_with("warning: ")).map(str::to_owned).collect()
}

#[test]
fn an_inherited_socket_that_is_open_to_all_is_a_finding() {
    let app = App::in_real_time();
    let path = app.folder().join("http.sock");
    let every_user = "warning: every user of this machine can connect to unix:";
    for (mode, end) in [
        (0o660, None),
        (
            0o662,
            Some(
                "whose mode is 662, and is trusted as a proxy; in the socket unit, set SocketMode=0660 and SocketGroup=",
            ),
        ),
        (
            0o666,
            Some(
                "whose mode is 666, and is trusted as a proxy; in the socket unit, set SocketMode=0660 and SocketGroup=",
            ),
        ),
    ] {
        let socket = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let expected: Vec<_> =
            end.map(|end| format!("{every_user}{}, {end}", path.display())).into_iter().collect();
        assert_eq!(warnings_about(&app, socket), expected, "{mode:o}");
        fs::remove_file(&path).unwrap();
    }
    let name = path.to_str().unwrap();
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    assert_eq!(
        warnings_about(&app, UnixListener::bind_addr(&address).unwrap()),
        [format!(
            "{every_user}@, an abstract address without a mode, and is trusted as a proxy; in the socket unit, listen on a path"
        )]
    );
}

#[test]
fn operations_beyond_loopback_must_be_asked_for() {
    let app = App::in_real_time();
    let refused = app.run("serve --check --listen 127.0.0.1:0 --operations 0.0.0.0:0").exits(5);
    assert!(refused.err.contains("add --operations-exposed"), "{}", refused.err);
    let service = Service::start_with(&app.store(), &["--operations", "0.0.0.0:0", "--operations-exposed"]);
    assert_eq!(service.operations("/livez", Some("10.1.2.3:9080")).status, 200);
    assert!(service.stop());
}

#[test]
fn liveness_does_not_depend_on_the_store() {
    let app = App::in_real_time();
    let service = Service::start_with(&app.store(), &["--operations", "127.0.0.1:0"]);
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    for (path, status, body) in [
        ("/livez", 200, "{\"status\":\"ok\"}"),
        ("/readyz", 503, "{\"status\":\"degraded\",\"store\":\"missing\"}"),
        ("/healthz", 503, "{\"status\":\"degraded\",\"store\":\"missing\"}"),
    ] {
        let answer = service.operations(path, None);
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
    }
    fs::rename(&away, app.store()).unwrap();
    let request = |method: &str, path: &str| {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        Service::raw_on(TcpStream::connect(service.operations.unwrap()).unwrap(), &head, "")
    };
    for path in ["/livez", "/readyz", "/healthz", "/metrics"] {
        let head = request("HEAD", path);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROBE"] {
            assert_eq!(request(method, path).status, 405, "{method} {path}");
        }
    }
    let large = "POST /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
    let answer = Service::raw_on(TcpStream::connect(service.operations.unwrap()).unwrap(), large, "x");
    assert_eq!(answer.status, 413);
}

#[test]
fn health_checks_are_served_while_others_stay_connected() {
    let app = App::in_real_time();
    let service = Service::start_with(&app.store(), &["--operations", "127.0.0.1:0"]);
    let address = service.operations.unwrap();
    let idle: Vec<_> = (0..40).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(service.operations("/livez", None).status, 200);
    // The oldest connections made room for the later ones; the others end without a request within 5 seconds.
    let began = Instant::now();
    for mut stream in idle {
        stream.set_read_timeout(Some(LONG)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[test]
fn health_exits_with_0_only_if_the_store_can_be_read() {
    let app = App::in_real_time();
    let path = app.folder().join("operations.sock");
    let unix = format!("unix:{}", path.display());
    let service = Service::start_with(&app.store(), &["--operations", "127.0.0.1:0", "--operations", &unix]);
    let http = format!("http://{}/readyz", service.operations.unwrap());
    let health = |url: &str, words: &[&str]| {
        let began = Instant::now();
        // No store is named, since the image may have none.
        let mut command = Command::new(env!("CARGO_BIN_EXE_apiconn"));
        let output = command.env_clear().args(["health", "--url", url]).args(words).output().unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), out, error)
    };
    let failure = |url: &str| {
        let (code, out, error) = health(url, &[]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{error}");
        error
    };
    for url in [&http, &unix] {
        assert_eq!(health(url, &[]), (Some(0), format!("{url}\t200\n"), String::new()));
        let (_, document, _) = health(url, &["-o", "json"]);
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let expected = serde_json::json!({"schema": "health/1", "health": {"url": url, "status": 200}});
        assert_eq!(document, expected);
    }
    let away = app.folder().join("away.db");
    fs::rename(app.store(), &away).unwrap();
    for url in [&http, &unix] {
        assert_eq!(failure(url), format!("error: {url} answered with status 503, store: missing\n"));
    }
    assert_eq!(health(&http.replace("readyz", "livez"), &[]).0, Some(0));
    fs::rename(&away, app.store()).unwrap();
    assert!(service.stop());
    let listeners = [http.trim_start_matches("http://").trim_end_matches("/readyz"), unix.as_str()];
    for (url, listener) in [&http, &unix].into_iter().zip(listeners) {
        let error = failure(url);
        assert!(error.contains("cannot be reached: "), "{error}");
        let hint = format!("hint: start the service with it: apiconn serve --operations {listener}\n");
        assert!(error.replace('\'', "").ends_with(&hint), "{error}");
    }
    // A process that accepts and never answers.
    let silent = UnixListener::bind(&path).unwrap();
    assert!(failure(&unix).contains("did not answer within 2 seconds"));
    drop(silent);
    for url in ["https://127.0.0.1:9080", "127.0.0.1:9080", "unix:"] {
        assert_eq!(health(url, &[]).0, Some(2), "{url}");
    }
}

#[test]
fn sighup_reloads_the_logo_and_never_ends_the_service() {
    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    let app = App::in_real_time();
    let logo = app.folder().join("logo.svg");
    let service = Service::start(&app.store());
    let hang_up = || {
        kill_process(Pid::from_raw(i32::try_from(service.process()).unwrap()).unwrap(), Signal::HUP).unwrap();
    };
    let shown = || {
        let page = service.request("GET", "/login", &[], "").body;
        page.split_once("/assets/logo-").map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
    };
    assert_eq!(shown(), None);
    fs::write(&logo, SVG).unwrap();
    ok(&app.store(), &["settings", "set", "logo_file", logo.to_str().unwrap()]);
    assert_eq!(shown(), None);
    hang_up();
    wait_until(|| shown().is_some());
    let first = shown().unwrap();
    let asset = service.request("GET", &format!("/assets/logo-{first}"), &[], "");
    assert_eq!((asset.status, asset.body.as_str()), (200, SVG));
    // A file that cannot be read leaves the last logo in place.
    fs::write(&logo, "no image").unwrap();
    hang_up();
    hang_up();
    fs::write(&logo, format!("{SVG}\n")).unwrap();
    hang_up();
    wait_until(|| shown().is_some_and(|name| name != first));
    assert!(service.stop());
}

#[test]
fn sighup_without_a_logo_logs_that_none_is_set() {
    let app = App::in_real_time();
    let path = app.folder().join("log");
    let service = Service::start_logging(&app.store(), &[], File::create(&path).unwrap());
    kill_process(Pid::from_raw(i32::try_from(service.process()).unwrap()).unwrap(), Signal::HUP).unwrap();
    wait_until(|| fs::read_to_string(&path).unwrap().contains("\"event\":\"no logo is set\""));
    assert!(service.stop());
    assert!(!fs::read_to_string(&path).unwrap().contains("logo reloaded"));
}

#[test]
fn sighup_while_the_service_starts_does_not_end_it() {
    let app = App::in_real_time();
    let writer = app.raw();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = apiconn(&app.store());
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let process = Pid::from_child(&child);
    // Bit 0 of these masks is SIGHUP. Before the program begins to run, the signal has its usual effect.
    let status = format!("/proc/{}/status", child.id());
    wait_until(|| {
        let text = fs::read_to_string(&status).unwrap();
        let masks = text.lines().filter(|line| line.starts_with("SigBlk:") || line.starts_with("SigCgt:"));
        masks
            .filter_map(|line| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok())
            .any(|mask| mask & 1 == 1)
    });
    for _ in 0..50 {
        kill_process(process, Signal::HUP).unwrap();
    }
    writer.execute_batch("ROLLBACK").unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("Listening on ") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the service ended");
    }
    stop(child);
}

#[test]
fn other_users_cannot_read_the_memory_of_the_process() {
    if !rustix::process::geteuid().is_root() {
        tools::leave_out("permission to become another user");
        return;
    }
    let app = App::in_real_time();
    for name in ["", "base.db"] {
        std::os::unix::fs::chown(app.folder().join(name), Some(65_534), Some(65_534)).unwrap();
    }
    let service = Service::start_by(&app.store(), |program| {
        let mut command = Command::new(program);
        command.uid(65_534).gid(65_534);
        command
    });
    let folder = format!("/proc/{}", service.process());
    let limits = fs::read_to_string(format!("{folder}/limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    // The kernel gives the files of a process that must not be dumped to root, so that its own user cannot attach to it.
    assert_eq!(fs::metadata(format!("{folder}/mem")).unwrap().uid(), 0);
    assert!(service.stop());
    // Descriptors of the process itself stay readable, as in a process substitution. The pipe must belong to its user.
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("APICONN_STORE", app.store()).uid(65_534).gid(65_534);
    let script = "printf 'violet tractor hums at noon 27' | \"$0\" user add tech1 --password-file /dev/stdin";
    let output = command.args(["-c", script]).arg(env!("CARGO_BIN_EXE_apiconn")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
