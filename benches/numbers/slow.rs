//! 2,000 slow connections that stay open for a minute, while normal clients send requests.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, ms};
use crate::report::{Report, heading, note};
use crate::service::{Service, credentials, post};

const SLOW: usize = 2000;
/// Interval of normal requests: 50 per second, each on a new connection.
const PACE: Duration = Duration::from_millis(20);
/// Duration of the normal requests without slow connections.
const ALONE: Duration = Duration::from_secs(20);
/// Duration of the slow connections.
const ATTACK: Duration = Duration::from_mins(1);
/// Interval at which a dripping connection sends a byte.
const DRIP: Duration = Duration::from_secs(1);
/// Number of steps per interval, so that the bytes are spread evenly.
const STEPS: usize = 100;
/// Time limit for the service to close the connections; its longest timeout is 30 s.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(40);

/// Runs slow and normal clients.
pub fn run(report: &mut Report, _: Scale) {
    heading(&format!("{SLOW} slow connections for a minute, with 50 normal requests per second"));
    if let Err(Failed(why)) = measure(report) {
        report.fail("slow connections", &why);
    }
}

fn measure(report: &mut Report) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 1000, ..Content::default() })?;
    let path = store.path();
    let credentials = credentials(&path)?;
    let service = Service::start(&path)?;
    let alone = normal_requests(service.address, &credentials, || false, ALONE)?;
    let over = AtomicBool::new(false);
    let (beside, slow) = std::thread::scope(|scope| {
        let slow = scope.spawn(|| keep_open(service.address, &over));
        let beside = normal_requests(service.address, &credentials, || slow.is_finished(), ATTACK);
        over.store(true, Ordering::Relaxed);
        (beside, slow.join())
    });
    let Ok(slow) = slow else { return Err(Failed("the thread of the slow connections panicked".to_owned())) };
    let (beside, slow) = (beside?, slow?);
    let spread = |times: &Times| format!("{}, p99 {}", ms(times.median()), ms(times.percentile(99)));
    let times = beside.median().as_secs_f64() / alone.median().as_secs_f64().max(1e-9);
    let detail = format!("{} alone; {} with slow connections", spread(&alone), spread(&beside));
    report.judge("normal requests with slow connections", times, "x", 2.0, &detail);
    note(
        "normal requests",
        &format!("{} alone, {} with slow connections, all with status 200", alone.count(), beside.count()),
    );
    note(
        "slow connections",
        &format!(
            "{} were opened to keep {SLOW} open; the longest lasted {:.1} s",
            slow.opened,
            slow.longest.as_secs_f64()
        ),
    );
    report.judge(
        "slow connections still open",
        count(slow.still_open),
        "",
        0.0,
        "40 s after the last was opened",
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
const fn count(number: usize) -> f64 {
    number as f64
}

/// Requests tokens at the interval `PACE`; each response must have status 200.
#[expect(clippy::disallowed_methods, reason = "the pace is what is tested")]
fn normal_requests(
    address: SocketAddr,
    credentials: &str,
    stop: impl Fn() -> bool,
    duration: Duration,
) -> Result<Times, Failed> {
    let mut times = Times::default();
    let began = Instant::now();
    let mut due = began;
    while began.elapsed() < duration && !stop() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        post(address, "/oauth/token", credentials, "grant_type=client_credentials&scope=assets.read")?;
        times.push(due.elapsed());
        due += PACE;
    }
    Ok(times)
}

/// The result of the slow connections.
struct SlowResult {
    opened: usize,
    longest: Duration,
    still_open: usize,
}

/// A slow connection.
struct SlowConnection {
    stream: TcpStream,
    opened: Instant,
    kind: usize,
}

impl SlowConnection {
    fn open(address: SocketAddr, kind: usize) -> Result<Self, Failed> {
        let mut stream = TcpStream::connect(address)?;
        let begin = match kind % 5 {
            // Sends no byte.
            0 => String::new(),
            // Stops within the head, or drips the rest of it.
            1 | 2 => format!("POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nX-A: "),
            // Drips a body.
            3 => format!("POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nContent-Length: 60000\r\n\r\n"),
            // Sends one request, then stays idle.
            _ => format!("GET /nothing HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        };
        // The service may have closed the connection already; `is_closed` detects that.
        let _ = stream.write_all(begin.as_bytes());
        stream.set_nonblocking(true)?;
        Ok(Self { stream, opened: Instant::now(), kind })
    }

    /// Returns true if the service has closed the connection.
    fn is_closed(&mut self) -> bool {
        let mut answer = [0; 2048];
        loop {
            match self.stream.read(&mut answer) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
    }

    fn drip(&mut self) {
        if matches!(self.kind % 5, 2 | 3) {
            // After an error, `is_closed` detects the closed connection.
            let _ = self.stream.write(b"a");
        }
    }
}

/// Keeps `SLOW` connections open until `over` is set, then waits until the service has closed all of them.
#[expect(clippy::disallowed_methods, reason = "slowness is what is tested")]
fn keep_open(address: SocketAddr, over: &AtomicBool) -> Result<SlowResult, Failed> {
    let mut connections: Vec<SlowConnection> = Vec::with_capacity(SLOW);
    let (mut opened, mut longest, mut at) = (0, Duration::ZERO, 0);
    let mut last = Instant::now();
    loop {
        let active = !over.load(Ordering::Relaxed);
        // Visits each connection once per drip interval, and replaces closed ones.
        for _ in 0..SLOW / STEPS {
            if active && connections.len() < SLOW {
                connections.push(SlowConnection::open(address, opened)?);
                opened += 1;
                last = Instant::now();
            }
            if at >= connections.len() {
                at = 0;
            }
            let Some(slow) = connections.get_mut(at) else { break };
            slow.drip();
            if slow.is_closed() {
                longest = longest.max(slow.opened.elapsed());
                connections.swap_remove(at);
            } else {
                at += 1;
            }
        }
        std::thread::sleep(DRIP / u32::try_from(STEPS).unwrap_or(1));
        if !active && (connections.is_empty() || last.elapsed() > CLOSE_TIMEOUT) {
            return Ok(SlowResult { opened, longest, still_open: connections.len() });
        }
    }
}
