//! Races between clients that use a credential and a command that ends it. The clients send requests without pause on
//! persistent connections. Tests and benchmarks share this module.

mod client;
pub mod connection;
pub mod killed;
mod target;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use client::{Client, TimedRequest};
use connection::HttpConnection;
use target::{Target, targets};

/// Number of parallel clients.
pub const CLIENTS: usize = 16;
/// Timeout of a single step.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The credential that the clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An access token under a grant, which is introspected.
    AccessToken,
    /// Refresh tokens under a grant: all clients introspect one of them, and each client exchanges its own repeatedly.
    RefreshToken,
    /// The secret of a key: used to obtain tokens and introspected, as are the tokens.
    Secret,
    /// A session, used for the account page.
    Session,
    /// An earlier consent, with which a code is issued without a consent page.
    Consent,
}

/// A kind of race.
#[derive(Clone, Copy, Debug)]
pub struct Race {
    /// The credential that the clients use.
    pub credential: Credential,
    /// The command that ends the credential. USER, CONSUMER, KEY, GRANT and TOKEN stand for the ids of the round.
    pub ending: &'static str,
}

/// The result of all rounds of a race.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Number of rounds.
    pub rounds: usize,
    /// Number of requests.
    pub requests: usize,
    /// Accepted requests that were sent before the command exited.
    pub before: usize,
    /// The smallest number of such requests in one round.
    pub least_before: usize,
    /// Accepted requests that were sent after the exit. Must be 0.
    pub after: usize,
    /// Accepted requests that were sent after any client received a refusal. Must be 0.
    pub again: usize,
    /// Refused requests that were sent after the exit.
    pub refused: usize,
    /// The longest time from the exit to the first refusal of a request sent after it.
    pub longest: Duration,
    /// Unexpected responses, connection errors and failed commands.
    pub trouble: Vec<String>,
}

/// A running service.
#[derive(Clone, Copy)]
pub struct RaceSetup<'a> {
    /// Returns a command that runs the program with the store in its environment.
    pub program: &'a dyn Fn() -> Command,
    /// The path of the store.
    pub store: &'a Path,
    /// The listening address.
    pub address: SocketAddr,
    /// Id and secret of a client that may introspect.
    pub introspector: &'a (String, String),
}

/// Runs `rounds` rounds, each with a new credential.
///
/// # Errors
/// A description if the targets cannot be made or a connection cannot be opened.
pub fn run(setup: RaceSetup<'_>, race: Race, rounds: usize) -> Result<Outcome, String> {
    let targets = targets(setup.store, race.credential, rounds)?;
    let mut outcome = Outcome { rounds, least_before: usize::MAX, ..Outcome::default() };
    let mut connections =
        (0..CLIENTS).map(|_| HttpConnection::open(setup.address)).collect::<Result<Vec<_>, _>>()?;
    for target in &targets {
        if let Err(why) = round(setup, race, target, &mut connections, &mut outcome) {
            outcome.trouble.push(why);
            // A connection may have an unread rest of a response, so new ones are opened.
            connections =
                (0..CLIENTS).map(|_| HttpConnection::open(setup.address)).collect::<Result<Vec<_>, _>>()?;
        }
    }
    Ok(outcome)
}

fn round(
    setup: RaceSetup<'_>,
    race: Race,
    target: &Target,
    connections: &mut [HttpConnection],
    outcome: &mut Outcome,
) -> Result<(), String> {
    let over = AtomicBool::new(false);
    let (warm, warmed) = channel();
    let (ended, requests) = std::thread::scope(|scope| {
        let clients: Vec<_> = connections
            .iter_mut()
            .enumerate()
            .map(|(number, connection)| {
                let (over, warm) = (&over, warm.clone());
                let client = Client::new(setup, target, race.credential, number, connection);
                scope.spawn(move || client.run(over, &warm))
            })
            .collect();
        drop(warm);
        // A client that failed drops its sender, and its own error is reported.
        let _ = (0..CLIENTS).try_for_each(|_| warmed.recv_timeout(TIMEOUT));
        let ended = end(setup, race, target);
        let exit = Instant::now();
        over.store(true, Ordering::SeqCst);
        let requests: Result<Vec<_>, String> = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|_| Err("a client panicked".to_owned())))
            .collect();
        (ended.map(|()| exit), requests)
    });
    let (exit, requests) = (ended?, requests?.concat());
    let first_refusal =
        requests.iter().filter(|request| !request.accepted).map(|request| request.answered).min();
    let (after, before): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.sent > exit);
    let accepted = |requests: &[&TimedRequest]| requests.iter().filter(|request| request.accepted).count();
    outcome.requests += requests.len();
    outcome.before += accepted(&before);
    outcome.least_before = outcome.least_before.min(accepted(&before));
    outcome.after += accepted(&after);
    outcome.refused += after.len() - accepted(&after);
    outcome.again += requests
        .iter()
        .filter(|request| request.accepted && first_refusal.is_some_and(|refusal| request.sent > refusal))
        .count();
    let refused = after.iter().filter(|request| !request.accepted).map(|request| request.answered).min();
    outcome.longest = outcome.longest.max(refused.map_or(Duration::MAX, |refused| refused - exit));
    Ok(())
}

/// Runs the command that ends the credential.
fn end(setup: RaceSetup<'_>, race: Race, target: &Target) -> Result<(), String> {
    let words = race.ending.split(' ').map(|word| match word {
        "USER" => &target.user,
        "CONSUMER" => &target.consumer.0,
        "KEY" => &target.key.0,
        "GRANT" => &target.grant,
        "TOKEN" => &target.token,
        other => other,
    });
    let output = (setup.program)()
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
