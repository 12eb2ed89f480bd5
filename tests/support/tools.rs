//! Programs that tests run and that a machine may lack. Only `/bin/sh` is taken for granted.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::left_out;

/// Returns true if each of the tools is installed. Otherwise records that the calling test was left out, or panics if
/// the environment variable `CI` is set. The test must return on false.
#[track_caller]
pub fn installed(tools: &[&str]) -> bool {
    let missing: Vec<&str> = tools.iter().copied().filter(|tool| find(tool).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    refuse_under_ci(&missing, is_ci());
    for tool in missing {
        leave_out(tool);
    }
    false
}

/// Records that the calling test was left out because `missing` is missing. For privileges, which CI may lack as well;
/// for tools use [`installed`].
#[track_caller]
pub fn leave_out(missing: &str) {
    let thread = std::thread::current();
    // libtest names the thread after the test, except with one test thread.
    let test = match thread.name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => Location::caller().to_string(),
    };
    record(&left_out::file(), &test, missing);
}

/// Returns the path of a program on `PATH`, or `None` if no folder of `PATH` has it.
pub fn find(tool: &str) -> Option<PathBuf> {
    std::env::split_paths(&path()).map(|folder| folder.join(tool)).find(|file| is_executable(file))
}

/// Returns the `PATH` of the test run, for the tools that a test starts in an environment of its own.
#[expect(clippy::disallowed_methods, reason = "the test looks for tools on the machine that runs it")]
pub fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "CI decides whether a test may be left out")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[track_caller]
fn refuse_under_ci(missing: &[&str], ci: bool) {
    assert!(!ci, "not installed: {}; under CI no test may be left out", missing.join(", "));
}

/// Appends one line in a single write, so that lines of parallel tests do not mix.
fn record(file: &Path, test: &str, missing: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().append(true).create(true).open(file).unwrap();
    file.write_all(format!("{missing}\t{test}\n").as_bytes()).unwrap();
}

#[test]
fn missing_tool_is_tolerated_outside_ci() {
    refuse_under_ci(&["jq"], false);
}

#[test]
#[should_panic(expected = "not installed: curl, jq; under CI no test may be left out")]
fn missing_tool_fails_under_ci() {
    refuse_under_ci(&["curl", "jq"], true);
}

#[test]
fn tool_that_is_on_no_path_is_not_found() {
    assert_eq!(find("apiconn-test-tool-that-does-not-exist"), None);
}

#[test]
fn records_of_parallel_tests_stay_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("left_out/run");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let file = &file;
            scope.spawn(move || (0..50).for_each(|_| record(file, &format!("test_{thread}"), "jq")));
        }
    });
    let text = fs::read_to_string(file).unwrap();
    for thread in 0..8 {
        let line = format!("jq\ttest_{thread}");
        assert_eq!(text.lines().filter(|found| **found == *line).count(), 50, "{line}");
    }
    assert_eq!(text.lines().count(), 400);
}
