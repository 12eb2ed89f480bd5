//! What the shell offers at TAB.

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

/// The lines that fish gets for a line of the prompt; one that ends with a blank has an empty word at its end.
#[track_caller]
fn ask(app: &App, line: &str) -> Vec<String> {
    answer(apiconn(&app.store()), line)
}

/// The same from a process prepared otherwise.
#[track_caller]
fn answer(mut command: Command, line: &str) -> Vec<String> {
    command.env("APICONN_COMPLETE", "fish").args(["--", "apiconn"]).args(line.split(' '));
    spoken(command).lines().map(str::to_owned).collect()
}

/// What bash's script gets for these words with the cursor in word number `index`, at a `COMP_TYPE`.
#[track_caller]
fn ask_bash(store: &Path, words: &[&str], index: usize, kind: char) -> Vec<String> {
    let mut command = apiconn(store);
    command
        .env("APICONN_COMPLETE", "bash")
        .env("_CLAP_IFS", "\u{b}")
        .env("_CLAP_COMPLETE_INDEX", index.to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", u32::from(kind).to_string())
        .env("APICONN_COMPLETE_COLUMNS", "100")
        .args(["--", "apiconn"])
        .args(words);
    spoken(command).split('\u{b}').filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// A prompt is no place for an error: whatever happens, the exit code is 0 and standard error is empty.
#[track_caller]
fn spoken(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The first column of an answer.
fn values(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split('\t').next().unwrap()).collect()
}

/// Changes the store behind the program's back.
fn sql(app: &App, statements: &str) {
    let connection = Connection::open(app.store()).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// The user tech1, the consumer field-app, and the grant between them, three days old by the clock of the process that
/// completes. Gives back the grant's id.
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
