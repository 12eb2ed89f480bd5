//! Runs the program at a pseudo-terminal, which script(1) creates.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::tools;

/// Limit for the time until an expected text is shown.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A program at a terminal.
pub struct Terminal {
    child: Child,
    output: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    /// Starts `apiconn` with arguments in shell syntax.
    pub fn start(store: &Path, words: &str) -> Self {
        Self::of(&format!("{} {words}", env!("CARGO_BIN_EXE_apiconn")), store, |_| ())
    }

    /// Starts a program by a shell command line. `prepare` changes the environment.
    pub fn of(line: &str, store: &Path, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--flush", "--command", line, "/dev/null"])
            .env_clear()
            .env("PATH", tools::path())
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .env("APICONN_STORE", store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        prepare(&mut command);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("script(1) from Debian's bsdutils does not start: {error}"));
        let mut stdout = child.stdout.take().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, output, shown: String::new() }
    }

    /// Waits until this text is shown.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let end = Instant::now() + TIMEOUT;
        while !self.shown.contains(text) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{text:?} was not shown ({error}): {:?}", self.shown),
            }
        }
    }

    /// Waits, as a user does before answering, and reads the output.
    pub fn wait(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while let Ok(bytes) = self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Sends input.
    pub fn send(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end. Returns the exit code and all output.
    pub fn end(mut self) -> (i32, String) {
        let end = Instant::now() + TIMEOUT;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the program did not end: {:?}", self.shown),
            }
        }
        let _ = self.child.stdin.take();
        (self.child.wait().unwrap().code().unwrap(), std::mem::take(&mut self.shown))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
