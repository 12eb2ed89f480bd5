//! A service that is killed while it issues and revokes tokens. After a restart its acknowledged changes must be stored.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use apiconn::credentials::digest::Digest;
use apiconn::credentials::format::REFRESH_PREFIX;
use apiconn::credentials::refresh;
use apiconn::domain::secret_text::SecretText;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::{Connection, OptionalExtension as _};

use super::client::introspect;
use super::connection::{HttpConnection, basic, member};
use super::target::{Target, targets};
use super::{Credential, TIMEOUT};

/// Number of clients that issue tokens and revoke every other one, and number of clients that exchange refresh tokens.
const CLIENTS: usize = 4;
/// The longest time from the first responses to the kill, in microseconds.
const MAX_DELAY_MICROS: u64 = 30_000;
const SEED: u64 = 20_261_124;

/// The result of all kills.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Number of issued tokens that clients received.
    pub issued: usize,
    /// Number of those that are not stored. Must be 0.
    pub missing: usize,
    /// Number of those that are refused without having been ended. Must be 0.
    pub lost: usize,
    /// Number of tokens whose end was acknowledged: by revocation, exchange or a command.
    pub ended: usize,
    /// Number of those that are accepted. Must be 0.
    pub accepted: usize,
    /// Number of exchanges of refresh tokens that were not acknowledged, and were repeated after the restart.
    pub retried: usize,
    /// Unexpected responses and failed commands.
    pub trouble: Vec<String>,
}

/// The responses that a client received before the service was killed.
#[derive(Default)]
struct Received {
    issued: Vec<String>,
    ended: Vec<String>,
    /// Tokens whose end was requested but not acknowledged. They may be active or not.
    open: Vec<String>,
    /// Consumers, and the refresh tokens whose exchange was not acknowledged. A retry must succeed.
    unanswered: Vec<((String, String), String)>,
    trouble: Option<String>,
}

/// Kills the service `kills` times. `start` returns a service, which is killed on drop, and its address.
///
/// # Errors
/// A description if the service cannot be started or the store cannot be read.
pub fn run<S>(
    start: &dyn Fn() -> Result<(S, SocketAddr), String>,
    program: &dyn Fn() -> Command,
    store: &Path,
    introspector: &(String, String),
    kills: usize,
) -> Result<Outcome, String> {
    let mut random = rand::rngs::StdRng::seed_from_u64(SEED);
    let (used, revoked) =
        (targets(store, Credential::RefreshToken, kills)?, targets(store, Credential::AccessToken, kills)?);
    let mut outcome = Outcome::default();
    let (mut service, mut address) = start()?;
    for (used, revoked) in used.iter().zip(&revoked) {
        let (warm, warmed) = channel();
        let after = Duration::from_micros(random.random_range(0..MAX_DELAY_MICROS));
        let (received, command) = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..2 * CLIENTS)
                .map(|number| {
                    let warm = warm.clone();
                    scope.spawn(move || client(address, used, number, &warm))
                })
                .collect();
            let _ = (0..2 * CLIENTS).try_for_each(|_| warmed.recv_timeout(TIMEOUT));
            let command = program()
                .args(["grant", "revoke", &revoked.grant, "--yes"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            // All senders have sent, so this only waits.
            let _ = warmed.recv_timeout(after);
            drop(service);
            let received: Vec<Received> =
                clients.into_iter().filter_map(|client| client.join().ok()).collect();
            (received, command.and_then(|mut command| command.wait()))
        });
        (service, address) = start()?;
        let mut all = Received::default();
        for received in received {
            all.issued.extend(received.issued);
            all.ended.extend(received.ended);
            all.open.extend(received.open);
            all.unanswered.extend(received.unanswered);
            outcome.trouble.extend(received.trouble);
        }
        match command {
            Ok(status) if status.success() => {
                all.ended.extend([revoked.access.clone()]);
                all.ended.extend(revoked.refreshes.clone());
            }
            other => outcome.trouble.push(format!("grant revoke: {other:?}")),
        }
        let caller = |token: &str| {
            // A refresh token is introspected by its own client alone.
            if revoked.refreshes.iter().any(|refresh| refresh == token) {
                &revoked.consumer
            } else if token.starts_with(REFRESH_PREFIX) {
                &used.consumer
            } else {
                introspector
            }
        };
        check(address, store, &caller, &all, &mut outcome)?;
    }
    Ok(outcome)
}

