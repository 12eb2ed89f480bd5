//! Runs commands in this process: cheap, with a fixed clock and seeded randomness, so that outputs are literal.

use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use apiconn::domain::audit::{Actor, Via};
use apiconn::domain::time::{Clock, SystemClock, Timestamp};
use apiconn::system::{Host, ProcessEnvironment, Terminals};
use rand::SeedableRng as _;
use tempfile::TempDir;

use super::browser::Asking;

/// 2026-11-24T10:30:00Z
const BEGIN: i64 = 1_795_516_200_000;

/// A clock that stands still until it is told to move, or the machine's.
enum TestClock {
    Still(AtomicI64),
    Real,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match self {
            Self::Still(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
            Self::Real => SystemClock.now(),
        }
    }
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub struct Run {
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The run must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.exit, 0, "{self:?}");
        self
    }

    /// The run must have ended with this code.
    #[track_caller]
    pub fn exits(self, code: u8) -> Self {
        assert_eq!(self.exit, code, "{self:?}");
        self
    }

    /// Standard output as the one JSON document it must be.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard error as the one JSON document it must be.
    #[track_caller]
    pub fn error_json(&self) -> serde_json::Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A stream whose reader went away, or whose disk is full.
struct Broken(std::io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(self.0.into())
    }
}

/// An apiconn with a folder of its own.
pub struct App {
    folder: TempDir,
    clock: Arc<TestClock>,
    seed: AtomicU64,
    pub environment: ProcessEnvironment,
}

/// One command about to be run.
#[must_use]
pub struct Invocation<'a> {
    app: &'a App,
    words: Vec<String>,
    stdin: Vec<u8>,
    terminals: Terminals,
    broken: Option<std::io::ErrorKind>,
    environment: ProcessEnvironment,
}

impl App {
    /// An empty folder; the store is `base.db` in it, named by the environment, and not there yet.
    pub fn empty() -> Self {
        Self::with_clock(TestClock::Still(AtomicI64::new(BEGIN)))
    }

    fn with_clock(clock: TestClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = ProcessEnvironment {
            store: Some(folder.path().join("base.db")),
            data_home: Some(folder.path().join("data")),
            ..ProcessEnvironment::default()
        };
        Self { folder, clock: Arc::new(clock), seed: AtomicU64::new(1), environment }
    }

    /// A store of the base "Acme Maintenance" with two scopes declared.
    pub fn new() -> Self {
        let app = Self::empty();
        app.found();
        app
    }

    /// The same, by the machine's clock: for tests beside a service, which has that one.
    pub fn in_real_time() -> Self {
        let app = Self::with_clock(TestClock::Real);
        app.found();
        app
    }

    fn found(&self) {
        self.run("init --base \"Acme Maintenance\" --issuer http://127.0.0.1:8080").ok();
        self.run("scope add assets.read \"Read the base's assets\"").ok();
        self.run("scope add work_orders.write \"Create and change work orders\"").ok();
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The store's file.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("base.db")
    }

    /// Moves the clock.
    pub fn pass(&self, span: &str) {
        let span: apiconn::domain::span::Span = span.parse().unwrap();
        let TestClock::Still(millis) = &*self.clock else { panic!("real time passes by itself") };
        millis.fetch_add(span.millis(), Ordering::SeqCst);
    }

    /// Runs `apiconn` with these words, without a terminal.
    #[must_use = "say how the run should end"]
    pub fn run(&self, words: &str) -> Run {
        self.call(words).run()
    }

