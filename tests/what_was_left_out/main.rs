//! Prints the tests that this run left out, each with the tool that it lacked. cargo runs the test targets in the order
//! of their names, so this list ends the output. The target has no test harness, because libtest prints last.

#![expect(clippy::print_stdout, reason = "the list is the purpose of this program")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[path = "../support/left_out.rs"]
mod left_out;

fn main() {
    // A test runner asks for the names of the tests; this target has none.
    if std::env::args().any(|word| word == "--list") {
        return;
    }
    let file = left_out::file();
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    remove_files_of_ended_runs();

    let lines: BTreeSet<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    if lines.is_empty() {
        println!("\nno test was left out\n");
        return;
    }
    println!("\nleft out, because this machine lacks a tool or a privilege:");
    for (missing, test) in lines {
        println!("    {missing}: {test}");
    }
    println!();
}

/// Removes the files of runs that ended without this list, such as `cargo test --test main`.
fn remove_files_of_ended_runs() {
    for entry in fs::read_dir(left_out::folder()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some((process, _)) = name.to_str().and_then(|name| name.split_once('-')) else { continue };
        if !Path::new("/proc").join(process).exists() {
            let _ = fs::remove_file(entry.path());
        }
    }
}
