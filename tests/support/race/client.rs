//! One client of a race.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::line::{Line, basic, member};
use super::target::Target;
use super::{CLIENTS, Credential, Served};

/// How often each has to be accepted before the end is asked for.
const WARM: usize = 2;
/// How often each asks in each way after the end.
const AFTER: usize = 2;

/// One request as its client saw it.
#[derive(Clone, Copy)]
pub struct Asked {
    pub sent: Instant,
    pub answered: Instant,
    pub accepted: bool,
}

/// A way to use the credential.
enum Probe {
    /// Asks what a token or secret is.
    Introspect(String),
    /// Exchanges a refresh token, and the one that it is given, and so on.
    Exchange(String),
    /// Asks for a token as the key.
    Token,
    /// Asks what the token is that it was given last.
    IntrospectIssued,
    /// Opens the user's own page.
    Page,
    /// Asks for a code in the name of the user.
    Authorize,
}

/// One that asks without a pause.
pub struct Client<'a> {
    line: &'a mut Line,
    watcher: String,
    target: &'a Target,
    credential: Credential,
    probes: Vec<Probe>,
    issued: Option<String>,
}

impl<'a> Client<'a> {
    pub fn new(
        served: Served<'_>,
        target: &'a Target,
        credential: Credential,
        number: usize,
        line: &'a mut Line,
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
        Self { line, watcher: basic(served.watcher), target, credential, probes, issued: None }
    }

    /// Asks until some time after the end; says when it has been accepted often enough to begin with that.
    pub fn run(mut self, over: &AtomicBool, warm: &Sender<()>) -> Result<Vec<Asked>, String> {
        let mut all = Vec::new();
        let (mut accepted_ones, mut left) = (0, None);
        for turn in 0.. {
            if left.is_none() && over.load(Ordering::SeqCst) {
                if self.credential == Credential::RefreshToken {
                    // Nobody has exchanged this one yet.
                    self.probes.push(Probe::Exchange(self.target.refreshes[CLIENTS].clone()));
                }
                left = Some(AFTER * self.probes.len());
            }
            let sent = Instant::now();
            let accepted = self.ask(turn)?;
            all.push(Asked { sent, answered: Instant::now(), accepted });
            accepted_ones += usize::from(accepted);
            if accepted && accepted_ones == WARM {
                // Whoever waits for it may have given up.
                let _ = warm.send(());
            }
            left = left.map(|left| left - 1);
            if left == Some(0) {
                break;
            }
        }
        Ok(all)
    }

    /// Asks in one of the ways; whether what it asked with was accepted.
    fn ask(&mut self, turn: usize) -> Result<bool, String> {
        let at = turn % self.probes.len();
        match &mut self.probes[at] {
            Probe::Introspect(token) => introspect(self.line, &self.watcher, token),
            Probe::IntrospectIssued => match &self.issued {
                Some(token) => introspect(self.line, &self.watcher, token),
                None => Err("no token was issued".to_owned()),
            },
            Probe::Exchange(token) => {
                let form = format!("grant_type=refresh_token&refresh_token={token}");
                let (status, body) = self.line.post("/oauth/token", &basic(&self.target.consumer), &form)?;
                match (status, member(&body, "refresh_token")) {
                    (200, Some(next)) => {
                        *token = next;
                        Ok(true)
                    }
                    (400, _) if body.contains("\"invalid_grant\"") => Ok(false),
                    // Its consumer may be what was ended.
                    (401 | 429, _) => Ok(false),
                    _ => Err(format!("refresh: {status} {body}")),
                }
            }
            Probe::Token => {
                let form = "grant_type=client_credentials";
                let (status, body) = self.line.post("/oauth/token", &basic(&self.target.key), form)?;
                match (status, member(&body, "access_token")) {
                    (200, Some(token)) => {
                        self.issued = Some(token);
                        Ok(true)
                    }
                    // The second after too many of the first.
                    (401 | 429, _) => Ok(false),
                    _ => Err(format!("token: {status} {body}")),
                }
            }
            Probe::Page => {
                let said = self.line.get("/account/applications", &self.target.cookie())?;
                match said.status {
                    200 => Ok(true),
                    303 => Ok(false),
                    status => Err(format!("page: {status} {}", said.body)),
                }
            }
            Probe::Authorize => {
                let said = self.line.get(&self.target.asking(), &self.target.cookie())?;
                match said.status {
                    303 if said.head.contains("?code=") => Ok(true),
                    // The page that asks.
                    200 if said.body.contains("name=\"decision\"") => Ok(false),
                    status => Err(format!("authorization: {status} {} {}", said.head, said.body)),
                }
            }
        }
    }
}

/// Whether a token or secret is accepted.
pub fn introspect(line: &mut Line, watcher: &str, token: &str) -> Result<bool, String> {
    let (status, body) = line.post("/oauth/introspect", watcher, &format!("token={token}"))?;
    match status {
        200 if body.contains("\"active\":true") => Ok(true),
        200 if body == r#"{"active":false}"# => Ok(false),
        _ => Err(format!("introspection: {status} {body}")),
    }
}
