//! Running the program and timing it: side by side, taking turns, by medians.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why something could not be measured, in one sentence.
#[derive(Debug)]
pub struct Failed(pub String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The program that `cargo bench` has built.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_apiconn");

/// The program with a clean environment and this store.
pub fn apiconn(store: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("APICONN_STORE", store).stdin(Stdio::null());
    command
}

/// Times of one kind.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// All of several kinds together.
    pub fn all<'a>(kinds: impl Iterator<Item = &'a Self>) -> Self {
        Self(kinds.flat_map(|kind| kind.0.iter().copied()).collect())
    }

    /// Adds all of another kind.
    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that so many hundredths of them do not exceed.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }

    /// The median.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        self.percentile(100)
    }
}

/// The median of how often `ours` contains `theirs` in each round. A burst of foreign load slows a whole round, and its
/// ratio little; in the ratio of two medians it may hit one side alone.
pub fn ratio(ours: &Times, theirs: &Times) -> f64 {
    let each = |(ours, theirs): (&Duration, &Duration)| ours.as_secs_f64() / theirs.as_secs_f64().max(1e-9);
    median(ours.0.iter().zip(&theirs.0).map(each).collect())
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How times are spread, in one line.
pub fn spread(times: &Times) -> String {
    format!("p50 {}, p99 {}, max {}", ms(times.median()), ms(times.percentile(99)), ms(times.max()))
}

/// Milliseconds with two digits.
pub fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Runs a command to its end; it must succeed. What it prints is thrown away.
pub fn time(command: &mut Command) -> Result<Duration, Failed> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status()?;
    let took = began.elapsed();
    if status.success() { Ok(took) } else { Err(Failed(format!("{command:?}: {status}"))) }
}

/// Runs a command and gives what it prints; it must succeed.
pub fn output(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failed(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// Times several commands that take turns, each `rounds` times after one run that does not count.
pub fn by_turns<const N: usize>(rounds: usize, commands: [&mut Command; N]) -> Result<[Times; N], Failed> {
    let mut times = std::array::from_fn(|_| Times::default());
    let mut commands = commands;
    for command in &mut commands {
        time(command)?;
    }
    for round in 0..rounds {
        for turn in 0..N {
            // Nobody is always the one who comes after the other.
            let at = (turn + round) % N;
            times[at].push(time(commands[at])?);
        }
    }
    Ok(times)
}

/// Times a piece of this process, `rounds` times after one that does not count.
pub fn here(rounds: usize, mut piece: impl FnMut() -> Result<(), Failed>) -> Result<Times, Failed> {
    piece()?;
    let mut times = Times::default();
    for _ in 0..rounds {
        let began = Instant::now();
        piece()?;
        times.push(began.elapsed());
    }
    Ok(times)
}
