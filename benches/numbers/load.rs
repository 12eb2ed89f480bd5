//! A script that makes keys, one process each, while the service answers a steady stream of requests.

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

/// One request each, 50 a second.
const PACE: Duration = Duration::from_millis(20);
/// However long the script takes, the stream ends.
const LONGEST: Duration = Duration::from_mins(3);

/// Runs both.
pub fn run(report: &mut Report, scale: Scale) {
    heading(&format!("{} key create in a row while serve answers 50 requests a second", scale.creates));
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
    let Ok(stream) = stream else { return Err(Failed("the stream of requests broke off".to_owned())) };
    let Creates { times, errors } = creates;
    let text = errors.first().map_or_else(|| spread(&times), |error| format!("{}; {error}", spread(&times)));
    report.judge("key create that failed", count(errors.len()), "", 0.0, &text);
    let text = stream
        .errors
        .first()
        .map_or_else(|| spread(&stream.times), |error| format!("{}; {error}", spread(&stream.times)));
    report.judge("requests that failed", count(stream.errors.len()), "", 0.0, &text);
    let rate = count(stream.times.count()) / stream.took.as_secs_f64();
    // The limit is upside down: what is judged is how much of the pace was missed.
    let missed = (1.0 - rate * PACE.as_secs_f64()).max(0.0) * 100.0;
    let detail = format!(
        "{} requests in {:.1} s, {rate:.1} a second",
        stream.times.count(),
        stream.took.as_secs_f64()
    );
    report.judge("requests missing from the pace", missed, "%", 2.0, &detail);
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

/// What the stream of requests met.
struct Stream {
    times: Times,
    errors: Vec<String>,
    took: Duration,
}

impl Stream {
    /// Sends a request each time one is due until `done`, tokens and introspections by turns. Times are counted from
    /// when a request was due, not from when the one before let it go.
    #[expect(clippy::disallowed_methods, reason = "the pace is what is tested")]
    fn run(address: SocketAddr, credentials: &str, done: &AtomicBool) -> Self {
        let mut stream = Self { times: Times::default(), errors: Vec::new(), took: Duration::ZERO };
        let mut token = String::new();
        let began = Instant::now();
        let mut due = began;
        while !done.load(Ordering::Relaxed) && began.elapsed() < LONGEST {
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
