//! Timing of processes: alternating runs, compared by their medians.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The reason why a measurement failed, in one sentence.
#[derive(Debug)]
pub struct Failed(pub String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The path of the program that `cargo bench` built.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_apiconn");

/// Returns a command that runs the program with an empty environment and this store.
pub fn apiconn(store: &Path) -> Command {
    apiconn_of(PROGRAM.as_ref(), store)
}

/// Returns a command that runs this build of the program with an empty environment and this store.
pub fn apiconn_of(program: &Path, store: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("APICONN_STORE", store).stdin(Stdio::null());
    command
}

/// Measured durations.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds a duration.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Joins several lists of durations.
    pub fn all<'a>(kinds: impl Iterator<Item = &'a Self>) -> Self {
        Self(kinds.flat_map(|kind| kind.0.iter().copied()).collect())
    }

    /// Adds the durations of another list.
    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the number of durations.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns a percentile; `hundredths` is from 0 to 100.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }

    /// Returns the median duration.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// Returns the longest duration.
    pub fn max(&self) -> Duration {
        self.percentile(100)
    }
}

/// Returns the median of the ratios `ours / theirs` of the rounds. Load from other processes slows both sides of a round,
/// so it changes these ratios less than a ratio of two medians.
pub fn ratio(ours: &Times, theirs: &Times) -> f64 {
    let each = |(ours, theirs): (&Duration, &Duration)| ours.as_secs_f64() / theirs.as_secs_f64().max(1e-9);
    median(ours.0.iter().zip(&theirs.0).map(each).collect())
}

/// Returns the median of the values, or NaN if there are none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Formats median, 99th percentile and maximum.
pub fn spread(times: &Times) -> String {
    format!("p50 {}, p99 {}, max {}", ms(times.median()), ms(times.percentile(99)), ms(times.max()))
}

/// Formats milliseconds with two decimals.
pub fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Returns the duration of a command, which must succeed. Its output is discarded.
pub fn time(command: &mut Command) -> Result<Duration, Failed> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status()?;
    let took = began.elapsed();
    if status.success() { Ok(took) } else { Err(Failed(format!("{command:?}: {status}"))) }
}

/// Returns the standard output of a command, which must succeed.
pub fn output(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failed(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// Times several commands in alternation, each `rounds` times after a warm-up run.
pub fn alternate<const N: usize>(rounds: usize, commands: [&mut Command; N]) -> Result<[Times; N], Failed> {
    let mut times = std::array::from_fn(|_| Times::default());
    let mut commands = commands;
    for command in &mut commands {
        time(command)?;
    }
    for round in 0..rounds {
        for index in 0..N {
            // The order rotates, so that no command always follows the same other one.
            let at = (index + round) % N;
            times[at].push(time(commands[at])?);
        }
    }
    Ok(times)
}

/// Times a function in this process, `rounds` times after a warm-up call.
pub fn time_function(
    rounds: usize,
    mut function: impl FnMut() -> Result<(), Failed>,
) -> Result<Times, Failed> {
    function()?;
    let mut times = Times::default();
    for _ in 0..rounds {
        let began = Instant::now();
        function()?;
        times.push(began.elapsed());
    }
    Ok(times)
}
