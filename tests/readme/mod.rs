//! Runs what the documents show: the sessions of README.md with their outputs, the recipes in docs/recipes, and the tables
//! that repeat the code.

mod markdown;
mod mask;
mod proxied;
mod recipes;
mod session;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use apiconn::exit::Exit;

use crate::support::{App, process, tools};
use markdown::Document;

const FIRST: &str = "cargo run --release --locked -- key create first --scope assets.read";
const SECOND: &str = "cargo test --locked";
/// A store with scopes, for a session that does not begin with `init`.
const BASE: &str = "umask 077
export APICONN_STORE=$PWD/base.db
apiconn -q init --base 'Acme Maintenance' --env test --issuer http://127.0.0.1:8080
apiconn -q scope add assets.read \"Read the base's assets\"
apiconn -q scope add work_orders.write 'Create and change work orders'
";

/// Returns a variable of the environment in which the tests run.
#[expect(
    clippy::disallowed_methods,
    reason = "the test run decides whether outputs are compared or accepted"
)]
fn environment(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
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

/// The value of a variable in a file that `-o env` wrote.
fn variable(folder: &Path, file: &str, name: &str) -> String {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("{file} has no {name}")).to_owned()
}

/// Checks that `key verify` ends with this code for a secret.
#[track_caller]
fn verifies(folder: &Path, secret: &str, exit: i32) {
    let run = process::run_with_input(&folder.join("base.db"), &["key", "verify", "-"], secret);
    assert_eq!(run.status.code(), Some(exit), "{run:?}");
}

/// Checks that these files hold something, for their owner alone.
#[track_caller]
fn are_private(folder: &Path, files: &[&str]) {
    for file in files {
        let metadata = fs::metadata(folder.join(file)).unwrap();
        assert!(metadata.len() > 40, "{file} is empty");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn the_transcript_shows_what_happens() {
    if tools::installed(&["script", "stty"]) {
        session::run("README.md", "look", "/bin/sh", BASE);
    }
}

#[test]
fn the_tour_runs_and_shows_its_output() {
    if !tools::installed(&["script", "stty", "bash", "curl", "jq"]) {
        return;
    }
    for shell in ["/bin/sh", "bash"] {
        let ran = session::run("README.md", "tour", shell, "");
        holds_in_order(
            &ran.output,
            &[
                // A grant is added, listed, and revoked.
                "  tech1  field-app  assets.read  active  ",
                "  tech1  field-app  assets.read  active  ",
                "  tech1  field-app  assets.read  revoked  ",
                // The key's secret is accepted, then refused.
                "assets.read work_orders.write\n",
                "(apck_test_",
                "was revoked",
                "exit code 5",
                // The service: its metadata, and tokens.
                "\"introspection_endpoint\"",
                "\"Bearer\"\n\"assets.read work_orders.write\"\n",
                "\"Bearer\"\n\"assets.read\"\n",
                // The consumer is disabled and enabled.
                "\"active\": true,",
                "{\"active\":false}",
                "\"error\":\"invalid_client\"",
                "{\"active\":true,",
                // The audit.
                "  consumer.enable  ",
            ],
        );
        let folder = ran.folder.path();
        let kept = fs::read_to_string(folder.join("heads.txt")).unwrap();
        holds_in_order(&ran.output, &["consumer.enable", kept.trim_end()]);
        verifies(folder, &variable(folder, "key.env", "APICONN_CLIENT_SECRET"), 0);
        are_private(folder, &["key.json", "key.env", "bot.env", "gateway.env", "field.secret"]);
    }
}

#[test]
fn the_tour_leaves_nothing_out() {
    let tour = Document::read("README.md").blocks_of("sh tour").concat();
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
            "apiconn serve --listen 127.0.0.1:8080 ",
            "apiconn consumer disable inventory-bot --yes\n",
            "apiconn consumer enable inventory-bot\n",
        ],
    );
}

#[test]
fn every_shell_block_of_the_readme_is_run() {
    // The first commands of a clone, and installing, are run elsewhere or change the machine.
    const NOT_RUN: usize = 3;
    let blocks = Document::read("README.md").blocks();
    let shell = |fence: &str| fence.starts_with("sh") || fence.starts_with("console");
    let plain: Vec<_> =
        blocks.iter().filter(|block| shell(&block.fence) && !block.fence.contains(' ')).collect();
    assert_eq!(plain.len(), NOT_RUN, "{plain:?}");
    for block in blocks.iter().filter(|block| shell(&block.fence)) {
        if let Some((_, session)) = block.fence.split_once(' ') {
            assert!(
                ["look", "tour", "serve", "leaked", "provision", "rotate", "refused", "gateway"]
                    .contains(&session),
                "no test runs the session {session}"
            );
        }
    }
}

