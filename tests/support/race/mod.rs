//! The race between whoever uses a credential and whoever ends it: clients that ask without a pause on connections that
//! are kept, while one process of the program ends what they use. Tests and benchmarks both run it, so it takes what it
//! needs and says what it met.

mod client;
pub mod killed;
pub mod line;
mod target;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use client::{Asked, Client};
use line::Line;
use target::{Target, targets};

/// How many ask at the same time.
pub const CLIENTS: usize = 16;
/// Nothing that works takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is used until it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An access token on a grant: introspected.
    AccessToken,
    /// Refresh tokens on a grant: one that all introspect, and one for each client that is exchanged for the next.
    RefreshToken,
    /// A key's secret: for tokens, introspected, and the tokens that it has obtained introspected.
    Secret,
    /// A session: the user's own page.
    Session,
    /// What a user has allowed before: a code for which they are not asked again.
    Consent,
}

/// One sort of race.
#[derive(Clone, Copy, Debug)]
pub struct Race {
    /// What is used.
    pub credential: Credential,
    /// How it is ended: words of the program, in which USER, CONSUMER, KEY, GRANT and TOKEN stand for those of the round.
    pub ending: &'static str,
}

/// What was met in all rounds of a race.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many rounds.
    pub rounds: usize,
    /// How many requests.
    pub requests: usize,
    /// How many were accepted that were sent before the process had exited.
    pub before: usize,
    /// The least of those in one round.
    pub least_before: usize,
    /// How many were accepted that were sent after: there must be none.
    pub after: usize,
    /// How many were accepted that were sent after somebody had been refused already: there must be none either.
    pub again: usize,
    /// How many were refused that were sent after.
    pub refused: usize,
    /// The longest time from the exit to the first refusal of what was sent after it.
    pub longest: Duration,
    /// What was answered that is neither, connections that broke off, and processes that failed.
    pub trouble: Vec<String>,
}

/// A running service.
#[derive(Clone, Copy)]
pub struct Served<'a> {
    /// The program, with the store named by its environment.
    pub program: &'a dyn Fn() -> Command,
    /// The store.
    pub store: &'a Path,
    /// Where it listens.
    pub address: SocketAddr,
    /// What a client that may introspect authenticates with.
    pub watcher: &'a (String, String),
}

/// Runs that many rounds, each with a credential of its own.
///
/// # Errors
/// Fails where a race cannot be run at all.
pub fn run(served: Served<'_>, race: Race, rounds: usize) -> Result<Outcome, String> {
    let targets = targets(served.store, race.credential, rounds)?;
    let mut outcome = Outcome { rounds, least_before: usize::MAX, ..Outcome::default() };
    let mut lines = (0..CLIENTS).map(|_| Line::open(served.address)).collect::<Result<Vec<_>, _>>()?;
    for target in &targets {
        if let Err(why) = round(served, race, target, &mut lines, &mut outcome) {
            outcome.trouble.push(why);
            // What is half read on a connection would be taken for the next answer.
            lines = (0..CLIENTS).map(|_| Line::open(served.address)).collect::<Result<Vec<_>, _>>()?;
        }
    }
    Ok(outcome)
}

fn round(
    served: Served<'_>,
    race: Race,
    target: &Target,
    lines: &mut [Line],
    outcome: &mut Outcome,
) -> Result<(), String> {
    let over = AtomicBool::new(false);
    let (warm, warmed) = channel();
    let (ended, asked) = std::thread::scope(|scope| {
        let clients: Vec<_> = lines
            .iter_mut()
            .enumerate()
            .map(|(number, line)| {
                let (over, warm) = (&over, warm.clone());
                let client = Client::new(served, target, race.credential, number, line);
                scope.spawn(move || client.run(over, &warm))
            })
            .collect();
        drop(warm);
        // One that breaks off is not waited for: its own error says more.
        let _ = (0..CLIENTS).try_for_each(|_| warmed.recv_timeout(PATIENCE));
        let ended = end(served, race, target);
        let exit = Instant::now();
        over.store(true, Ordering::SeqCst);
        let asked: Result<Vec<_>, String> = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|_| Err("a client broke off".to_owned())))
            .collect();
        (ended.map(|()| exit), asked)
    });
    let (exit, asked) = (ended?, asked?.concat());
    let first_refusal = asked.iter().filter(|one| !one.accepted).map(|one| one.answered).min();
    let (after, before): (Vec<_>, Vec<_>) = asked.iter().partition(|one| one.sent > exit);
    let accepted = |asked: &[&Asked]| asked.iter().filter(|one| one.accepted).count();
    outcome.requests += asked.len();
    outcome.before += accepted(&before);
    outcome.least_before = outcome.least_before.min(accepted(&before));
    outcome.after += accepted(&after);
    outcome.refused += after.len() - accepted(&after);
    outcome.again += asked
        .iter()
        .filter(|one| one.accepted && first_refusal.is_some_and(|refusal| one.sent > refusal))
        .count();
    let refused = after.iter().filter(|one| !one.accepted).map(|one| one.answered).min();
    outcome.longest = outcome.longest.max(refused.map_or(Duration::MAX, |refused| refused - exit));
    Ok(())
}

/// Has a process of the program end what is used, and sees it exit.
fn end(served: Served<'_>, race: Race, target: &Target) -> Result<(), String> {
    let words = race.ending.split(' ').map(|word| match word {
        "USER" => &target.user,
        "CONSUMER" => &target.consumer.0,
        "KEY" => &target.key.0,
        "GRANT" => &target.grant,
        "TOKEN" => &target.token,
        other => other,
    });
    let output = (served.program)()
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{}: {}", race.ending, String::from_utf8_lossy(&output.stderr)))
    }
}
