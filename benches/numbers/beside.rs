//! The service and commands on one store: neither may starve the other. Each is measured alone and together.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use apiconn::domain::settings::SettingName;
use apiconn::domain::time::SystemClock;
use apiconn::store;
use apiconn::store::{Access, StoreLocation};

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, apiconn, median, output, spread};
use crate::report::{Report, heading, note};
use crate::service::{Answers, Client, Service, credentials};

const CONNECTIONS: usize = 32;
const FORM: &str = "grant_type=client_credentials&scope=assets.read";
/// Argument with which this program runs [`changes`] instead of benchmarks.
pub const SCRIPT: &str = "one-change-transactions";

/// Runs the benchmark with both kinds of writers.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!(
        "No starvation: {CONNECTIONS} connections that request tokens, while other processes write without pause"
    ));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("no starvation", &why);
    }
}

/// The process that writes in addition to the service.
#[derive(Clone, Copy)]
enum Writer {
    /// `key create` and `key edit` commands, one process each.
    Commands,
    /// One process that commits one transaction after another.
    Script,
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 10_000, ..Content::default() })?;
    let path = store.path();
    let credentials = credentials(&path)?;
    output(apiconn(&path).args(["key", "create", "edited", "--scope", "assets.read"]))?;
    let service = Service::start(&path)?;
    let client = Client { address: service.address, credentials: &credentials, connections: CONNECTIONS };
    let tokens = || client.for_a_while("/oauth/token", FORM, scale.span);
    // Warm-up: opens connections and caches.
    tokens()?;
    let (mut alone, mut commands, mut script) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..scale.intervals {
        alone.push(tokens()?);
        commands.push(with_writer(Writer::Commands, &path, round, tokens)?);
        script.push(with_writer(Writer::Script, &path, round, tokens)?);
    }
    let rates = |answers: &[Answers]| {
        let mut rates: Vec<f64> = answers.iter().map(Answers::rate).collect();
        rates.sort_by(f64::total_cmp);
        rates
    };
    let alone_rates = rates(&alone);
    let alone_times = all(&alone);
    note("the service alone", &format!("{}; {}", rates_text(&alone_rates), spread(&alone_times)));
    for (name, runs) in [("commands", &commands), ("transactions", &script)] {
        let kept = median(
            runs.iter().zip(&alone).map(|((answers, _), alone)| answers.rate() / alone.rate()).collect(),
        );
        let answers: Vec<f64> = runs.iter().map(|(answers, _)| answers.rate()).collect();
        let times = Times::all(runs.iter().map(|(answers, _)| &answers.times));
        let errors: Vec<&String> =
            runs.iter().flat_map(|(answers, other)| answers.errors.iter().chain(&other.errors)).collect();
        if let Some(error) = errors.first() {
            report.fail(&format!("errors with {name}"), &format!("{}, such as {error}", errors.len()));
        }
        let detail = format!("{}; {}", rates_text(&answers), spread(&times));
        report.judge_least(&format!("token rate with {name}, vs alone"), kept, "x", 0.5, &detail);
        report.judge(&format!("longest request with {name}"), millis(times.max()), "ms", 500.0, "");
        let changes = Times::all(runs.iter().map(|(_, other)| &other.times));
        let detail = format!("{} changes; {}", changes.count(), spread(&changes));
        report.judge(&format!("{name}: median of a change"), millis(changes.median()), "ms", 250.0, &detail);
        report.judge(&format!("{name}: longest change"), millis(changes.max()), "ms", 1000.0, "");
    }
    Ok(())
}

fn all(answers: &[Answers]) -> Times {
    Times::all(answers.iter().map(|answers| &answers.times))
}

fn rates_text(rates: &[f64]) -> String {
    let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
    format!("{} tokens/s", rates.join(", "))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Requests tokens while the writer runs. The writer starts first and ends last.
fn with_writer(
    writer: Writer,
    store: &Path,
    round: usize,
    tokens: impl FnOnce() -> Result<Answers, Failed>,
) -> Result<(Answers, Changes), Failed> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| match writer {
            Writer::Commands => commands(store, round, &done),
            Writer::Script => script(store, &done),
        });
        let answers = tokens();
        done.store(true, Ordering::Relaxed);
        let changes = changes.join().map_err(|_| Failed("the writer panicked".to_owned()))?;
        Ok((answers?, changes?))
    })
}

/// The durations and errors of the writer.
#[derive(Default)]
struct Changes {
    times: Times,
    errors: Vec<String>,
}

fn commands(store: &Path, round: usize, done: &AtomicBool) -> Result<Changes, Failed> {
    let mut changes = Changes::default();
    for number in 0.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("script-{round}-{number}");
        let mut command = apiconn(store);
        if number % 2 == 0 {
            command.args(["key", "create", &text, "--scope", "assets.read"]);
        } else {
            command.args(["key", "edit", "edited", "--owner", &text]);
        }
        let began = Instant::now();
        let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
        if output.status.success() {
            changes.times.push(began.elapsed());
        } else {
            changes.errors.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    Ok(changes)
}

fn script(store: &Path, done: &AtomicBool) -> Result<Changes, Failed> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(SCRIPT)
        .arg(store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    #[expect(clippy::disallowed_methods, reason = "the script runs until the requests end")]
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
    }
    // End of file makes the script stop.
    drop(stdin);
    let output = child.wait_with_output()?;
    let mut changes = Changes::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        match line.parse() {
            Ok(micros) => changes.times.push(Duration::from_micros(micros)),
            Err(_) => changes.errors.push(line.to_owned()),
        }
    }
    Ok(changes)
}

/// Runs as the script: commits one setting per transaction until stdin ends. Prints the duration of each in microseconds.
pub fn changes(store: &Path) -> Result<(), Failed> {
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let stop = std::sync::Arc::clone(&done);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        stop.store(true, Ordering::Relaxed);
    });
    let store = store::open(&StoreLocation::File(store.to_owned()), Access::Write, Duration::from_secs(10))
        .map_err(|error| Failed(format!("{error:?}")))?;
    let mut lines = String::new();
    // An unchanged value would not be committed.
    for value in ["24h", "25h"].into_iter().cycle() {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        let changed = store.write(&SystemClock).and_then(|mut write| {
            write.set_setting(SettingName::RotationOverlap, value)?;
            write.commit()
        });
        // Writing to a string cannot fail.
        let _ = match changed {
            Ok(()) => writeln!(lines, "{}", began.elapsed().as_micros()),
            Err(error) => writeln!(lines, "{error:?}"),
        };
    }
    print!("{lines}");
    Ok(())
}
