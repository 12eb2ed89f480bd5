//! `key create` processes, one after another, while the service answers a constant rate of requests.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, apiconn, spread};
use crate::report::{Report, heading};
use crate::service::{Service, credentials, post};

/// Interval of requests: 50 per second.
const PACE: Duration = Duration::from_millis(20);
/// Time limit of the requests.
const TIME_LIMIT: Duration = Duration::from_mins(3);

/// Runs commands and requests together.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!("{} key create commands while serve answers 50 requests per second", scale.creates));
    if let Err(Failed(why)) = measure(report, scale) {
        report.fail("create under load", &why);
    }
}

fn measure(report: &mut Report, scale: Scale) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 10_000, ..Content::default() })?;
    let path = store.path();
    let credentials = credentials(&path)?;
    let service = Service::start(&path)?;
    let done = AtomicBool::new(false);
    let (creates, stream) = std::thread::scope(|scope| {
        let stream = scope.spawn(|| Stream::run(service.address, &credentials, &done));
        let creates = creates(&path, scale.creates);
        done.store(true, Ordering::Relaxed);
        (creates, stream.join())
    });
    let Ok(stream) = stream else { return Err(Failed("the thread of the requests panicked".to_owned())) };
    let Creates { times, errors } = creates;
    let text = errors.first().map_or_else(|| spread(&times), |error| format!("{}; {error}", spread(&times)));
    report.judge("failed key create commands", count(errors.len()), "", 0.0, &text);
    let text = stream
        .errors
        .first()
        .map_or_else(|| spread(&stream.times), |error| format!("{}; {error}", spread(&stream.times)));
    report.judge("failed requests", count(stream.errors.len()), "", 0.0, &text);
    let rate = count(stream.times.count()) / stream.took.as_secs_f64();
    // The limit applies to the part of the rate that was missed.
    let missed = (1.0 - rate * PACE.as_secs_f64()).max(0.0) * 100.0;
    let detail = format!(
        "{} requests in {:.1} s, {rate:.1} per second",
        stream.times.count(),
        stream.took.as_secs_f64()
    );
    report.judge("missed part of the request rate", missed, "%", 2.0, &detail);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
const fn count(number: usize) -> f64 {
    number as f64
}

struct Creates {
    times: Times,
    errors: Vec<String>,
}

fn creates(store: &Path, count: usize) -> Creates {
    let (mut times, mut errors) = (Times::default(), Vec::new());
    for number in 0..count {
        let mut command = apiconn(store);
        command.args(["key", "create", &format!("script-{number}"), "--scope", "assets.read"]);
        let began = Instant::now();
        match command.stdout(Stdio::null()).stderr(Stdio::piped()).output() {
            Ok(output) if output.status.success() => times.push(began.elapsed()),
            Ok(output) => errors.push(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => errors.push(error.to_string()),
        }
    }
    Creates { times, errors }
}

/// The results of the requests.
struct Stream {
    times: Times,
    errors: Vec<String>,
    took: Duration,
}

impl Stream {
    /// Sends a request each time one is due until `done`, alternating between issue and introspection. Durations count
    /// from the due time, so that the wait behind a slow request counts too.
    #[expect(clippy::disallowed_methods, reason = "the pace is what is tested")]
    fn run(address: SocketAddr, credentials: &str, done: &AtomicBool) -> Self {
        let mut stream = Self { times: Times::default(), errors: Vec::new(), took: Duration::ZERO };
        let mut token = String::new();
        let began = Instant::now();
        let mut due = began;
        while !done.load(Ordering::Relaxed) && began.elapsed() < TIME_LIMIT {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let answer = if token.is_empty() {
                post(address, "/oauth/token", credentials, "grant_type=client_credentials&scope=assets.read")
                    .and_then(|body| {
                        let rest = body.split_once("\"access_token\":\"").map(|(_, rest)| rest);
                        let found = rest.and_then(|rest| rest.split('"').next());
                        found.map(|found| found.clone_into(&mut token)).ok_or(Failed(body.clone()))
                    })
            } else {
                let form = format!("token={}", std::mem::take(&mut token));
                post(address, "/oauth/introspect", credentials, &form).and_then(|body| {
                    if body.contains("\"active\":true") { Ok(()) } else { Err(Failed(body)) }
                })
            };
            match answer {
                Ok(()) => stream.times.push(due.elapsed()),
                Err(Failed(why)) => stream.errors.push(why),
            }
            due += PACE;
        }
        stream.took = began.elapsed();
        stream
    }
}
