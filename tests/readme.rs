//! The README cannot lie: its tour runs as it stands, its table is the code's, its first commands are what they are said
//! to be.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use apiconn::exit::Exit;
use rustix::process::{Pid, Signal};

use crate::support::{App, process, tools};

const README: &str = include_str!("../README.md");
const FIRST: &str = "cargo run --release --locked -- key create first --scope assets.read";
const SECOND: &str = "cargo test --locked";
/// Far more than the tour needs, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// The fenced blocks that begin with this line of three backticks and words.
fn blocks(fence: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = README.lines();
    while let Some(line) = lines.next() {
        if line == fence {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
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

/// Runs the script in this folder, and gives back what it printed, and how it ended.
fn run_script(shell: &str, script: &str, folder: &Path) -> (String, Option<i32>) {
    let program = Path::new(env!("CARGO_BIN_EXE_apiconn"));
    let path = format!("{}:{}", program.parent().unwrap().display(), tools::path().display());
    fs::write(folder.join("tour.sh"), script).unwrap();
    let printed = folder.join("tour.out");
    let out = fs::File::create(&printed).unwrap();
    let child = Command::new(shell)
        .args(["-eu", "tour.sh"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("the tour needs {shell}: {error}"));
    let mut script = Script(child);
    let begin = Instant::now();
    let code = loop {
        if let Some(status) = script.0.try_wait().unwrap() {
            break status.code();
        }
        let text = || fs::read_to_string(&printed).unwrap_or_default();
        assert!(begin.elapsed() < PATIENCE, "the tour does not end; so far:\n{}", text());
        nap();
    };
    drop(script);
    (fs::read_to_string(printed).unwrap(), code)
}

#[expect(clippy::disallowed_methods, reason = "the test waits for another process")]
fn nap() {
    std::thread::sleep(Duration::from_millis(20));
}

/// A port that was free a moment ago, below those that the system hands out for outgoing connections.
fn free_port() -> u16 {
    (18_080..32_000)
        .step_by(37)
        .map(|port| port + u16::try_from(std::process::id() % 37).unwrap())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

#[track_caller]
fn holds_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some(at) = rest.find(part) else {
            panic!("{part:?} is not in the rest of the output:\n{rest}\n\nall:\n{text}")
        };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_tour_runs_as_it_stands() {
    if !tools::installed(&["curl", "jq"]) {
        return;
    }
    for shell in ["/bin/sh", "bash"] {
        if shell == "bash" && !tools::installed(&[shell]) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = blocks("```sh tour").concat();
        assert!(script.contains("127.0.0.1:8080"), "the tour serves on the port that is replaced here");
        let script = script.replace(":8080", &format!(":{}", free_port()));
        let (printed, code) = run_script(shell, &script, folder.path());
        assert_eq!(code, Some(0), "{shell}: the tour failed:\n{printed}");
        holds_in_order(
            &printed,
            &[
                // A grant is added, listed, and revoked.
                "\ttech1\tfield-app\tassets.read\tactive\t",
                "\ttech1\tfield-app\tassets.read\tactive\t",
                "\ttech1\tfield-app\tassets.read\trevoked\t",
                // The key's secret is accepted, then refused.
                "\terp-sync\tkey\tactive\tassets.read work_orders.write\t",
                "error: the secret is refused: key erp-sync (",
                "was revoked",
                "exit code 5",
                // The service: what it can do, and tokens.
                "\"introspection_endpoint\"",
                "\"Bearer\"\n\"assets.read work_orders.write\"\n",
                "\"Bearer\"\n\"assets.read\"\n",
                // The switch.
                "{\"active\":true,",
                "{\"active\":false}",
                "\"error\":\"invalid_client\"",
                "{\"active\":true,",
                // The key that was rotated, and the audit of it.
                "\terp-sync\tactive\t",
                "\tkey.rotate\terp-sync\t",
                "It does not prove ",
            ],
        );
        let kept = fs::read_to_string(folder.path().join("heads.txt")).unwrap();
        assert!(
            printed.contains(&format!("{}\t1\n", kept.trim_end())),
            "the kept head was not found:\n{printed}"
        );
        // After the leak only the newest secret is accepted.
        for (file, exit) in [("key.env", 5), ("new.env", 5), ("newer.env", 0)] {
            let variables = fs::read_to_string(folder.path().join(file)).unwrap();
            let secret =
                variables.lines().find_map(|line| line.strip_prefix("APICONN_CLIENT_SECRET=")).unwrap();
            let run =
                process::run_with_input(&folder.path().join("base.db"), &["key", "verify", "-"], secret);
            assert_eq!(run.status.code(), Some(exit), "{file}: {run:?}");
        }
        // What was handed over was handed over: in files that others cannot read.
        for file in ["key.json", "key.env", "bot.env", "gateway.env", "field.secret", "new.env", "newer.env"]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let metadata = fs::metadata(folder.path().join(file)).unwrap();
            assert!(metadata.len() > 40, "{file} is empty");
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
        }
    }
}

#[test]
fn the_tour_tells_the_story() {
    // What the tour may not lose, however it is rewritten.
    let tour = blocks("```sh tour").concat();
    holds_in_order(
        &tour,
        &[
            "apiconn init --base \"Acme Maintenance\" --env test --issuer http://127.0.0.1:8080\n",
            "apiconn scope add assets.read \"Read the base's assets\"\n",
            "apiconn group add integrations --scope assets.read --scope work_orders.write\n",
            "apiconn key create erp-sync --group integrations --expires 90d -o json >key.json\n",
            "apiconn consumer add inventory-bot --grant client_credentials --scope assets.read -o env >bot.env\n",
            "apiconn consumer add field-app --grant authorization_code",
            "| apiconn user add tech1 --name \"Field technician 1\" --password-stdin\n",
            "apiconn grant add tech1 field-app --scope assets.read\n",
            "apiconn grant revoke tech1/field-app --reason \"left the company\" --yes\n",
            "apiconn key revoke erp-sync --yes\n",
            "apiconn serve --listen 127.0.0.1:8080 &\n",
            "apiconn consumer disable inventory-bot --yes\n",
            "apiconn consumer enable inventory-bot\n",
        ],
    );
}

#[test]
fn the_exit_codes_are_those_of_the_code() {
    let table: Vec<String> =
        Exit::TABLE.iter().map(|(exit, meaning)| format!("| {} | {meaning} |", exit.code())).collect();
    let (_, section) = README.split_once("\n## Exit codes\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert_eq!(rows, table);

    let help = App::empty().run("help exit-codes").ok().out;
    let lines: Vec<String> = help
        .lines()
        .map(|line| {
            let (code, meaning) = line.trim().split_once("  ").unwrap();
            format!("| {code} | {meaning} |")
        })
        .collect();
    assert_eq!(lines, table);
}

#[test]
fn the_first_two_commands_are_in_it() {
    let plain = blocks("```sh");
    assert_eq!(plain[0], format!("{FIRST}\n"));
    assert_eq!(plain[1], format!("{SECOND}\n"));
}

#[test]
fn the_first_command_makes_a_store_and_a_key_that_works() {
    let (_, words) = FIRST.split_once(" -- ").unwrap();
    let mut app = App::empty();
    app.environment.store = None;
    let run = app.run(words).ok();
    let (_, secret) = run.out.trim_end().split_once('\t').unwrap();
    assert!(app.folder().join("data/apiconn/store.db").is_file());
    assert!(run.err.contains("base \"default\", environment test"), "{run:?}");
    assert!(run.err.contains("apiconn settings set issuer URL"), "{run:?}");
    let verified = app.call("key verify - -o json").stdin(secret).run().ok().json();
    assert_eq!(verified["verified"]["scope"], "assets.read");
}

#[test]
fn the_pattern_finds_what_is_minted() {
    // The README's pattern, read by hand: two prefixes, two environments, 12 and 38 characters.
    assert!(README.contains("\n\\bapc[sx]_(?:live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}\\b\n"));
    let app = App::new();
    for (prefix, (_, secret)) in
        [("apcs", app.key("k", "--scope assets.read")), ("apcx", app.consumer("c", "--scope assets.read"))]
    {
        let parts: Vec<&str> = secret.split('_').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!((parts[0], parts[1]), (prefix, "test"));
        assert_eq!(lengths[2..], [12, 38]);
        assert!(parts[2..].concat().chars().all(|character| character.is_ascii_alphanumeric()));
    }
}

#[test]
fn the_unit_starts_what_there_is_and_checks_the_same_before() {
    let unit = blocks("```ini").concat();
    let words = |name: &str| -> Vec<String> {
        let line = unit.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split(' ').map(str::to_owned).collect()
    };
    let (start, check) = (words("ExecStart="), words("ExecStartPre="));
    assert_eq!(check, [start.clone(), vec!["--check".to_owned()]].concat());
    for words in [start, check] {
        apiconn::command_line().try_get_matches_from(&words).unwrap_or_else(|error| panic!("{error}"));
    }
}
