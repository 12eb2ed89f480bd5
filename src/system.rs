//! Access to the operating system: environment variables, streams, terminals, clock, randomness and the calling user.
//! Tests run commands with a [`System`] of their own.

use std::io::{IsTerminal as _, Read, Write};
use std::path::PathBuf;

use nix::sys::signal::{SigSet, Signal};
use rustix::fs::OFlags;

use crate::credentials::format::redact;
use crate::credentials::mint::{Random, RandomError, system_random};
use crate::domain::audit::{Actor, Via};
use crate::domain::time::{Clock, SystemClock};

/// The longest text in characters that is copied from the environment into the audit.
const CLAIMED_LENGTH: usize = 200;
/// The largest number of sockets that a parent process can pass.
const MOST_SOCKETS: usize = 64;

/// The environment variables that this program reads. It reads no others.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentVariables {
    /// The value of `APICONN_STORE`.
    pub store: Option<PathBuf>,
    /// `APICONN_NO_INPUT` is set and not empty.
    pub no_input: bool,
    /// `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub no_color: bool,
    /// The value of `SUDO_USER`.
    pub sudo_user: Option<String>,
    /// The URL of the CI job: `CI_JOB_URL`, else `BUILD_URL`, else made of the variables of a GitHub run.
    pub ci_job: Option<String>,
    /// `XDG_DATA_HOME`, else `.local/share` in the home folder.
    pub data_home: Option<PathBuf>,
    /// The names of the sockets that the parent process has passed to this one, from `LISTEN_FDNAMES`. Empty if `LISTEN_PID`
    /// is not the number of this process: then they were passed to a process that started this one.
    pub socket_names: Vec<String>,
    /// `HOME`: completion replaces `~` in a path that the shell has not expanded.
    pub home: Option<PathBuf>,
}

impl EnvironmentVariables {
    /// Reads the variables of this process.
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
            sudo_user: text("SUDO_USER").map(|name| audited(&name)),
            ci_job: text("CI_JOB_URL").or_else(|| text("BUILD_URL")).or_else(github).map(|job| audited(&job)),
            data_home: etcetera::base_strategy::choose_base_strategy()
                .ok()
                .map(|strategy| strategy.data_dir()),
            socket_names: socket_names(
                text("LISTEN_PID").as_deref(),
                text("LISTEN_FDS").as_deref(),
                text("LISTEN_FDNAMES").as_deref(),
            ),
            home: path("HOME"),
        }
    }

    /// Returns the path of the store that is used if none is named; none without a home folder.
    #[must_use]
    pub fn default_store(&self) -> Option<PathBuf> {
        self.data_home.as_ref().map(|data| data.join("apiconn").join("store.db"))
    }
}

/// Returns a name for each socket that was passed to this process, as `sd_listen_fds_with_names(3)` does.
fn socket_names(pid: Option<&str>, count: Option<&str>, names: Option<&str>) -> Vec<String> {
    let is_this_process = pid.and_then(|pid| pid.parse().ok()) == Some(std::process::id());
    let count =
        count.and_then(|count| count.parse().ok()).filter(|count| is_this_process && *count <= MOST_SOCKETS);
    let names = names.unwrap_or_default().split(':').filter(|name| !name.is_empty());
    let unnamed = std::iter::repeat("unknown");
    names.chain(unnamed).take(count.unwrap_or(0)).map(str::to_owned).collect()
}

/// Returns the number of a Unix user, by name or number.
#[must_use]
pub fn user_id(text: &str) -> Option<u32> {
    let by_name = || nix::unistd::User::from_name(text).ok().flatten().map(|user| user.uid.as_raw());
    if is_number(text) { account_number(text) } else { by_name() }
}

/// Returns the number of a Unix group, by name or number.
#[must_use]
pub fn group_id(text: &str) -> Option<u32> {
    let by_name = || nix::unistd::Group::from_name(text).ok().flatten().map(|group| group.gid.as_raw());
    if is_number(text) { account_number(text) } else { by_name() }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the number of a user or group. The highest number means "none" or "unchanged" in system calls.
fn account_number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number != u32::MAX)
}

/// Keeps the memory of this process from other processes of the same user and from core files, since it contains passwords
/// and secrets. Called before anything is read.
pub fn protect_memory() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    // A failure is ignored: lowering a limit and this flag need no permission.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Holds SIGHUP back until [`release_hangup`]. Called before other threads run, which inherit it: a SIGHUP that arrives
/// before the service has its handler would end the process.
pub fn hold_hangup() {
    // A failure is ignored: the signal then has its usual effect.
    let _ = SigSet::from(Signal::SIGHUP).thread_block();
}

