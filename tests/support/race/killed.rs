//! A service that is killed while it issues and ends tokens: what it has answered is so after it is started again.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use apiconn::credentials::digest::Digest;
use apiconn::domain::secret_text::SecretText;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::{Connection, OptionalExtension as _};

use super::client::introspect;
use super::line::{Line, basic, member};
use super::target::{Target, targets};
use super::{Credential, PATIENCE};

/// How many issue tokens and end every other, and how many exchange refresh tokens.
const CLIENTS: usize = 4;
/// The longest time from the first answers to the kill, in microseconds.
const LONGEST: u64 = 30_000;
const SEED: u64 = 20_261_124;

/// What was met.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many tokens were answered.
    pub issued: usize,
    /// How many of those are not stored: there must be none.
    pub missing: usize,
    /// How many of those that nobody has ended are refused: there must be none.
    pub lost: usize,
    /// How many tokens were ended and answered so: by the service, by being exchanged, or by a command.
    pub ended: usize,
    /// How many of those are accepted: there must be none.
    pub accepted: usize,
    /// What was answered that fits nothing, and processes that failed.
    pub trouble: Vec<String>,
}

/// What a client was told before the service was killed.
#[derive(Default)]
struct StoredRefusal {
    issued: Vec<String>,
    ended: Vec<String>,
    /// May be in force or not: their end was asked for and never answered.
    open: Vec<String>,
    trouble: Option<String>,
}

/// Kills the service that often. `start` gives a service, which is killed by being dropped, and where it listens.
///
/// # Errors
/// Fails where that cannot be done at all.
pub fn run<S>(
    start: &dyn Fn() -> Result<(S, SocketAddr), String>,
    program: &dyn Fn() -> Command,
    store: &Path,
    watcher: &(String, String),
    kills: usize,
) -> Result<Outcome, String> {
    let mut random = rand::rngs::StdRng::seed_from_u64(SEED);
    let (used, revoked) =
        (targets(store, Credential::RefreshToken, kills)?, targets(store, Credential::AccessToken, kills)?);
    let mut outcome = Outcome::default();
    let (mut service, mut address) = start()?;
    for (used, revoked) in used.iter().zip(&revoked) {
        let (warm, warmed) = channel();
        let after = Duration::from_micros(random.random_range(0..LONGEST));
        let (told, command) = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..2 * CLIENTS)
                .map(|number| {
                    let warm = warm.clone();
                    scope.spawn(move || client(address, used, number, &warm))
                })
                .collect();
            let _ = (0..2 * CLIENTS).try_for_each(|_| warmed.recv_timeout(PATIENCE));
            let command = program()
                .args(["grant", "revoke", &revoked.grant, "--yes"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            // Nobody sends any more: this only lets the time pass.
            let _ = warmed.recv_timeout(after);
            drop(service);
            let told: Vec<StoredRefusal> =
                clients.into_iter().filter_map(|client| client.join().ok()).collect();
            (told, command.and_then(|mut command| command.wait()))
        });
        (service, address) = start()?;
        let mut all = StoredRefusal::default();
        for told in told {
            all.issued.extend(told.issued);
            all.ended.extend(told.ended);
            all.open.extend(told.open);
            outcome.trouble.extend(told.trouble);
        }
        match command {
            Ok(status) if status.success() => {
                all.ended.extend([revoked.access.clone()]);
                all.ended.extend(revoked.refreshes.clone());
            }
            other => outcome.trouble.push(format!("grant revoke: {other:?}")),
        }
        look(address, store, watcher, &all, &mut outcome)?;
    }
    Ok(outcome)
}

fn look(
    address: SocketAddr,
    store: &Path,
    watcher: &(String, String),
    all: &StoredRefusal,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let mut line = Line::open(address)?;
    let watcher = basic(watcher);
    let connection = Connection::open(store).map_err(|error| error.to_string())?;
    outcome.issued += all.issued.len();
    outcome.ended += all.ended.len();
    for token in &all.issued {
        let digest = Digest::of(&SecretText::new(token.clone()));
        let stored: Option<i64> = connection
            .query_row("SELECT 1 FROM tokens WHERE digest = ?1", [digest.as_bytes()], |row| row.get(0))
            .optional()
            .map_err(|error| error.to_string())?;
        outcome.missing += usize::from(stored.is_none());
        if !all.ended.contains(token) && !all.open.contains(token) {
            outcome.lost += usize::from(!introspect(&mut line, &watcher, token)?);
        }
    }
    for token in &all.ended {
        outcome.accepted += usize::from(introspect(&mut line, &watcher, token)?);
    }
    Ok(())
}

/// Issues and ends until the service is gone.
fn client(address: SocketAddr, target: &Target, number: usize, warm: &Sender<()>) -> StoredRefusal {
    let mut told = StoredRefusal::default();
    let Ok(mut line) = Line::open(address) else {
        told.trouble = Some("the service was gone before it was asked".to_owned());
        return told;
    };
    let mut refresh = target.refreshes[number].clone();
    for turn in 0.. {
        let went_on = if number < CLIENTS {
            by_key(&mut line, target, turn, &mut told)
        } else {
            by_refresh_token(&mut line, target, &mut refresh, &mut told)
        };
        if !went_on {
            break;
        }
        if turn == 0 {
            // Whoever waits for it may have given up.
            let _ = warm.send(());
        }
    }
    told
}

/// A token, and every other time its end; whether the service still answers.
fn by_key(line: &mut Line, target: &Target, turn: usize, told: &mut StoredRefusal) -> bool {
    let key = basic(&target.key);
    let Ok((status, body)) = line.post("/oauth/token", &key, "grant_type=client_credentials") else {
        return false;
    };
    let Some(token) = member(&body, "access_token") else {
        told.trouble = Some(format!("token: {status} {body}"));
        return false;
    };
    told.issued.push(token.clone());
    if turn.is_multiple_of(2) {
        return true;
    }
    match line.post("/oauth/revoke", &key, &format!("token={token}")) {
        Ok((200, _)) => {
            told.ended.push(token);
            true
        }
        Ok((status, body)) => {
            told.trouble = Some(format!("revocation: {status} {body}"));
            false
        }
        Err(_) => {
            told.open.push(token);
            false
        }
    }
}

/// The next two tokens for a refresh token; whether the service still answers.
fn by_refresh_token(
    line: &mut Line,
    target: &Target,
    refresh: &mut String,
    told: &mut StoredRefusal,
) -> bool {
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let Ok((status, body)) = line.post("/oauth/token", &basic(&target.consumer), &form) else {
        told.open.push(refresh.clone());
        return false;
    };
    let (Some(access), Some(next)) = (member(&body, "access_token"), member(&body, "refresh_token")) else {
        told.trouble = Some(format!("refresh: {status} {body}"));
        return false;
    };
    told.ended.push(std::mem::replace(refresh, next.clone()));
    told.issued.extend([access, next]);
    true
}
