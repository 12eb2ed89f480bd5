//! The cost of a request in a store of many tokens, compared with a store of 1,000 tokens.

use std::time::Duration;

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, median, ms};
use crate::report::{Report, heading};
use crate::service::{Answers, Client, Service, credentials};

const FEW: i64 = 1000;
const CONNECTIONS: usize = 8;
/// Requests of each kind per round.
const REQUESTS: usize = 500;
const LIMIT: f64 = 1.3;

/// Issues, introspects and revokes tokens in both stores in alternation.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!(
        "Requests in a store of {} tokens, compared with {FEW}; {CONNECTIONS} connections",
        scale.rows
    ));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("growth", &why);
    }
}

/// A store with its service.
struct Side {
    service: Service,
    credentials: String,
    /// Kept because its drop removes the folder.
    _store: Filled,
    costs: [Vec<f64>; 3],
    times: [Times; 3],
}

const KINDS: [&str; 3] = ["issue", "introspect", "revoke"];

impl Side {
    fn new(tokens: i64) -> Result<Self, Failed> {
        let store = Filled::new(Content {
            keys: 1000,
            consumers: 10,
            users: 1000,
            grants: 1000,
            tokens,
            ..Content::default()
        })?;
        let credentials = credentials(&store.path())?;
        let service = Service::start(&store.path())?;
        Ok(Self { service, credentials, _store: store, costs: Default::default(), times: Default::default() })
    }

    fn client(&self) -> Client<'_> {
        Client { address: self.service.address, credentials: &self.credentials, connections: CONNECTIONS }
    }

    /// Issues tokens, introspects each, then revokes each. Records the durations if `counts`.
    fn round(&mut self, counts: bool) -> Result<(), Failed> {
        let form = "grant_type=client_credentials&scope=assets.read".to_owned();
        let issued = self.client().each("/oauth/token", &vec![form; REQUESTS])?;
        let token = |body: &String| {
            let (_, rest) = body.split_once("\"access_token\":\"")?;
            rest.split('"').next().map(|token| format!("token={token}"))
        };
        let forms: Vec<String> = issued.bodies.iter().filter_map(token).collect();
        let introspected = self.client().each("/oauth/introspect", &forms)?;
        if let Some(body) = introspected.bodies.iter().find(|body| !body.contains("\"active\":true")) {
            return Err(Failed(body.clone()));
        }
        let revoked = self.client().each("/oauth/revoke", &forms)?;
        for (kind, answers) in [issued, introspected, revoked].into_iter().enumerate() {
            if let Some(error) = answers.errors.first() {
                return Err(Failed(error.clone()));
            }
            if counts {
                let Answers { times, took, .. } = answers;
                self.costs[kind].push(per(took));
                self.times[kind].add(times);
            }
        }
        Ok(())
    }
}

/// Returns the microseconds per request.
#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
fn per(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6 / REQUESTS as f64
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let (mut many, mut few) = (Side::new(scale.rows)?, Side::new(FEW)?);
    many.round(false)?;
    few.round(false)?;
    for round in 0..=6 * scale.intervals {
        if round % 2 == 0 {
            many.round(true)?;
            few.round(true)?;
        } else {
            few.round(true)?;
            many.round(true)?;
        }
    }
    for (kind, name) in KINDS.into_iter().enumerate() {
        let ratio = median(many.costs[kind].iter().zip(&few.costs[kind]).map(|(a, b)| a / b).collect());
        let side = |side: &Side| {
            format!(
                "{:.0} µs each, p99 {}",
                median(side.costs[kind].clone()),
                ms(side.times[kind].percentile(99))
            )
        };
        let detail = format!("{} vs {}", side(&many), side(&few));
        report.judge(&format!("{name}, compared with {FEW} tokens"), ratio, "x", LIMIT, &detail);
    }
    Ok(())
}
