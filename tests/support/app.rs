//! Runs commands in the test process. A fixed clock and seeded randomness make outputs reproducible.

use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use apiconn::domain::audit::{Actor, Via};
use apiconn::domain::time::{Clock, SystemClock, Timestamp};
use apiconn::system::{EnvironmentVariables, System, Terminals};
use rand::SeedableRng as _;
use tempfile::TempDir;

use super::browser::CodeClient;

/// 2026-11-24T10:30:00Z
const BEGIN: i64 = 1_795_516_200_000;

/// A fixed clock that tests advance, or the system clock.
enum TestClock {
    Fixed(AtomicI64),
    System,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match self {
            Self::Fixed(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
            Self::System => SystemClock.now(),
        }
    }
}

/// The arguments, output and exit code of a run.
#[derive(Debug)]
pub struct Run {
    /// For messages of assertions, to identify the case of a table.
    #[expect(dead_code, reason = "read by Debug")]
    words: Vec<String>,
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Asserts exit code 0.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.exit, 0, "{self:?}");
        self
    }

    /// Asserts an exit code.
    #[track_caller]
    pub fn exits(self, code: u8) -> Self {
        assert_eq!(self.exit, code, "{self:?}");
        self
    }

    /// Parses standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Parses standard error as one JSON document.
    #[track_caller]
    pub fn error_json(&self) -> serde_json::Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A writer whose content the test reads after the run.
#[derive(Clone, Default)]
pub struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl SharedBuffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A writer that fails, such as a closed pipe or a full disk.
struct FailingWriter(std::io::ErrorKind);

impl Write for FailingWriter {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(self.0.into())
    }
}

/// A temporary folder with a store, a clock and an environment for commands.
pub struct App {
    folder: TempDir,
    clock: Arc<TestClock>,
    seed: AtomicU64,
    pub environment: EnvironmentVariables,
}

/// A command that is prepared to run.
#[must_use]
pub struct Invocation<'a> {
    app: &'a App,
    words: Vec<String>,
    stdin: Vec<u8>,
    terminals: Terminals,
    broken: Option<std::io::ErrorKind>,
    environment: EnvironmentVariables,
}

impl App {
    /// Makes an empty folder. The environment names the store `base.db` in it, which does not exist yet.
    pub fn empty() -> Self {
        Self::with_clock(TestClock::Fixed(AtomicI64::new(BEGIN)))
    }

    fn with_clock(clock: TestClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = EnvironmentVariables {
            store: Some(folder.path().join("base.db")),
            data_home: Some(folder.path().join("data")),
            ..EnvironmentVariables::default()
        };
        Self { folder, clock: Arc::new(clock), seed: AtomicU64::new(1), environment }
    }

    /// Makes a store of the base "Acme Maintenance" with two declared scopes.
    pub fn new() -> Self {
        let app = Self::empty();
        app.init();
        app
    }

    /// Makes the same store with the system clock, for tests with a service, which uses that clock.
    pub fn in_real_time() -> Self {
        let app = Self::with_clock(TestClock::System);
        app.init();
        app
    }

    fn init(&self) {
        self.run("init --base \"Acme Maintenance\" --issuer http://127.0.0.1:8080").ok();
        self.run("scope add assets.read \"Read the base's assets\"").ok();
        self.run("scope add work_orders.write \"Create and change work orders\"").ok();
    }

    /// Returns the temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of the store.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("base.db")
    }

    /// Advances the fixed clock by a span such as `2d`.
    pub fn advance(&self, span: &str) {
        let span: apiconn::domain::time::Span = span.parse().unwrap();
        let TestClock::Fixed(millis) = &*self.clock else { panic!("the system clock cannot be advanced") };
        millis.fetch_add(span.millis(), Ordering::SeqCst);
    }

    /// Runs `apiconn` with these arguments, without a terminal.
    #[must_use = "assert how the run ends"]
    pub fn run(&self, words: &str) -> Run {
        self.call(words).run()
    }

    /// Prepares a run. Arguments are separated by spaces; double quotes group words.
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

    /// Creates a key and returns its id and secret.
    pub fn key(&self, name: &str, rest: &str) -> (String, String) {
        pair(&self.run(&format!("key create {name} {rest} -o tsv")).ok())
    }

    /// Adds a consumer with the client credentials grant and returns its id and secret.
    pub fn consumer(&self, name: &str, rest: &str) -> (String, String) {
        pair(&self.run(&format!("consumer add {name} --grant client_credentials {rest} -o tsv")).ok())
    }

    /// Returns the recorded refusal with this request id or failed check. Waits for it, because the service records a
    /// refusal after the response.
    #[track_caller]
    pub fn refusal(&self, of: &str) -> serde_json::Value {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let all = self.run("refusal list --limit 1000 -o json").ok().json();
            let items = all["items"].as_array().unwrap();
            if let Some(found) = items.iter().find(|item| {
                item["request_id"] == of
                    || item["check"] == of
                    || item["later_request_ids"].as_array().unwrap().contains(&of.into())
            }) {
                return found.clone();
            }
            assert!(std::time::Instant::now() < deadline, "no refusal of {of} in {all}");
            std::thread::yield_now();
        }
    }

    /// Adds a consumer with the authorization code grant, confidential or public. `rest` are more arguments.
    pub fn code_client(&self, name: &str, redirect_uri: &str, rest: &str) -> CodeClient {
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
        CodeClient { client_id, secret, redirect_uri: redirect_uri.to_owned() }
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
    /// Adds one argument, which may contain spaces.
    pub fn word(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    /// Sets the content of standard input.
    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// Makes standard output and error terminals with `columns` columns. Standard input is not a terminal, so there are
    /// no prompts.
    pub fn at_terminal(mut self, columns: u16) -> Self {
        self.terminals = Terminals { stdin: false, stdout: Some(columns), stderr: true };
        self
    }

    /// Makes standard output fail with this error.
    pub fn broken_stdout(mut self, kind: std::io::ErrorKind) -> Self {
        self.broken = Some(kind);
        self
    }

    /// Changes the environment of this run.
    pub fn environment(mut self, change: impl FnOnce(&mut EnvironmentVariables)) -> Self {
        change(&mut self.environment);
        self
    }

    /// Runs the command.
    #[must_use = "assert how the run ends"]
    pub fn run(self) -> Run {
        let (out, err) = (SharedBuffer::default(), SharedBuffer::default());
        let seed = self.app.seed.fetch_add(1, Ordering::SeqCst);
        let clock: Arc<dyn Clock> = Arc::clone(&self.app.clock) as Arc<dyn Clock>;
        let mut system = System {
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
                Some(kind) => Box::new(FailingWriter(kind)),
                None => Box::new(out.clone()),
            },
            stdout_may_be_closed: false,
            stderr: Box::new(err.clone()),
            terminals: self.terminals,
        };
        let words: Vec<OsString> = std::iter::once("apiconn")
            .chain(self.words.iter().map(String::as_str))
            .map(OsString::from)
            .collect();
        let exit = apiconn::run(&words, &mut system).code();
        super::hints::check(&self.words, &err.text());
        Run { words: self.words, exit, out: out.text(), err: err.text() }
    }
}

/// Splits a line into words at spaces; double quotes group words.
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
