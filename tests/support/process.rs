//! Runs the real program, for what only a process can show: signals, races, modes of files, a service.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Barrier;

use serde_json::Value;

use super::race::line;
use super::race::line::Line;

/// The program with a clean environment and this store.
pub fn apiconn(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apiconn"));
    command.env_clear().env("APICONN_STORE", store).env("PATH", "/usr/bin:/bin");
    command
}

/// Runs it with these words.
pub fn run(store: &Path, words: &[&str]) -> Output {
    apiconn(store).args(words).stdin(Stdio::null()).output().unwrap()
}

/// Runs it with this standard input.
pub fn run_with_input(store: &Path, words: &[&str], input: &str) -> Output {
    let mut child = apiconn(store)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its words does not wait to hear more.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs it; it must succeed.
#[track_caller]
pub fn ok(store: &Path, words: &[&str]) -> String {
    let output = run(store, words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running service on a free port, ended when it is dropped.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    /// Where it tells about itself, if it was asked to.
    pub operations: Option<SocketAddr>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub headers: String,
    pub body: String,
    head: String,
}

impl Answer {
    /// The values of a header, as they were sent.
    pub fn header_values(&self, name: &str) -> Vec<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }

    /// The one value of a header.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let mut values = self.header_values(name);
        assert_eq!(values.len(), 1, "{name} in {self:?}");
        values.remove(0)
    }

    /// The body as JSON.
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

    /// The same with more words.
    pub fn start_with(store: &Path, words: &[&str]) -> Self {
        Self::start_logging(store, words, Stdio::null())
    }

    /// The same, with its log there.
    pub fn start_logging(store: &Path, words: &[&str], log: impl Into<Stdio>) -> Self {
        let mut command = apiconn(store);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(words).stdout(log);
        Self::spawn(command)
    }

    /// The same, but started in another way: by whom, or by which shell, the program at that path is run.
    pub fn start_by(store: &Path, way: impl FnOnce(&Path) -> Command) -> Self {
        let mut command = way(Path::new(env!("CARGO_BIN_EXE_apiconn")));
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
            let told = line.strip_prefix("Health and metrics on http://");
            operations = operations.or(told.and_then(|rest| rest.split('/').next()?.parse().ok()));
        }
        let address = line["Listening on http://".len()..].split(',').next().unwrap().parse().unwrap();
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = stderr.read_to_end(&mut rest);
        });
        Self { child, address, operations }
    }

    /// Sends a request on a connection of its own.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        self.raw(&head, body)
    }

    /// Sends this head and body as they are, on a connection of their own, which the request must let end.
    pub fn raw(&self, head: &str, body: &str) -> Answer {
        Self::raw_at(self.address, head, body)
    }

    /// Asks the listener for operations; with this host, if it is not the address.
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
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // A server may refuse a body before it has read it whole.
        let _ = stream.write_all(body.as_bytes());
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
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

    /// Posts a form as this client so often at once: every connection is there before the first of them asks.
    pub fn post_at_once(
        &self,
        times: usize,
        path: &str,
        client: &(String, String),
        form: &str,
    ) -> Vec<(u16, String)> {
        let ready = Barrier::new(times);
        std::thread::scope(|scope| {
            let ask = || {
                let line = Line::open(self.address);
                ready.wait();
                line.unwrap().post(path, &line::basic(client), form).unwrap()
            };
            let asking: Vec<_> = (0..times).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }

    /// Asks for a token by Basic.
    pub fn token(&self, client: &(String, String)) -> Answer {
        self.post("/oauth/token", Some(&basic(client)), "grant_type=client_credentials")
    }

    /// Asks what a token is.
    pub fn introspect(&self, caller: &(String, String), token: &str) -> Answer {
        self.post("/oauth/introspect", Some(&basic(caller)), &format!("token={token}"))
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and waits; gives back whether it exited with 0.
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

/// Sends SIGTERM to a process that this test started.
pub fn terminate(child: &Child) {
    let status = Command::new("/bin/kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

/// The Basic header of a client.
pub fn basic((id, secret): &(String, String)) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}