#[test]
fn the_exit_codes_are_those_of_the_code() {
    let table: Vec<String> =
        Exit::TABLE.iter().map(|(exit, meaning)| format!("| {} | {meaning} |", exit.code())).collect();
    let reference = Document::read("docs/reference.md");
    let section = reference.section("## Exit codes");
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
fn the_settings_are_those_of_a_new_store() {
    let listed = App::new().run("settings list -o json").ok().json();
    let expected: Vec<(String, String)> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|setting| {
            (setting["name"].as_str().unwrap().to_owned(), setting["value"].as_str().unwrap().to_owned())
        })
        .collect();
    let reference = Document::read("docs/reference.md");
    let rows: Vec<(String, String)> = reference
        .section("### Settings")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|row| {
            let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_command_is_in_the_table_and_no_other() {
    let reference = Document::read("docs/reference.md");
    let mut rows: Vec<String> = Vec::new();
    let table = reference.section("## Commands").lines().skip_while(|line| !line.starts_with("| `"));
    for row in table.take_while(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let noun = cells[1].trim_matches('`');
        let verbs: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        if verbs.is_empty() {
            rows.push(noun.to_owned());
        }
        rows.extend(verbs.iter().map(|verb| format!("{noun} {verb}")));
    }
    let mut commands: Vec<String> = Vec::new();
    for noun in apiconn::command_line().get_subcommands().filter(|noun| !noun.is_hide_set()) {
        let verbs: Vec<_> = noun.get_subcommands().collect();
        if verbs.is_empty() {
            commands.push(noun.get_name().to_owned());
        }
        commands.extend(verbs.iter().map(|verb| format!("{} {}", noun.get_name(), verb.get_name())));
    }
    rows.sort();
    commands.sort();
    assert_eq!(rows, commands);
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec!["README.md".to_owned()];
    files.extend(["CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"].map(str::to_owned));
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(format!("docs/{}", path.file_name().unwrap().to_str().unwrap()));
        }
    }
    for file in files {
        let document = Document::read(&file);
        for (_, rest) in document.text.match_indices("](").map(|(at, _)| document.text.split_at(at + 2)) {
            let target = rest.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let there = if path.is_empty() {
                root.join(&file)
            } else {
                root.join(&file).parent().unwrap().join(path)
            };
            assert!(there.exists(), "{file} links to {target}");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&there).unwrap();
                let found =
                    text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(found, "{file} links to {target}");
            }
        }
    }
}

#[test]
fn files_that_documents_name_exist() {
    // Files of the examples in CONTRIBUTING.md.
    const EXAMPLES: [&str; 10] = [
        "src/commands/key/touch.rs",
        "src/service/routes/example.rs",
        "src/service/routes/about.rs",
        "templates/about.html",
        "src/domain/note.rs",
        "src/store/notes.rs",
        "src/store/sqlite/notes.rs",
        "src/actions/notes.rs",
        "src/render/view/note.rs",
        "target/",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for file in
        ["CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md", "README.md", "docs/reference.md"]
    {
        for path in Document::read(file).text.split('`').skip(1).step_by(2) {
            let is_path =
                ["src/", "tests/", "templates/", "docs/"].iter().any(|folder| path.starts_with(folder));
            if is_path && !path.contains(' ') && !EXAMPLES.contains(&path) && !root.join(path).exists() {
                missing.push(format!("{file}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            other => other.is_alphanumeric().then_some(other),
        })
        .collect()
}

#[test]
fn the_first_two_commands_are_in_it() {
    let plain = Document::read("README.md").blocks_of("sh");
    assert_eq!(plain[0], format!("{FIRST}\n"));
    assert_eq!(plain[1], format!("{SECOND}\n"));
}

#[test]
fn the_first_command_makes_a_store_and_a_working_key() {
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
fn the_pattern_finds_the_secrets_that_are_minted() {
    // The pattern for scanners, read by hand: two prefixes, two environments, 12 and 38 characters.
    let pattern = "\n\\bapc[sx]_(?:live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}\\b\n";
    assert!(Document::read("docs/reference.md").text.contains(pattern));
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
fn the_unit_starts_the_service_that_it_checked() {
    let unit = Document::read("docs/deployment.md").blocks_of("ini").concat();
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
