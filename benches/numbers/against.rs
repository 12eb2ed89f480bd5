//! The service of this build, compared with another build of the program, in alternating rounds of one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Scale;
use crate::measure::{Failed, PROGRAM, apiconn_of, median, output};
use crate::report::{Report, heading, note};
use crate::service::{Answers, Client, Service, credentials_of};

/// The variable with the path of the other program.
const OTHER: &str = "OTHER_APICONN";
const CONNECTIONS: usize = 32;
/// The part of the other build's rate that this build may lose, and the processor time that it may use in addition.
const TOLERANCE: f64 = 0.05;
/// Clock ticks per second in `/proc/PID/stat`. Linux reports 100 to programs on every platform.
const TICKS: f64 = 100.0;

const TOKEN: &str = "grant_type=client_credentials&scope=assets.read";

/// Compares token requests and introspections.
#[expect(clippy::disallowed_methods, reason = "the caller of the benchmark chooses the other build")]
pub fn run(report: &mut Report, scale: Scale) {
    let Some(other) = std::env::var_os(OTHER) else {
        note("another build", &format!("not measured: {OTHER} is not set"));
        return;
    };
    heading(&format!("The service, compared with that of {}", Path::new(&other).display()));
    if let Err(Failed(why)) = measure(report, scale, other.as_ref()) {
        report.fail("another build", &why);
    }
}

/// One build with a store and its service.
struct Side {
    service: Service,
    credentials: String,
    token: String,
    /// Kept because its drop removes the folder.
    _folder: tempfile::TempDir,
}

/// The result of one kind of request in one round.
struct Round {
    /// Responses per second.
    rate: f64,
    /// Processor time of the service for one response, in microseconds.
    processor: f64,
}

impl Side {
    fn new(program: &Path) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let store: PathBuf = folder.path().join("base.db");
        let run = |words: &[&str]| output(apiconn_of(program, &store).args(words));
        run(&["init", "--base", "Acme Maintenance", "--env", "test", "--issuer", "http://127.0.0.1:8080"])?;
        run(&["scope", "add", "assets.read", "Read the assets"])?;
        let credentials = credentials_of(program, &store)?;
        let service = Service::start_of(program, &store)?;
        let mut side = Self { service, credentials, token: String::new(), _folder: folder };
        let issued = side.client(1).each("/oauth/token", &[TOKEN.to_owned()])?;
        let body = issued.bodies.first().cloned().unwrap_or_default();
        let token = body.split_once("\"access_token\":\"").and_then(|(_, rest)| rest.split('"').next());
        side.token =
            format!("token={}", token.ok_or(Failed(format!("no token: {body} {:?}", issued.errors)))?);
        Ok(side)
    }

    fn client(&self, connections: usize) -> Client<'_> {
        Client { address: self.service.address, credentials: &self.credentials, connections }
    }

    /// Returns the processor time that the service has used, in seconds.
    fn processor(&self) -> Result<f64, Failed> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.service.pid()))?;
        // The name in parentheses may contain spaces. Then follow the state as field 3, and both times as fields 14 and 15.
        let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace());
        let ticks = fields.into_iter().flatten().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of some ten thousands")]
    fn round(&self, kind: usize, span: Duration) -> Result<Round, Failed> {
        let (path, form) = [("/oauth/token", TOKEN), ("/oauth/introspect", &self.token)][kind];
        let before = self.processor()?;
        let answers: Answers = self.client(CONNECTIONS).for_a_while(path, form, span)?;
        if let Some(error) = answers.errors.first() {
            return Err(Failed(error.clone()));
        }
        let processor = (self.processor()? - before) * 1e6 / answers.times.count() as f64;
        Ok(Round { rate: answers.rate(), processor })
    }
}

fn measure(report: &mut Report, scale: Scale, other: &Path) -> Result<(), Failed> {
    let (ours, theirs) = (Side::new(PROGRAM.as_ref())?, Side::new(other)?);
    for (kind, name) in ["tokens", "introspections"].into_iter().enumerate() {
        ours.round(kind, Duration::from_millis(500))?;
        theirs.round(kind, Duration::from_millis(500))?;
        let mut rounds = Vec::new();
        for round in 0..=3 * scale.intervals {
            // The order alternates, so that neither build always follows the other one.
            let pair = if round % 2 == 0 {
                let first = ours.round(kind, scale.span)?;
                (first, theirs.round(kind, scale.span)?)
            } else {
                let first = theirs.round(kind, scale.span)?;
                (ours.round(kind, scale.span)?, first)
            };
            rounds.push(pair);
        }
        let of = |value: fn(&(Round, Round)) -> f64| median(rounds.iter().map(value).collect());
        let detail =
            format!("{:.0} vs {:.0} per second", of(|(ours, _)| ours.rate), of(|(_, theirs)| theirs.rate));
        let ratio = of(|(ours, theirs)| ours.rate / theirs.rate);
        report.judge_least(
            &format!("{name} at {CONNECTIONS} connections"),
            ratio,
            "x",
            1.0 - TOLERANCE,
            &detail,
        );
        let detail =
            format!("{:.0} vs {:.0} µs", of(|(ours, _)| ours.processor), of(|(_, theirs)| theirs.processor));
        let ratio = of(|(ours, theirs)| ours.processor / theirs.processor);
        report.judge(&format!("processor time of {name}"), ratio, "x", 1.0 + TOLERANCE, &detail);
    }
    Ok(())
}
