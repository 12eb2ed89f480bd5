//! The scripts that make a shell ask, and the stubs that packages install.

use std::fs;
use std::path::Path;

use super::spoken;
use crate::support::App;
use crate::support::process::apiconn;

/// The protocol between script and program may change with a version of `clap_complete`: an upgrade is seen here.
#[test]
fn the_scripts_are_these() {
    let app = App::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = app.run(&format!("completions {shell}")).ok().out;
        insta::assert_snapshot!(format!("script_{shell}"), script);
        let mut command = apiconn(&app.store());
        command.env("APICONN_COMPLETE", shell);
        assert_eq!(spoken(command), script, "{shell} gets the same from the stub");
    }
    assert!(!app.store().exists());
}

#[test]
fn a_shell_that_is_not_known_is_a_usage_error_that_names_those_that_are() {
    let run = App::empty().run("completions nonsense").exits(2);
    assert_eq!(run.out, "");
    assert!(run.err.contains("\"nonsense\"") || run.err.contains("'nonsense'"), "{}", run.err);
    assert!(run.err.contains("bash, zsh, fish"), "{}", run.err);
    App::empty().run("completions").exits(2);
}

/// A generated script would go stale in the folder where a package put it.
#[test]
fn the_stubs_are_one_line_that_asks_the_program() {
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
