//! Shell completion.

mod answers;
#[cfg(target_os = "linux")]
mod scale;
mod scripts;
mod shells;
mod silence;
mod states;

use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::support::App;
use crate::support::process::apiconn;

/// Returns the lines that the program prints for fish. A prompt that ends with a space completes an empty word.
#[track_caller]
fn candidates(app: &App, line: &str) -> Vec<String> {
    candidates_for_fish(apiconn(&app.store()), line)
}

/// Returns the lines that a prepared command prints for fish.
#[track_caller]
fn candidates_for_fish(mut command: Command, line: &str) -> Vec<String> {
    command.env("APICONN_COMPLETE", "fish").args(["--", "apiconn"]).args(line.split(' '));
    printed_by(command).lines().map(str::to_owned).collect()
}

/// Returns the lines that the program prints for the bash script. `index` is the word at the cursor, `kind` the
/// `COMP_TYPE` of bash.
#[track_caller]
fn candidates_for_bash(store: &Path, words: &[&str], index: usize, kind: char) -> Vec<String> {
    let mut command = apiconn(store);
    command
        .env("APICONN_COMPLETE", "bash")
        .env("_CLAP_IFS", "\u{b}")
        .env("_CLAP_COMPLETE_INDEX", index.to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", u32::from(kind).to_string())
        .env("APICONN_COMPLETE_COLUMNS", "100")
        .args(["--", "apiconn"])
        .args(words);
    printed_by(command).split('\u{b}').filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// Returns the standard output. Asserts exit code 0 and an empty standard error, because an error would garble the
/// prompt.
#[track_caller]
fn printed_by(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the first column of the lines.
fn values(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split('\t').next().unwrap()).collect()
}

/// Runs SQL on the store's file.
fn sql(app: &App, statements: &str) {
    let connection = Connection::open(app.store()).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// Makes a base with the user tech1, the consumer field-app and a grant between them, three days old by the system clock.
/// Returns the grant's id.
fn granted() -> (App, String) {
    let app = App::new();
    app.user("tech1");
    app.run(
        "consumer add field-app --grant authorization_code --redirect-uri https://field.example/cb \
         --scope assets.read --scope work_orders.write",
    )
    .ok();
    let grant = app.run("grant add tech1 field-app --scope assets.read -o id").ok().out.trim().to_owned();
    sql(&app, "UPDATE grants SET created_at = (unixepoch() - 3 * 86400 - 3600) * 1000");
    (app, grant)
}