/// Compares the received responses with the store and the restarted service. `caller` returns the client that introspects a
/// token.
fn check<'a>(
    address: SocketAddr,
    store: &Path,
    caller: &dyn Fn(&str) -> &'a (String, String),
    all: &Received,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let mut http = HttpConnection::open(address)?;
    let connection = Connection::open(store).map_err(|error| error.to_string())?;
    outcome.issued += all.issued.len();
    outcome.ended += all.ended.len();
    for token in &all.issued {
        // A refresh token is found by the selector of its family.
        let plain = SecretText::new(token.clone());
        let digest = refresh::selector(&plain).unwrap_or_else(|| Digest::of(&plain));
        let stored: Option<i64> = connection
            .query_row("SELECT 1 FROM tokens WHERE digest = ?1", [digest.as_bytes()], |row| row.get(0))
            .optional()
            .map_err(|error| error.to_string())?;
        outcome.missing += usize::from(stored.is_none());
        if !all.ended.contains(token) && !all.open.contains(token) {
            outcome.lost += usize::from(!introspect(&mut http, &basic(caller(token)), token)?);
        }
    }
    for token in &all.ended {
        outcome.accepted += usize::from(introspect(&mut http, &basic(caller(token)), token)?);
    }
    for (consumer, refresh) in &all.unanswered {
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let mut exchange = || -> Result<_, String> {
            let (status, body) = http.post("/oauth/token", &basic(consumer), &form)?;
            let next = member(&body, "refresh_token");
            Ok((status, next.ok_or_else(|| format!("retry after the kill: {status} {body}"))?))
        };
        // The exchange may have been committed before the kill. The retry, and the retry of the retry, give one successor.
        let (first, second) = (exchange()?, exchange()?);
        if first != second {
            outcome.trouble.push("two retries gave different refresh tokens".to_owned());
        }
        outcome.retried += 1;
    }
    Ok(())
}

/// Issues and ends tokens until the service is killed.
fn client(address: SocketAddr, target: &Target, number: usize, warm: &Sender<()>) -> Received {
    let mut received = Received::default();
    let Ok(mut http) = HttpConnection::open(address) else {
        received.trouble = Some("the service ended before the first request".to_owned());
        return received;
    };
    let mut refresh = target.refreshes[number].clone();
    for round in 0.. {
        let responds = if number < CLIENTS {
            by_key(&mut http, target, round, &mut received)
        } else {
            by_refresh_token(&mut http, target, &mut refresh, &mut received)
        };
        if !responds {
            break;
        }
        if round == 0 {
            // The receiver may have timed out.
            let _ = warm.send(());
        }
    }
    received
}

/// Issues a token and revokes every other one. Returns true while the service responds.
fn by_key(http: &mut HttpConnection, target: &Target, round: usize, received: &mut Received) -> bool {
    let key = basic(&target.key);
    let Ok((status, body)) = http.post("/oauth/token", &key, "grant_type=client_credentials") else {
        return false;
    };
    let Some(token) = member(&body, "access_token") else {
        received.trouble = Some(format!("token: {status} {body}"));
        return false;
    };
    received.issued.push(token.clone());
    if round.is_multiple_of(2) {
        return true;
    }
    match http.post("/oauth/revoke", &key, &format!("token={token}")) {
        Ok((200, _)) => {
            received.ended.push(token);
            true
        }
        Ok((status, body)) => {
            received.trouble = Some(format!("revocation: {status} {body}"));
            false
        }
        Err(_) => {
            received.open.push(token);
            false
        }
    }
}

/// Exchanges a refresh token. Returns true while the service responds.
fn by_refresh_token(
    http: &mut HttpConnection,
    target: &Target,
    refresh: &mut String,
    received: &mut Received,
) -> bool {
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let Ok((status, body)) = http.post("/oauth/token", &basic(&target.consumer), &form) else {
        received.open.push(refresh.clone());
        received.unanswered.push((target.consumer.clone(), refresh.clone()));
        return false;
    };
    let (Some(access), Some(next)) = (member(&body, "access_token"), member(&body, "refresh_token")) else {
        received.trouble = Some(format!("refresh: {status} {body}"));
        return false;
    };
    received.ended.push(std::mem::replace(refresh, next.clone()));
    received.issued.extend([access, next]);
    true
}
