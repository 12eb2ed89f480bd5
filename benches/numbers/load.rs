//! A script that makes keys, one process each, while the service answers a steady stream of requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, apiconn, ms, output};
use crate::report::{Report, heading};

/// One request each, 50 a second.
const PACE: Duration = Duration::from_millis(20);
/// However long the script takes, the stream ends.
const LONGEST: Duration = Duration::from_mins(3);
const PATIENCE: Duration = Duration::from_secs(5);

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
    let pair = output(apiconn(&path).args([
        "key",
        "create",
        "the-client",
        "--scope",
        "assets.read",
        "--scope",
        "apiconn:introspect",
        "-o",
        "tsv",
    ]))?;
    let credentials = STANDARD.encode(pair.trim_end().replace('\t', ":"));
    let service = Service::start(&path)?;
    let done = AtomicBool::new(false);
    let (creates, stream) = std::thread::scope(|scope| {
        let stream = scope.spawn(|| Stream::run(service.address, &credentials, &done));
        let creates = creates(&path, scale.creates);
        done.store(true, Ordering::Relaxed);
        (creates, stream.join())
    });
    let Ok(stream) = stream else { return Err(Failed("the stream of requests broke off".to_owned())) };
    let spread = |times: &Times| {
        format!("p50 {}, p99 {}, max {}", ms(times.median()), ms(times.percentile(99)), ms(times.max()))
    };
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

/// Posts a form on a connection of its own; the answer must be 200.
fn post(address: SocketAddr, path: &str, credentials: &str, form: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(Failed(answer)),
    }
}

/// A running service, ended when it is dropped.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    fn start(store: &Path) -> Result<Self, Failed> {
        let mut child = apiconn(store)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take();
        let mut service = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let Some(stderr) = stderr else { return Err(Failed("the service has no stderr".to_owned())) };
        let mut stderr = BufReader::new(stderr);
        let mut line = String::new();
        while stderr.read_line(&mut line)? > 0 {
            if let Some(rest) = line.strip_prefix("Listening on http://") {
                service.address = rest.split(',').next().unwrap_or_default().parse()?;
                // Whatever it says later must not fill the pipe.
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
                });
                return Ok(service);
            }
            line.clear();
        }
        Err(Failed("the service did not start".to_owned()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nothing in this store is kept, so nothing is lost by a hard end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