    /// Prepares a run. Words are split at spaces; double quotes keep spaces together.
    pub fn call(&self, words: &str) -> Invocation<'_> {
        let words = split(words);
        Invocation {
            app: self,
            words,
            stdin: Vec::new(),
            terminals: Terminals::default(),
            broken: None,
            environment: self.environment.clone(),
        }
    }

    /// Creates a key and gives back its id and secret.
    pub fn key(&self, name: &str, rest: &str) -> (String, String) {
        pair(&self.run(&format!("key create {name} {rest} -o tsv")).ok())
    }

    /// Adds a machine consumer and gives back its id and secret.
    pub fn consumer(&self, name: &str, rest: &str) -> (String, String) {
        pair(&self.run(&format!("consumer add {name} --grant client_credentials {rest} -o tsv")).ok())
    }

    /// The refusal of a request by a running service, by the request's id or the check that failed. It is written after
    /// the answer, so it may take a moment.
    #[track_caller]
    pub fn refusal(&self, of: &str) -> serde_json::Value {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let all = self.run("token refusals --last 1000 -o json").ok().json();
            let items = all["items"].as_array().unwrap();
            if let Some(found) = items.iter().find(|item| item["request_id"] == of || item["check"] == of) {
                return found.clone();
            }
            assert!(std::time::Instant::now() < deadline, "no refusal of {of} in {all}");
            std::thread::yield_now();
        }
    }

    /// Adds a consumer for users, with a secret or public; the rest are more words.
    pub fn asking(&self, name: &str, redirect_uri: &str, rest: &str) -> Asking {
        let run = self
            .run(&format!(
                "consumer add {name} --grant authorization_code --redirect-uri {redirect_uri} {rest} -o tsv"
            ))
            .ok();
        let line = run.out.trim_end().to_owned();
        let (client_id, secret) = match line.split_once('\t') {
            Some((id, secret)) => (id.to_owned(), Some(secret.to_owned())),
            None => (line, None),
        };
        Asking { client_id, secret, redirect_uri: redirect_uri.to_owned() }
    }

    /// Adds the user `name` with the password `correct horse battery staple`.
    pub fn user(&self, name: &str) {
        self.call(&format!("user add {name} --password-stdin"))
            .stdin("correct horse battery staple")
            .run()
            .ok();
    }
}

fn pair(run: &Run) -> (String, String) {
    let (id, secret) = run.out.trim_end().split_once('\t').unwrap();
    (id.to_owned(), secret.to_owned())
}

impl Invocation<'_> {
    /// One more word, as it is.
    pub fn word(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    /// What standard input holds.
    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// Standard output and error are terminals of that many columns. Standard input is not, so nothing is asked.
    pub fn at_terminal(mut self, columns: u16) -> Self {
        self.terminals = Terminals { stdin: false, stdout: Some(columns), stderr: true };
        self
    }

    /// Standard output fails so.
    pub fn broken_stdout(mut self, kind: std::io::ErrorKind) -> Self {
        self.broken = Some(kind);
        self
    }

    /// Changes the environment of this run.
    pub fn environment(mut self, change: impl FnOnce(&mut ProcessEnvironment)) -> Self {
        change(&mut self.environment);
        self
    }

    /// Runs it.
    #[must_use = "say how the run should end"]
    pub fn run(self) -> Run {
        let (out, err) = (Captured::default(), Captured::default());
        let seed = self.app.seed.fetch_add(1, Ordering::SeqCst);
        let clock: Arc<dyn Clock> = Arc::clone(&self.app.clock) as Arc<dyn Clock>;
        let mut host = Host {
            environment: self.environment,
            clock,
            random: Box::new(rand::rngs::StdRng::seed_from_u64(seed)),
            actor: Actor {
                via: Via::CommandLine,
                uid: Some(1000),
                login_uid: Some(1000),
                sudo_user: None,
                terminal: None,
                host: Some("test-host".to_owned()),
                ci_job: None,
            },
            stdin: Box::new(Cursor::new(self.stdin)),
            stdout: match self.broken {
                Some(kind) => Box::new(Broken(kind)),
                None => Box::new(out.clone()),
            },
            stderr: Box::new(err.clone()),
            terminals: self.terminals,
        };
        let words: Vec<OsString> =
            std::iter::once("apiconn".to_owned()).chain(self.words).map(OsString::from).collect();
        let exit = apiconn::run(&words, &mut host).code();
        Run { exit, out: out.text(), err: err.text() }
    }
}

/// Splits a line into words as a shell would, as far as tests need it.
pub fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            character => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}
