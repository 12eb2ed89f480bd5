//! Runs the program as a process, for tests of signals, races, file modes and the service.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Barrier;

use rustix::process::{Pid, Signal};
use serde_json::Value;

use super::race::connection::{self, HttpConnection};

/// Returns a command that runs the program with an empty environment and this store.
pub fn apiconn(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apiconn"));
    command.env_clear().env("APICONN_STORE", store).env("PATH", "/usr/bin:/bin");
    command
}

/// Runs the program with these arguments.
pub fn run(store: &Path, words: &[&str]) -> Output {
    apiconn(store).args(words).stdin(Stdio::null()).output().unwrap()
}

/// Runs the program with this standard input.
pub fn run_with_input(store: &Path, words: &[&str], input: &str) -> Output {
    let mut child = apiconn(store)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that rejects its arguments ends without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs the program, asserts success and returns its standard output.
#[track_caller]
pub fn ok(store: &Path, words: &[&str]) -> String {
    let output = run(store, words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running service on a free port. It is killed on drop.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    /// The address for health and metrics, if that listener was requested.
    pub operations: Option<SocketAddr>,
}

/// An HTTP response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The status line and headers, in lower case.
    pub headers: String,
    pub body: String,
    head: String,
}

impl Answer {
    /// Returns the values of a header, unchanged.
    pub fn header_values(&self, name: &str) -> Vec<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }

    /// Returns the value of a header that occurs once.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let mut values = self.header_values(name);
        assert_eq!(values.len(), 1, "{name} in {self:?}");
        values.remove(0)
    }

    /// Parses the body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Service {
    /// Starts the service and waits until it listens.
    pub fn start(store: &Path) -> Self {
        Self::start_with(store, &[])
    }

    /// Starts the service with more arguments.
    pub fn start_with(store: &Path, words: &[&str]) -> Self {
        Self::start_logging(store, words, Stdio::null())
    }

    /// Starts the service with more arguments and with its log written to `log`.
    pub fn start_logging(store: &Path, words: &[&str], log: impl Into<Stdio>) -> Self {
        let mut command = apiconn(store);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(words).stdout(log);
        Self::spawn(command)
    }

    /// Starts the service with the command that `command` returns for the path of the program, such as a shell or another
    /// user.
    pub fn start_by(store: &Path, command: impl FnOnce(&Path) -> Command) -> Self {
        let mut command = command(Path::new(env!("CARGO_BIN_EXE_apiconn")));
        command.env_clear().env("APICONN_STORE", store).env("PATH", "/usr/bin:/bin");
        command.args(["serve", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"]);
        command.stdout(Stdio::null());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut operations = None;
        while !line.starts_with("Listening on http://") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "the service did not start");
            let listening = line.strip_prefix("Health and metrics on http://");
            operations = operations.or(listening.and_then(|rest| rest.split('/').next()?.parse().ok()));
        }
        let address = line["Listening on http://".len()..].split(',').next().unwrap().parse().unwrap();
        // Later output must not fill the pipe.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = stderr.read_to_end(&mut rest);
        });
        Self { child, address, operations }
    }

    /// Sends a request on a new connection.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        self.raw(&head, body)
    }

    /// Sends head and body unchanged on a new connection. The request must make the service close the connection.
    pub fn raw(&self, head: &str, body: &str) -> Answer {
        Self::raw_at(self.address, head, body)
    }

    /// Requests a path of the operations listener, with a `Host` header other than the address if given.
    pub fn operations(&self, path: &str, host: Option<&str>) -> Answer {
        let address = self.operations.unwrap();
        let host = host.map_or_else(|| address.to_string(), str::to_owned);
        Self::raw_at(
            address,
            &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            "",
        )
    }

    fn raw_at(address: SocketAddr, head: &str, body: &str) -> Answer {
        Self::raw_on(TcpStream::connect(address).unwrap(), head, body)
    }

    /// Sends head and body unchanged on a connection. The request must make the service close the connection.
    pub fn raw_on(mut stream: impl Read + Write, head: &str, body: &str) -> Answer {
        stream.write_all(head.as_bytes()).unwrap();
        // A server may reject a request before it has read the whole body.
        let _ = stream.write_all(body.as_bytes());
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, headers: head.to_ascii_lowercase(), body: body.to_owned(), head: head.to_owned() }
    }

    /// Posts a form.
    pub fn post(&self, path: &str, authorization: Option<&str>, body: &str) -> Answer {
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        if let Some(authorization) = authorization {
            headers.push(("Authorization", authorization));
        }
        self.request("POST", path, &headers, body)
    }

    /// Posts a form `times` times in parallel. All connections are open before the first request is sent.
    pub fn post_at_once(
        &self,
        times: usize,
        path: &str,
        client: &(String, String),
        form: &str,
    ) -> Vec<(u16, String)> {
        let ready = Barrier::new(times);
        std::thread::scope(|scope| {
            let post = || {
                let connection = HttpConnection::open(self.address);
                ready.wait();
                connection.unwrap().post(path, &connection::basic(client), form).unwrap()
            };
            let threads: Vec<_> = (0..times).map(|_| scope.spawn(post)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    /// Requests a token with client credentials in the Basic header.
    pub fn token(&self, client: &(String, String)) -> Answer {
        self.post("/oauth/token", Some(&basic(client)), "grant_type=client_credentials")
    }

    /// Introspects a token.
    pub fn introspect(&self, caller: &(String, String), token: &str) -> Answer {
        self.post("/oauth/introspect", Some(&basic(caller)), &format!("token={token}"))
    }

    /// Returns the process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and waits. Returns true if the exit code is 0.
    pub fn stop(mut self) -> bool {
        terminate(&self.child);
        self.child.wait().unwrap().success()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends SIGTERM to a child process.
pub fn terminate(child: &Child) {
    rustix::process::kill_process(Pid::from_child(child), Signal::TERM).unwrap();
}

/// Returns the value of the Basic `Authorization` header of a client.
pub fn basic((id, secret): &(String, String)) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}
