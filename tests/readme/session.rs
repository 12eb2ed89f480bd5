//! Runs the blocks of a document in one shell, and compares the output that the document shows with the output that
//! appears.
//!
//! A session is every block ```` ```sh NAME ```` of a document, in order; a block ```` ```text output ```` right after one
//! shows its output. In a block ```` ```console NAME ```` the lines that begin with `$ ` are commands, and the lines after
//! each are its output. The outputs are those of a terminal of 120 columns, without colours.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::support::tools;

use super::markdown::{Block, Document};
use super::mask::{masked, plain};

/// Far more than a session needs, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);
/// Separates the outputs of commands.
const SEPARATOR: char = '\u{1e}';
/// The folder that documents show instead of the temporary one. Of the same length, so that tables stay aligned.
const SHOWN_FOLDER: &str = "/srv/acme-api";

/// A command, with the output that the document shows for it.
struct Step {
    command: String,
    shown: Option<String>,
}

/// The blocks of one session: each is a block of commands, or the output of the block before it.
fn steps(blocks: &[Block], name: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if block.fence == format!("sh {name}") {
            let output = blocks.get(index + 1).filter(|next| next.fence == "text output");
            steps.push(Step { command: block.text.clone(), shown: output.map(|next| next.text.clone()) });
        } else if block.fence == format!("console {name}") {
            for line in block.text.lines() {
                if let Some(command) = line.strip_prefix("$ ") {
                    steps.push(Step { command: format!("{command}\n"), shown: Some(String::new()) });
                } else if let Some(more) = line.strip_prefix("> ") {
                    let _ = writeln!(steps.last_mut().unwrap().command, "{more}");
                } else {
                    let _ = writeln!(steps.last_mut().unwrap().shown.as_mut().unwrap(), "{line}");
                }
            }
        }
    }
    steps
}

/// A session that ran.
pub struct Ran {
    /// Everything that was shown.
    pub output: String,
    pub folder: tempfile::TempDir,
}

/// Runs a session of a document in this shell, in a new folder, after the lines of `prepare`, and compares its outputs.
///
/// With `ACCEPT_README` set, outputs that differ are written into the document instead.
pub fn run(document: &str, name: &str, shell: &str, prepare: &str) -> Ran {
    run_with(document, name, shell, prepare, "")
}

/// The same, with lines that are run between one block and the next.
pub fn run_with(document: &str, name: &str, shell: &str, prepare: &str, between: &str) -> Ran {
    let document = Document::read(document);
    let steps = steps(&document.blocks(), name);
    assert!(!steps.is_empty(), "no session {name}");
    let folder = tempfile::Builder::new().prefix("acme-").rand_bytes(3).tempdir().unwrap();
    let port = free_port();
    let is_console = document.blocks().iter().any(|block| block.fence == format!("console {name}"));
    let mut script = format!("stty cols 120 rows 50\n{prepare}");
    // A refused secret is part of a transcript, not its end.
    script += if is_console { "set +e\n" } else { "set -e\n" };
    for (index, step) in steps.iter().enumerate() {
        if index > 0 {
            script += between;
        }
        let _ = writeln!(script, "printf '\\036'\n{}", step.command.trim_end());
    }
    if is_console {
        script += "true\n";
    }
    script = script.replace(":8080", &format!(":{port}"));
    let (output, code) = run_script(shell, &script, folder.path());
    assert_eq!(code, Some(0), "{shell}: the session {name} failed:\n{output}");
    let outputs: Vec<String> = output.split(SEPARATOR).skip(1).map(str::to_owned).collect();
    assert_eq!(outputs.len(), steps.len(), "{shell}: {output}");
    let here = folder.path().to_str().unwrap();
    let shown_now: Vec<String> = outputs
        .iter()
        .map(|output| output.replace(here, SHOWN_FOLDER).replace(&format!(":{port}"), ":8080"))
        .collect();
    let differs =
        |(step, now): (&Step, &String)| step.shown.as_ref().is_some_and(|shown| masked(shown) != masked(now));
    if steps.iter().zip(&shown_now).any(differs) {
        if super::environment("ACCEPT_README").is_some() {
            accept(&document, name, &shown_now);
        } else {
            compare(shell, name, &steps, &shown_now);
        }
    }
    Ran { output: outputs.concat(), folder }
}

