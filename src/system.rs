//! The world outside: environment, streams, terminals, who is running this. Everything that differs between a real run
//! and a test comes in through here.

use std::io::{IsTerminal as _, Read, Write};
use std::path::PathBuf;

use rustix::fs::OFlags;

use crate::credentials::format::redact;
use crate::credentials::mint::{NoRandom, Random, system_random};
use crate::domain::audit::{Actor, Via};
use crate::domain::time::{Clock, SystemClock};

/// The longest text from the environment that goes into the audit, in characters.
const CLAIMED_LENGTH: usize = 200;

/// The environment variables that this program looks at, and no others.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnvironment {
    /// `APICONN_STORE`
    pub store: Option<PathBuf>,
    /// `APICONN_NO_INPUT` is set and not empty.
    pub no_input: bool,
    /// `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub no_color: bool,
    /// `SUDO_USER`
    pub sudo_user: Option<String>,
    /// The address of the CI job, from `CI_JOB_URL`, `BUILD_URL`, or the variables of a GitHub run.
    pub ci_job: Option<String>,
    /// The user's folder for data: `XDG_DATA_HOME`, else below the home folder.
    pub data_home: Option<PathBuf>,
    /// `HOME`, for `~` in a path that the shell has not expanded.
    pub home: Option<PathBuf>,
}

impl ProcessEnvironment {
    /// What the process was started with.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads environment variables")]
    pub fn of_process() -> Self {
        use etcetera::BaseStrategy as _;
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let github = || {
            let (server, repository, run) =
                (text("GITHUB_SERVER_URL")?, text("GITHUB_REPOSITORY")?, text("GITHUB_RUN_ID")?);
            Some(format!("{server}/{repository}/actions/runs/{run}"))
        };
        Self {
            store: path("APICONN_STORE"),
            no_input: text("APICONN_NO_INPUT").is_some(),
            no_color: text("NO_COLOR").is_some() || text("TERM").as_deref() == Some("dumb"),
            sudo_user: text("SUDO_USER").map(|name| claimed(&name)),
            ci_job: text("CI_JOB_URL").or_else(|| text("BUILD_URL")).or_else(github).map(|job| claimed(&job)),
            data_home: etcetera::base_strategy::choose_base_strategy()
                .ok()
                .map(|strategy| strategy.data_dir()),
            home: path("HOME"),
        }
    }

    /// Where the store lies if nobody names one.
    #[must_use]
    pub fn default_store(&self) -> Option<PathBuf> {
        self.data_home.as_ref().map(|data| data.join("apiconn").join("store.db"))
    }
}

/// A text from the environment that goes into the audit for good: short, and without anything that looks like a secret.
fn claimed(text: &str) -> String {
    redact(text).chars().take(CLAIMED_LENGTH).collect()
}

/// Which streams are terminals, and how wide the output is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    /// Standard input is a terminal.
    pub stdin: bool,
    /// Standard output is a terminal of that many columns.
    pub stdout: Option<u16>,
    /// Standard error is a terminal.
    pub stderr: bool,
}

/// The world as one run sees it.
pub struct Host {
    /// The environment variables.
    pub environment: ProcessEnvironment,
    /// What time it is.
    pub clock: std::sync::Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Box<Random>,
    /// Who is running this.
    pub actor: Actor,
    /// Standard input.
    pub stdin: Box<dyn Read>,
    /// Standard output.
    pub stdout: Box<dyn Write>,
    /// Standard error.
    pub stderr: Box<dyn Write>,
    /// Which of them are terminals.
    pub terminals: Terminals,
}

impl Host {
    /// The real world.
    ///
    /// # Errors
    /// Fails where the operating system gives no random bytes.
    pub fn real() -> Result<Self, NoRandom> {
        let environment = ProcessEnvironment::of_process();
        let stdout = std::io::stdout();
        let width = || terminal_size::terminal_size().map_or(80, |(width, _)| width.0);
        Ok(Self {
            actor: actor(&environment),
            environment,
            clock: std::sync::Arc::new(SystemClock),
            random: system_random()?,
            stdin: Box::new(std::io::stdin()),
            terminals: Terminals {
                stdin: std::io::stdin().is_terminal(),
                stdout: stdout.is_terminal().then(width),
                stderr: std::io::stderr().is_terminal(),
            },
            stdout: if is_closed(&stdout) {
                Box::new(Closed)
            } else {
                Box::new(std::io::BufWriter::new(stdout))
            },
            stderr: Box::new(std::io::stderr()),
        })
    }
}

/// Whether a stream was closed when this process began. Rust has opened `/dev/null` in its place then, for reading and
/// writing; whoever wants output thrown away opens it for writing alone.
fn is_closed(stream: impl std::os::fd::AsFd) -> bool {
    let null = std::fs::metadata("/dev/null").map(|metadata| std::os::unix::fs::MetadataExt::rdev(&metadata));
    let (Ok(null), Ok(found)) = (null, rustix::fs::fstat(&stream)) else { return false };
    let both_ways = rustix::fs::fcntl_getfl(&stream)
        .is_ok_and(|flags| flags.intersection(OFlags::RWMODE) == OFlags::RDWR);
    found.st_rdev == null && both_ways
}

/// Standard output for a thread that writes a log to it while the run goes on.
#[must_use]
pub fn log_stream() -> Box<dyn Write + Send> {
    Box::new(std::io::stdout())
}

/// A closed stream: what is written to it reaches nobody, and whoever writes is told.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("standard output is closed"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// New files are for their owner alone, whatever the caller's umask says. Called once, before any thread starts.
pub fn restrict_new_files() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Who runs this process, as far as the kernel tells; what comes from the environment is only claimed.
fn actor(environment: &ProcessEnvironment) -> Actor {
    // The kernel answers with this number where nobody logged in: services, containers.
    const UNSET: u32 = u32::MAX;
    let login_uid = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login_uid = login_uid.and_then(|text| text.trim().parse().ok()).filter(|uid| *uid != UNSET);
    let terminal = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok();
    Actor {
        via: Via::CommandLine,
        uid: Some(rustix::process::getuid().as_raw()),
        login_uid,
        sudo_user: environment.sudo_user.clone(),
        terminal: terminal.map(|name| name.to_string_lossy().into_owned()),
        host: Some(rustix::system::uname().nodename().to_string_lossy().into_owned()),
        ci_job: environment.ci_job.clone(),
    }
}
