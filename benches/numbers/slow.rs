//! Two thousand connections that never come to an end, held for a minute, while honest clients go on asking.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Scale;
use crate::fill::{Content, Filled};
use crate::measure::{Failed, Times, ms};
use crate::report::{Report, heading, tell};
use crate::service::{Service, credentials, post};

const SLOW: usize = 2000;
/// One honest request each, 50 a second, on a connection of its own.
const PACE: Duration = Duration::from_millis(20);
/// How long honest requests are timed alone.
const ALONE: Duration = Duration::from_secs(20);
/// How long the slow connections are held.
const HELD: Duration = Duration::from_mins(1);
/// How often each slow connection sends a byte, if it sends any.
const DRIP: Duration = Duration::from_secs(1);
/// In how many steps that is done, so that they do not come all at once.
const STEPS: usize = 100;
/// The longest that the service waits for anything is half a minute.
const LEFT: Duration = Duration::from_secs(40);

/// Runs both.
pub fn run(report: &mut Report, _: Scale) {
    heading(&format!("{SLOW} slow connections for a minute, and 50 honest requests a second beside them"));
    if let Err(Failed(why)) = measure(report) {
        report.fail("slow connections", &why);
    }
}

fn measure(report: &mut Report) -> Result<(), Failed> {
    let store = Filled::new(Content { keys: 1000, ..Content::default() })?;
    let path = store.path();
    let credentials = credentials(&path)?;
    let service = Service::start(&path)?;
    let alone = honest(service.address, &credentials, || false, ALONE)?;
    let over = AtomicBool::new(false);
    let (beside, slow) = std::thread::scope(|scope| {
        let slow = scope.spawn(|| hold(service.address, &over));
        let beside = honest(service.address, &credentials, || slow.is_finished(), HELD);
        over.store(true, Ordering::Relaxed);
        (beside, slow.join())
    });
    let Ok(slow) = slow else { return Err(Failed("the slow connections broke off".to_owned())) };
    let (beside, slow) = (beside?, slow?);
    let spread = |times: &Times| format!("{}, p99 {}", ms(times.median()), ms(times.percentile(99)));
    let times = beside.median().as_secs_f64() / alone.median().as_secs_f64().max(1e-9);
    let detail = format!("{} alone; {} beside", spread(&alone), spread(&beside));
    report.judge("honest requests beside slow connections, median", times, "x", 2.0, &detail);
    tell(
        "honest requests",
        &format!("{} alone, {} beside, all answered with 200", alone.count(), beside.count()),
    );
    tell(
        "slow connections",
        &format!(
            "{} were opened to keep {SLOW} open; the longest lasted {:.1} s",
            slow.opened,
            slow.longest.as_secs_f64()
        ),
    );
    report.judge("slow connections left open", count(slow.left), "", 0.0, "40 s after the last was opened");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
const fn count(number: usize) -> f64 {
    number as f64
}

/// Asks for tokens at the pace; each has to be answered with 200.
#[expect(clippy::disallowed_methods, reason = "the pace is what is tested")]
fn honest(
    address: SocketAddr,
    credentials: &str,
    enough: impl Fn() -> bool,
    long: Duration,
) -> Result<Times, Failed> {
    let mut times = Times::default();
    let began = Instant::now();
    let mut due = began;
    while began.elapsed() < long && !enough() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        post(address, "/oauth/token", credentials, "grant_type=client_credentials&scope=assets.read")?;
        times.push(due.elapsed());
        due += PACE;
    }
    Ok(times)
}

/// What became of the slow connections.
struct Slow {
    opened: usize,
    longest: Duration,
    left: usize,
}

/// One slow connection.
struct Held {
    stream: TcpStream,
    opened: Instant,
    kind: usize,
}

impl Held {
    fn open(address: SocketAddr, kind: usize) -> Result<Self, Failed> {
        let mut stream = TcpStream::connect(address)?;
        let begin = match kind % 5 {
            // It says nothing.
            0 => String::new(),
            // It stops in the middle of a head, or drips the rest of it.
            1 | 2 => format!("POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nX-A: "),
            // It drips a body.
            3 => format!("POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nContent-Length: 60000\r\n\r\n"),
            // It asks for something, and then for nothing more.
            _ => format!("GET /nothing HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        };
        // It may have had to make room at once; the next look finds it closed.
        let _ = stream.write_all(begin.as_bytes());
        stream.set_nonblocking(true)?;
        Ok(Self { stream, opened: Instant::now(), kind })
    }

    /// Whether the service has closed it.
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
            // Where that fails, the next look finds it closed.
            let _ = self.stream.write(b"a");
        }
    }
}

/// Keeps so many open until told otherwise, then waits until all are closed.
#[expect(clippy::disallowed_methods, reason = "slowness is what is tested")]
fn hold(address: SocketAddr, over: &AtomicBool) -> Result<Slow, Failed> {
    let mut held: Vec<Held> = Vec::with_capacity(SLOW);
    let (mut opened, mut longest, mut at) = (0, Duration::ZERO, 0);
    let mut last = Instant::now();
    loop {
        let going_on = !over.load(Ordering::Relaxed);
        // Each is looked at once in a drip, and as many are opened as were closed: slowness comes evenly.
        for _ in 0..SLOW / STEPS {
            if going_on && held.len() < SLOW {
                held.push(Held::open(address, opened)?);
                opened += 1;
                last = Instant::now();
            }
            if at >= held.len() {
                at = 0;
            }
            let Some(slow) = held.get_mut(at) else { break };
            slow.drip();
            if slow.is_closed() {
                longest = longest.max(slow.opened.elapsed());
                held.swap_remove(at);
            } else {
                at += 1;
            }
        }
        std::thread::sleep(DRIP / u32::try_from(STEPS).unwrap_or(1));
        if !going_on && (held.is_empty() || last.elapsed() > LEFT) {
            return Ok(Slow { opened, longest, left: held.len() });
        }
    }
}
