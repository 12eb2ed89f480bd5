//! A client in a race.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::connection::{HttpConnection, basic, member};
use super::target::Target;
use super::{CLIENTS, Credential, RaceSetup};

/// Accepted requests of each client before the credential is ended.
const WARM: usize = 2;
/// Requests of each client and kind after the credential was ended.
const AFTER: usize = 2;

/// A request with the times at its client.
#[derive(Clone, Copy)]
pub struct TimedRequest {
    pub sent: Instant,
    pub answered: Instant,
    pub accepted: bool,
}

/// A kind of request that uses the credential.
enum Probe {
    /// Introspects a token or secret.
    Introspect(String),
    /// Exchanges a refresh token, then the new one, repeatedly.
    Exchange(String),
    /// Requests a token with the key.
    Token,
    /// Introspects the token that was issued last.
    IntrospectIssued,
    /// Requests the account page.
    Page,
    /// Requests a code for the signed-in user.
    Authorize,
}

/// A client that sends requests without pause.
pub struct Client<'a> {
    connection: &'a mut HttpConnection,
    introspector: String,
    target: &'a Target,
    credential: Credential,
    probes: Vec<Probe>,
    issued: Option<String>,
}

impl<'a> Client<'a> {
    pub fn new(
        setup: RaceSetup<'_>,
        target: &'a Target,
        credential: Credential,
        number: usize,
        connection: &'a mut HttpConnection,
    ) -> Self {
        let probes = match credential {
            Credential::AccessToken => vec![Probe::Introspect(target.access.clone())],
            Credential::RefreshToken => vec![
                Probe::Exchange(target.refreshes[number].clone()),
                Probe::Introspect(target.refreshes[CLIENTS].clone()),
            ],
            Credential::Secret => {
                vec![Probe::Token, Probe::IntrospectIssued, Probe::Introspect(target.key.1.clone())]
            }
            Credential::Session => vec![Probe::Page],
            Credential::Consent => vec![Probe::Authorize],
        };
        // A refresh token is introspected by its own client alone.
        let introspector = match credential {
            Credential::RefreshToken => &target.consumer,
            _ => setup.introspector,
        };
        Self { connection, introspector: basic(introspector), target, credential, probes, issued: None }
    }

    /// Sends requests until some were sent after `over` is set. Sends to `warm` after the first accepted requests.
    pub fn run(mut self, over: &AtomicBool, warm: &Sender<()>) -> Result<Vec<TimedRequest>, String> {
        let mut all = Vec::new();
        let (mut accepted_requests, mut left) = (0, None);
        for round in 0.. {
            if left.is_none() && over.load(Ordering::SeqCst) {
                if self.credential == Credential::RefreshToken {
                    // No client has exchanged this token yet.
                    self.probes.push(Probe::Exchange(self.target.refreshes[CLIENTS].clone()));
                }
                left = Some(AFTER * self.probes.len());
            }
            let sent = Instant::now();
            let accepted = self.send(round)?;
            all.push(TimedRequest { sent, answered: Instant::now(), accepted });
            accepted_requests += usize::from(accepted);
            if accepted && accepted_requests == WARM {
                // The receiver may have timed out.
                let _ = warm.send(());
            }
            left = left.map(|left| left - 1);
            if left == Some(0) {
                break;
            }
        }
        Ok(all)
    }

    /// Sends a request of the next kind. Returns true if the credential was accepted.
    fn send(&mut self, round: usize) -> Result<bool, String> {
        let at = round % self.probes.len();
        match &mut self.probes[at] {
            // The command may have ended the consumer, which introspects its own refresh token.
            Probe::Introspect(token) if self.credential == Credential::RefreshToken => {
                let form = format!("token={token}");
                let (status, body) = self.connection.post("/oauth/introspect", &self.introspector, &form)?;
                match status {
                    401 | 429 => Ok(false),
                    _ => activity(status, &body),
                }
            }
            Probe::Introspect(token) => introspect(self.connection, &self.introspector, token),
            Probe::IntrospectIssued => match &self.issued {
                Some(token) => introspect(self.connection, &self.introspector, token),
                None => Err("no token was issued".to_owned()),
            },
            Probe::Exchange(token) => {
                let form = format!("grant_type=refresh_token&refresh_token={token}");
                let (status, body) =
                    self.connection.post("/oauth/token", &basic(&self.target.consumer), &form)?;
                match (status, member(&body, "refresh_token")) {
                    (200, Some(next)) => {
                        *token = next;
                        Ok(true)
                    }
                    (400, _) if body.contains("\"invalid_grant\"") => Ok(false),
                    // The command may have ended the consumer.
                    (401 | 429, _) => Ok(false),
                    _ => Err(format!("refresh: {status} {body}")),
                }
            }
            Probe::Token => {
                let form = "grant_type=client_credentials";
                let (status, body) = self.connection.post("/oauth/token", &basic(&self.target.key), form)?;
                match (status, member(&body, "access_token")) {
                    (200, Some(token)) => {
                        self.issued = Some(token);
                        Ok(true)
                    }
                    // 429 after too many 401.
                    (401 | 429, _) => Ok(false),
                    _ => Err(format!("token: {status} {body}")),
                }
            }
            Probe::Page => {
                let response = self.connection.get("/account/applications", &self.target.cookie())?;
                match response.status {
                    200 => Ok(true),
                    303 => Ok(false),
                    status => Err(format!("page: {status} {}", response.body)),
                }
            }
            Probe::Authorize => {
                let response =
                    self.connection.get(&self.target.authorization_request(), &self.target.cookie())?;
                match response.status {
                    303 if response.head.contains("?code=") => Ok(true),
                    // The grant is in force, and its codes of this hour are used up.
                    429 if response.body.contains("too many authorization codes for this grant") => Ok(true),
                    // The consent page.
                    200 if response.body.contains("name=\"decision\"") => Ok(false),
                    status => Err(format!("authorization: {status} {} {}", response.head, response.body)),
                }
            }
        }
    }
}

/// Introspects a token or secret. Returns true if it is active.
pub fn introspect(connection: &mut HttpConnection, introspector: &str, token: &str) -> Result<bool, String> {
    let (status, body) = connection.post("/oauth/introspect", introspector, &format!("token={token}"))?;
    activity(status, &body)
}

/// Returns whether the response of an introspection says that the token is active.
fn activity(status: u16, body: &str) -> Result<bool, String> {
    match status {
        200 if body.contains("\"active\":true") => Ok(true),
        200 if body == r#"{"active":false}"# => Ok(false),
        _ => Err(format!("introspection: {status} {body}")),
    }
}