/// Runs a script in this shell, in a new folder, with the port 8080 replaced by a free one.
#[track_caller]
pub fn run_text(script: &str, shell: &str) -> Ran {
    let folder = tempfile::Builder::new().prefix("acme-").rand_bytes(3).tempdir().unwrap();
    let script = script.replace(":8080", &format!(":{}", free_port()));
    let (output, code) = run_script(shell, &script, folder.path());
    assert_eq!(code, Some(0), "{shell}: the script failed:\n{output}");
    Ran { output, folder }
}

/// Fails with the first output that differs.
#[track_caller]
fn compare(shell: &str, name: &str, steps: &[Step], shown_now: &[String]) {
    for (step, now) in steps.iter().zip(shown_now) {
        if let Some(shown) = &step.shown {
            assert_eq!(
                masked(shown),
                masked(now),
                "{shell}: the session {name} shows another output for\n{}\nif it is right, accept it: ACCEPT_README=1 cargo test --locked --test main -- readme",
                step.command
            );
        }
    }
}

/// Writes every output of a session, so that the ids in it fit together.
fn accept(document: &Document, name: &str, shown_now: &[String]) {
    let blocks = document.blocks();
    let mut outputs = shown_now.iter();
    let mut changes = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if block.fence == format!("sh {name}") {
            let text = outputs.next().unwrap();
            if let Some(old) = blocks.get(index + 1).filter(|next| next.fence == "text output") {
                changes.push((Some(block.clone()), old.clone(), Block { text: tidy(text), ..old.clone() }));
            }
        } else if block.fence == format!("console {name}") {
            let mut text = String::new();
            let mut lines = block.text.lines().peekable();
            while let Some(line) = lines.next() {
                if line.starts_with("$ ") || line.starts_with("> ") {
                    let _ = writeln!(text, "{line}");
                    if !lines.peek().is_some_and(|next| next.starts_with("> ")) {
                        text += &tidy(outputs.next().unwrap());
                    }
                }
            }
            changes.push((None, block.clone(), Block { text, ..block.clone() }));
        }
    }
    document.replace(&changes);
}

/// Without blanks at the end of lines.
fn tidy(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// A shell script in a process group of its own, so that the service it leaves behind is ended with it.
struct Script(Child);

impl Drop for Script {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_some_and(|status| status.success())) {
            // It ended its service itself.
            return;
        }
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// Runs the script in this folder, at a terminal; returns the output and the exit code.
fn run_script(shell: &str, script: &str, folder: &Path) -> (String, Option<i32>) {
    let program = Path::new(env!("CARGO_BIN_EXE_apiconn"));
    let path = format!("{}:{}", program.parent().unwrap().display(), tools::path().display());
    // script(1) runs the shell in a session of its own, so the shell itself ends the services that it leaves behind.
    let ends = "trap 'code=$?; trap \"\" TERM; kill 0; exit $code' EXIT\n";
    fs::write(folder.join("session.sh"), format!("{ends}{script}")).unwrap();
    let printed = folder.join("session.out");
    let out = fs::File::create(&printed).unwrap();
    let child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &format!("exec {shell} -u session.sh"),
            "/dev/null",
        ])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("script(1): {error}"));
    let mut script = Script(child);
    let begin = Instant::now();
    let read = || plain(&String::from_utf8_lossy(&fs::read(&printed).unwrap_or_default()));
    let code = loop {
        if let Some(status) = script.0.try_wait().unwrap() {
            break status.code();
        }
        assert!(begin.elapsed() < PATIENCE, "the session does not end; so far:\n{}", read());
        wait_a_moment();
    };
    drop(script);
    (read(), code)
}

/// Waits for another process.
#[expect(clippy::disallowed_methods, reason = "the test waits for another process")]
pub fn wait_a_moment() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Returns a port that was free a moment ago. It has four digits, as the port in the documents, so that tables stay aligned.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 37).unwrap();
    loop {
        let port = 5000 + (first + 37 * NEXT.fetch_add(1, Ordering::SeqCst)) % 4900;
        if port != 8080 && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
