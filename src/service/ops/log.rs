//! One line of JSON for each request, written by a thread of its own: whoever reads the lines may be slow, stuck or gone,
//! and no request waits for that.

use std::io::Write;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::domain::time::Clock;

/// How many bytes may wait to be written. Beyond it lines are dropped, and counted.
const WAITING: usize = 1024 * 1024;
/// How long lines are gathered, so that a busy service does not write once a request.
const GATHER: Duration = Duration::from_millis(20);
/// How long the end of the service waits for the last lines.
const FAREWELL: Duration = Duration::from_secs(1);

/// What one request was. There is no field for what a client sent: a line is harmless wherever it ends up.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// When it was answered (RFC 3339).
    pub time: String,
    /// Which request.
    pub request_id: &'a str,
    /// The route's template, never the path.
    pub route: &'a str,
    /// The method.
    pub method: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// From the last header to the answer, in milliseconds.
    pub duration_ms: f64,
    /// The client that the request was about, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// The user, where one was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<&'a str>,
}

/// What happened besides requests.
#[derive(Debug, Serialize)]
struct Event<'a> {
    time: String,
    #[serde(rename = "event")]
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    lines: u64,
    dropped: u64,
    told: u64,
    ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where lines go.
pub(crate) struct Log {
    /// None where nothing is logged.
    shared: Option<Arc<Shared>>,
    ended: Mutex<Option<Receiver<()>>>,
    clock: Arc<dyn Clock>,
}

impl Log {
    /// A log that writes to `out`, or none.
    ///
    /// # Errors
    /// Fails where the operating system gives no thread.
    pub(crate) fn start(out: Option<Box<dyn Write + Send>>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let Some(out) = out else {
            return Ok(Self { shared: None, ended: Mutex::new(None), clock });
        };
        let shared = Arc::new(Shared::default());
        let (tell, ended) = channel();
        let thread = Thread { shared: Arc::clone(&shared), clock: Arc::clone(&clock), out };
        std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            thread.run();
            let _ = tell.send(());
        })?;
        Ok(Self { shared: Some(shared), ended: Mutex::new(Some(ended)), clock })
    }

    /// Whether lines are written at all.
    pub(crate) const fn is_on(&self) -> bool {
        self.shared.is_some()
    }

    /// Takes a line.
    pub(crate) fn line(&self, line: &Line<'_>) {
        self.take(line);
    }

    /// Takes a line about the service itself.
    pub(crate) fn event(&self, what: &str) {
        self.take(&Event { time: self.clock.now().to_rfc3339(), what, count: None, kind: None });
    }

    /// Takes a line that the store cannot be used, and why.
    pub(crate) fn fault(&self, kind: &str) {
        let time = self.clock.now().to_rfc3339();
        self.take(&Event { time, what: "store cannot be used", count: None, kind: Some(kind) });
    }

    fn take(&self, line: &impl Serialize) {
        let Some(shared) = &self.shared else { return };
        let mut waiting = shared.lock();
        if waiting.bytes.len() >= WAITING {
            waiting.dropped += 1;
            return;
        }
        let first = waiting.bytes.is_empty();
        append(&mut waiting.bytes, line);
        waiting.lines += 1;
        drop(waiting);
        // The thread looks again by itself once it has begun to gather.
        if first {
            shared.changed.notify_one();
        }
    }

    /// How many lines nobody took.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.as_ref().map_or(0, |shared| {
            let waiting = shared.lock();
            waiting.told + waiting.dropped
        })
    }

    /// Writes what waits, and ends; a reader that is stuck is waited for no longer than a second.
    pub(crate) fn end(&self) {
        let Some(shared) = &self.shared else { return };
        shared.lock().ended = true;
        shared.changed.notify_one();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            let _ = ended.recv_timeout(FAREWELL);
        }
    }
}

fn append(bytes: &mut Vec<u8>, line: &impl Serialize) {
    let length = bytes.len();
    match serde_json::to_writer(&mut *bytes, line) {
        Ok(()) => bytes.push(b'\n'),
        Err(_) => bytes.truncate(length),
    }
}

struct Thread {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    out: Box<dyn Write + Send>,
}

