//! The benchmarks, with a limit for each result. `cargo bench` runs all of them, `cargo bench -- quick` with stores a tenth
//! as large, and `cargo bench -- beside` a single one.
//!
//! Limits are ratios if possible, because a busy machine slows both sides. The run fails if a result exceeds its limit.

#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]
#![expect(unreachable_pub, reason = "a benchmark exports nothing")]

mod against;
mod beside;
mod commands;
mod fill;
mod flood;
mod growth;
mod lists;
mod load;
mod measure;
mod races;
mod report;
mod revoke;
mod service;
mod slow;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use report::Report;

type Part = fn(&mut Report, Scale);

/// The size of the run.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Rows of each table in the large store.
    pub rows: i64,
    /// Rounds of each timed process.
    pub rounds: usize,
    /// Grants in the store of the completion benchmark.
    pub grants: i64,
    /// `key create` processes that run while the service answers requests.
    pub creates: usize,
    /// Tokens under the large grant.
    pub tokens: i64,
    /// Duration of each interval of a load.
    pub span: Duration,
    /// Intervals of each load.
    pub intervals: usize,
    /// Rounds of each race.
    pub races: usize,
    /// Anonymous requests of each kind.
    pub flood: usize,
    /// Number of times the service is killed.
    pub kills: usize,
}

impl Scale {
    const FULL: Self = Self {
        rows: 1_000_000,
        rounds: 121,
        grants: 100_000,
        creates: 1000,
        tokens: 100_000,
        span: Duration::from_secs(4),
        intervals: 5,
        races: 1000,
        flood: 200_000,
        kills: 100,
    };
    const QUICK: Self = Self {
        rows: 100_000,
        rounds: 21,
        grants: 10_000,
        creates: 100,
        tokens: 10_000,
        span: Duration::from_secs(2),
        intervals: 3,
        races: 50,
        flood: 20_000,
        kills: 20,
    };
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, store] = words.as_slice()
        && word == beside::SCRIPT
    {
        return match beside::changes(store.as_ref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(measure::Failed(why)) => {
                println!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    if !has("--bench") {
        // `cargo test --all-targets` runs this program too.
        println!("nothing measured: run cargo bench");
        return ExitCode::SUCCESS;
    }
    let scale = if has("quick") { Scale::QUICK } else { Scale::FULL };
    let began = Instant::now();
    let mut report = Report::default();
    let parts: [(&str, Part); 13] = [
        ("binary", commands::binary),
        ("one-shot", commands::one_shot),
        ("completion", commands::completion),
        ("lists", lists::run),
        ("revoke", revoke::run),
        ("load", load::run),
        ("beside", beside::run),
        ("growth", growth::run),
        ("against", against::run),
        ("flood", flood::run),
        ("races", races::run),
        ("killed", races::killed),
        ("slow", slow::run),
    ];
    // Without a name, all parts run.
    let named = parts.iter().any(|(name, _)| has(name));
    for (_, part) in parts.iter().filter(|(name, _)| !named || has(name)) {
        part(&mut report, scale);
    }
    println!(
        "\n{} result(s) outside their limits; the run took {} s",
        report.failures(),
        began.elapsed().as_secs()
    );
    if report.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
