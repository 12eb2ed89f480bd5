//! File in which the tests of one `cargo test` run record what they left out.

use std::fs;
use std::path::PathBuf;

/// Returns the folder of the files, one file for each run.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("left_out")
}

/// Returns the file of the current run.
///
/// Its name is the process id and the start time of the parent process. The test binaries of one run have the same
/// parent, cargo; a later run has another one. So a run that ends before its records are printed, such as
/// `cargo test --test main`, leaves nothing that the next run would print.
pub fn file() -> PathBuf {
    let parent = std::os::unix::process::parent_id();
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    // proc_pid_stat(5): the start time is field 22. Field 2, the only one in parentheses, may contain spaces.
    let started = stat.rsplit(')').next().and_then(|fields| fields.split_whitespace().nth(19));
    folder().join(format!("{parent}-{}", started.unwrap_or("0")))
}
