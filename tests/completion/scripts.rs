//! The completion scripts for shells, and the stubs that packages install.

use std::fs;
use std::path::Path;

use super::printed_by;
use crate::support::App;
use crate::support::process::apiconn;

/// A new version of `clap_complete` may change the protocol between script and program; the snapshot reveals that.
#[test]
fn scripts_match_the_snapshots() {
    let app = App::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = app.run(&format!("completions {shell}")).ok().out;
        insta::assert_snapshot!(format!("script_{shell}"), script);
        let mut command = apiconn(&app.store());
        command.env("APICONN_COMPLETE", shell);
        assert_eq!(printed_by(command), script, "{shell} gets the same from the stub");
    }
    assert!(!app.store().exists());
}

#[test]
fn unknown_shell_is_a_usage_error_that_lists_the_shells() {
    let run = App::empty().run("completions nonsense").exits(2);
    assert_eq!(run.out, "");
    assert!(run.err.contains("\"nonsense\"") || run.err.contains("'nonsense'"), "{}", run.err);
    assert!(run.err.contains("bash, zsh, fish"), "{}", run.err);
    App::empty().run("completions").exits(2);
}

/// A generated script in a package's folder would become outdated, so stubs ask the program for it.
#[test]
fn stubs_are_one_line_that_runs_the_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["_apiconn", "apiconn.bash", "apiconn.fish"]);
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() == 1 && lines[0].contains("APICONN_COMPLETE="), "{name}: {lines:?}");
    }
}
