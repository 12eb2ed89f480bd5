//! Every number that this program promises, measured side by side in one run: `cargo bench`. A shorter run while
//! developing: `cargo bench -- quick`, with stores a tenth as large.
//!
//! Limits are ratios where they can be: a busy machine slows both sides. The run fails if one number does not hold.

#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]
#![expect(unreachable_pub, reason = "a benchmark exports nothing")]

mod commands;
mod fill;
mod lists;
mod load;
mod measure;
mod report;
mod revoke;

use std::process::ExitCode;
use std::time::Instant;

use report::Report;

/// How large the run is.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Rows of each table in the large store.
    pub rows: i64,
    /// Rounds of what is timed as whole processes.
    pub rounds: usize,
    /// Grants in the store that completion reads.
    pub grants: i64,
    /// `key create` processes while the service answers.
    pub creates: usize,
    /// Tokens on the grant that has many.
    pub tokens: i64,
}

impl Scale {
    const FULL: Self = Self { rows: 1_000_000, rounds: 121, grants: 100_000, creates: 1000, tokens: 100_000 };
    const QUICK: Self = Self { rows: 100_000, rounds: 21, grants: 10_000, creates: 100, tokens: 10_000 };
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    if !has("--bench") {
        // `cargo test --all-targets` runs this too.
        println!("nothing measured: this is for cargo bench");
        return ExitCode::SUCCESS;
    }
    let scale = if has("quick") { Scale::QUICK } else { Scale::FULL };
    let began = Instant::now();
    let mut report = Report::default();
    for part in
        [commands::binary, commands::one_shot, commands::completion, lists::run, revoke::run, load::run]
    {
        part(&mut report, scale);
    }
    println!("\n{} number(s) do not hold; the run took {} s", report.failures(), began.elapsed().as_secs());
    if report.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