/// Delivers a SIGHUP that was held back, and further ones, to this thread.
pub fn release_hangup() {
    let _ = SigSet::from(Signal::SIGHUP).thread_unblock();
}

/// Returns a value for the audit, where it stays: shortened, with anything that looks like a secret redacted.
fn audited(text: &str) -> String {
    redact(text).chars().take(CLAIMED_LENGTH).collect()
}

/// Which streams are terminals, and how wide the output is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    pub stdin: bool,
    /// Width in columns, if standard output is a terminal.
    pub stdout: Option<u16>,
    pub stderr: bool,
}

/// The operating system as one run sees it.
pub struct System {
    pub environment: EnvironmentVariables,
    pub clock: std::sync::Arc<dyn Clock>,
    pub random: Box<Random>,
    /// The user who runs the command, for the audit.
    pub actor: Actor,
    pub stdin: Box<dyn Read>,
    pub stdout: Box<dyn Write>,
    /// Standard output may have been closed when this process started, so a secret written to it may be lost.
    pub stdout_may_be_closed: bool,
    pub stderr: Box<dyn Write>,
    pub terminals: Terminals,
}

impl System {
    /// Returns the system as this process sees it.
    ///
    /// # Errors
    /// [`RandomError`] if the operating system gives no random bytes.
    pub fn of_process() -> Result<Self, RandomError> {
        let environment = EnvironmentVariables::of_process();
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
            stdout_may_be_closed: may_be_closed(&stdout),
            stdout: Box::new(std::io::BufWriter::new(stdout)),
            stderr: Box::new(std::io::stderr()),
        })
    }
}

/// Returns true if a stream is `/dev/null`, opened for reading and writing. Rust opens it so in place of a stream that was
/// closed when this process started, and some programs open it so to discard the output of a process. A shell opens it for
/// writing only.
fn may_be_closed(stream: impl std::os::fd::AsFd) -> bool {
    let null = std::fs::metadata("/dev/null").map(|metadata| std::os::unix::fs::MetadataExt::rdev(&metadata));
    let (Ok(null), Ok(status)) = (null, rustix::fs::fstat(&stream)) else { return false };
    let both_ways = rustix::fs::fcntl_getfl(&stream)
        .is_ok_and(|flags| flags.intersection(OFlags::RWMODE) == OFlags::RDWR);
    status.st_rdev == null && both_ways
}

/// Returns standard output for the thread that writes the request log.
#[must_use]
pub fn log_stream() -> Box<dyn Write + Send> {
    Box::new(std::io::stdout())
}

/// Sets the umask to 077: only the owner can access new files. Called once, before any thread starts.
pub fn restrict_new_files() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Returns the user who runs this process. Uids, terminal and host come from the kernel; `sudo_user` and `ci_job` are
/// unverified claims from the environment.
fn actor(environment: &EnvironmentVariables) -> Actor {
    // The login uid of a process without a login session, as in services and containers.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_name_and_number() {
        assert_eq!((user_id("root"), user_id("0"), user_id("65534")), (Some(0), Some(0), Some(65_534)));
        assert_eq!(group_id("0"), Some(0));
        for text in ["", "no-such-account", "4294967295", "4294967296", "-1", "+1", " 0"] {
            assert_eq!((user_id(text), group_id(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn sockets_of_another_process_are_not_taken() {
        let own = std::process::id().to_string();
        let names =
            |pid: Option<&str>, count: &str, names: Option<&str>| socket_names(pid, Some(count), names);
        assert_eq!(names(Some(&own), "2", Some("http:operations")), ["http", "operations"]);
        assert_eq!(names(Some(&own), "2", Some("http")), ["http", "unknown"]);
        assert_eq!(names(Some(&own), "1", None), ["unknown"]);
        let none = Vec::<String>::new();
        for (pid, count) in [
            (None, "1"),
            (Some("1"), "1"),
            (Some("x"), "1"),
            (Some(own.as_str()), "x"),
            (Some(&own), "0"),
            (Some(&own), "65"),
        ] {
            assert_eq!(names(pid, count, Some("http")), none, "{pid:?} {count}");
        }
    }
}