impl Thread {
    fn run(mut self) {
        let mut taken = Vec::new();
        loop {
            let (lines, dropped, ended) = self.wait(&mut taken);
            if dropped > 0 {
                let time = self.clock.now().to_rfc3339();
                append(
                    &mut taken,
                    &Event { time, what: "log lines dropped", count: Some(dropped), kind: None },
                );
            }
            if self.out.write_all(&taken).and_then(|()| self.out.flush()).is_err() {
                // Said when there is somebody again to be told.
                let mut waiting = self.shared.lock();
                waiting.dropped += lines + dropped;
                waiting.told -= dropped;
            }
            taken.clear();
            if ended {
                return;
            }
        }
    }

    /// Waits until there is something to write, and takes it all.
    fn wait(&self, taken: &mut Vec<u8>) -> (u64, u64, bool) {
        let waiting = self.shared.lock();
        let nothing = |waiting: &mut Waiting| waiting.bytes.is_empty() && !waiting.ended;
        let waiting =
            self.shared.changed.wait_while(waiting, nothing).unwrap_or_else(PoisonError::into_inner);
        let going_on = |waiting: &mut Waiting| !waiting.ended;
        let (mut waiting, _) = self
            .shared
            .changed
            .wait_timeout_while(waiting, GATHER, going_on)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.bytes, taken);
        let dropped = std::mem::take(&mut waiting.dropped);
        waiting.told += dropped;
        (std::mem::take(&mut waiting.lines), dropped, waiting.ended)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, sync_channel};

    use super::*;
    use crate::domain::time::Timestamp;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_795_521_600_000)
        }
    }

    /// A reader that takes a chunk each time it is allowed to.
    struct Reader {
        allowed: Receiver<bool>,
        chunks: Sender<String>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if !self.allowed.recv().unwrap_or(true) {
                self.chunks.send("refused".to_owned()).unwrap();
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            self.chunks.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line() -> Line<'static> {
        Line {
            time: Noon.now().to_rfc3339(),
            request_id: "req_7Hq2mZ0xPa4T",
            route: "/oauth/token",
            method: "POST",
            status: 200,
            duration_ms: 0.25,
            client_id: Some("apck_test_7Hq2mZ0xPa4T"),
            user_id: None,
        }
    }

    const LINE: &str = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"request_id\":\"req_7Hq2mZ0xPa4T\",\"route\":\"/oauth/token\",\"method\":\"POST\",\"status\":200,\"duration_ms\":0.25,\"client_id\":\"apck_test_7Hq2mZ0xPa4T\"}\n";

    #[test]
    fn a_reader_that_is_stuck_holds_nobody_up_and_learns_how_many_lines_it_missed() {
        let (allow, allowed) = sync_channel(10);
        let (chunks, read) = channel();
        let log = Log::start(Some(Box::new(Reader { allowed, chunks })), Arc::new(Noon)).unwrap();
        let room = WAITING / LINE.len();
        // Nothing is taken; each call returns all the same.
        for _ in 0..3 * room {
            log.line(&line());
        }
        for _ in 0..10 {
            allow.send(true).unwrap();
        }
        log.end();
        let text: String = read.try_iter().collect();
        let dropped = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"event\":\"log lines dropped\",\"count\":";
        let told: usize = text
            .lines()
            .filter_map(|line| line.strip_prefix(dropped)?.strip_suffix('}')?.parse::<usize>().ok())
            .sum();
        let written = text.lines().filter(|line| LINE.starts_with(line)).count();
        assert!(told >= room - 2, "{told}");
        assert_eq!(written + told, 3 * room);
    }

    #[test]
    fn lines_that_could_not_be_written_are_told_when_there_is_a_reader_again() {
        let (allow, allowed) = sync_channel(10);
        let (chunks, read) = channel();
        let log = Log::start(Some(Box::new(Reader { allowed, chunks })), Arc::new(Noon)).unwrap();
        log.line(&line());
        allow.send(false).unwrap();
        assert_eq!(read.recv().unwrap(), "refused");
        log.line(&line());
        allow.send(true).unwrap();
        log.end();
        let told = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"event\":\"log lines dropped\",\"count\":1}\n";
        assert_eq!(read.recv().unwrap(), format!("{LINE}{told}"));
    }
}
