//! The log: one line for each request, and lines for events of the service.
//!
//! Lines are appended to a buffer in memory, which a thread writes to the stream every 20 ms. A reader that is slow, stuck or
//! gone therefore delays no request: lines are dropped, and the number dropped is logged.

use std::io::Write;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::time::Clock;
use crate::service::options::{LineFormat, LogStream};

/// Size of the buffer in bytes. If it is full, lines are dropped and counted.
const CAPACITY: usize = 1024 * 1024;
/// Time between two writes, so that a busy service does not need one for each request.
const FLUSH_INTERVAL: Duration = Duration::from_millis(20);
/// Longest time that the end of the service waits for the last lines.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// One answered request. No field except `host` contains text that a client sent, so the log can be kept and shown without
/// care.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// Time of the answer (RFC 3339).
    pub time: String,
    pub request_id: &'a str,
    /// The route's template, never the path.
    pub route: &'a str,
    pub method: &'a str,
    pub status: u16,
    /// From the last header to the answer, in milliseconds.
    pub duration_ms: f64,
    /// The client, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// The user, if one is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<&'a str>,
    /// The `error` of a refused request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The host of a request that named one that is not served, escaped, with credentials redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Line<'_> {
    fn write(&self, format: LineFormat, out: &mut Vec<u8>) -> std::io::Result<()> {
        match format {
            LineFormat::Json => serde_json::to_writer(&mut *out, self)?,
            LineFormat::Text => {
                let Line {
                    time,
                    request_id,
                    route,
                    method,
                    status,
                    duration_ms,
                    client_id,
                    user_id,
                    host,
                    error,
                } = self;
                write!(out, "{time} {status} {method} {route} {duration_ms} ms {request_id}")?;
                for word in [client_id, user_id, error].into_iter().flatten() {
                    // The id of a client may contain blanks, which separate the words of a line.
                    if word.contains([' ', '"']) {
                        write!(out, " {word:?}")?;
                    } else {
                        write!(out, " {word}")?;
                    }
                }
                if let Some(host) = host {
                    write!(out, " host={host}")?;
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

/// An event of the service.
#[derive(Debug)]
pub(crate) struct LogEvent {
    pub level: &'static str,
    pub message: String,
    pub fields: Map<String, Value>,
}

impl LogEvent {
    fn write(self, clock: &dyn Clock, format: LineFormat, out: &mut Vec<u8>) -> std::io::Result<()> {
        let Self { level, message, fields } = self;
        let time = clock.now().to_rfc3339();
        match format {
            LineFormat::Json => {
                let mut line = Map::new();
                line.insert("time".to_owned(), time.into());
                line.insert("event".to_owned(), message.into());
                line.extend(fields);
                serde_json::to_writer(&mut *out, &line)?;
            }
            LineFormat::Text => {
                write!(out, "{time} {level} {message}")?;
                for (name, value) in fields {
                    write!(out, " {name}={value}")?;
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

/// Lines that are not written yet.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    lines: u64,
    /// Dropped lines that are not logged yet.
    dropped: u64,
    /// Dropped lines that are logged.
    reported: u64,
    is_ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log of the service; empty if the service runs without one.
pub(crate) struct Log {
    shared: Option<Arc<Shared>>,
    format: LineFormat,
    ended: Mutex<Option<Receiver<()>>>,
    clock: Arc<dyn Clock>,
}

impl Log {
    /// Starts the thread that writes to `stream`. Without a stream nothing is logged.
    ///
    /// # Errors
    /// The [`std::io::Error`] of the operating system if it refuses a thread.
    pub(crate) fn start(stream: Option<LogStream>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let Some(LogStream { out, format }) = stream else {
            return Ok(Self { shared: None, format: LineFormat::Json, ended: Mutex::new(None), clock });
        };
        let shared = Arc::new(Shared::default());
        let (ends, ended) = channel();
        let thread = Thread { shared: Arc::clone(&shared), clock: Arc::clone(&clock), format, out };
        std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            thread.run();
            let _ = ends.send(());
        })?;
        Ok(Self { shared: Some(shared), format, ended: Mutex::new(Some(ended)), clock })
    }

    /// Returns false if lines are discarded.
    pub(crate) const fn is_on(&self) -> bool {
        self.shared.is_some()
    }

    /// Appends the line of a request.
    pub(crate) fn line(&self, line: &Line<'_>) {
        self.append(|bytes| line.write(self.format, bytes));
    }

    /// Appends the line of an event.
    pub(crate) fn event(&self, event: LogEvent) {
        self.append(|bytes| event.write(self.clock.as_ref(), self.format, bytes));
    }

    fn append(&self, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
        let Some(shared) = &self.shared else { return };
        let mut buffer = shared.lock();
        if buffer.bytes.len() >= CAPACITY {
            buffer.dropped += 1;
            return;
        }
        let was_empty = buffer.bytes.is_empty();
        append(&mut buffer.bytes, write);
        buffer.lines += 1;
        drop(buffer);
        // After the first line the thread wakes by its timer, so the other lines need no notification.
        if was_empty {
            shared.changed.notify_one();
        }
    }

    /// Returns the number of lines that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.as_ref().map_or(0, |shared| {
            let buffer = shared.lock();
            buffer.reported + buffer.dropped
        })
    }

    /// Writes the remaining lines and ends the thread. Returns after one second even if the reader is stuck.
    pub(crate) fn end(&self) {
        let Some(shared) = &self.shared else { return };
        shared.lock().is_ended = true;
        shared.changed.notify_one();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            let _ = ended.recv_timeout(END_TIMEOUT);
        }
    }
}

/// Appends a line, or nothing if `write` fails.
fn append(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
    let length = bytes.len();
    if write(bytes).is_err() {
        bytes.truncate(length);
    }
}

struct Thread {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    format: LineFormat,
    out: Box<dyn Write + Send>,
}

impl Thread {
    fn run(mut self) {
        // Both buffers keep their memory: they are swapped, and cleared after each write.
        let mut bytes = Vec::new();
        loop {
            let (lines, dropped, is_ended) = self.wait(&mut bytes);
            if dropped > 0 {
                let fields = Map::from_iter([("count".to_owned(), dropped.into())]);
                let event = LogEvent { level: "WARN", message: "log lines dropped".to_owned(), fields };
                append(&mut bytes, |bytes| event.write(self.clock.as_ref(), self.format, bytes));
            }
            if self.out.write_all(&bytes).and_then(|()| self.out.flush()).is_err() {
                // Logged with the next write that succeeds.
                let mut buffer = self.shared.lock();
                buffer.dropped += lines + dropped;
                buffer.reported -= dropped;
            }
            bytes.clear();
            if is_ended {
                return;
            }
        }
    }

    /// Waits for lines, then for [`FLUSH_INTERVAL`]. Swaps the buffer with `bytes`; returns the number of lines in it, the
    /// number of lines dropped, and whether the log ends.
    fn wait(&self, bytes: &mut Vec<u8>) -> (u64, u64, bool) {
        let buffer = self.shared.lock();
        let is_idle = |buffer: &mut Buffer| buffer.bytes.is_empty() && !buffer.is_ended;
        let buffer = self.shared.changed.wait_while(buffer, is_idle).unwrap_or_else(PoisonError::into_inner);
        let goes_on = |buffer: &mut Buffer| !buffer.is_ended;
        let (mut buffer, _) = self
            .shared
            .changed
            .wait_timeout_while(buffer, FLUSH_INTERVAL, goes_on)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut buffer.bytes, bytes);
        let dropped = std::mem::take(&mut buffer.dropped);
        buffer.reported += dropped;
        (std::mem::take(&mut buffer.lines), dropped, buffer.is_ended)
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

    /// A stream that writes or fails once for each value that it receives.
    struct Stream {
        allowed: Receiver<bool>,
        chunks: Sender<String>,
    }

    impl Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if !self.allowed.recv().unwrap_or(true) {
                self.chunks.send("failed".to_owned()).unwrap();
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            self.chunks.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn json(stream: Stream) -> LogStream {
        LogStream { out: Box::new(stream), format: LineFormat::Json }
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
            error: None,
            host: None,
        }
    }

    const LINE: &str = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"request_id\":\"req_7Hq2mZ0xPa4T\",\"route\":\"/oauth/token\",\"method\":\"POST\",\"status\":200,\"duration_ms\":0.25,\"client_id\":\"apck_test_7Hq2mZ0xPa4T\"}\n";

    #[test]
    fn a_stuck_stream_delays_no_line_and_dropped_lines_are_counted() {
        let (allow, allowed) = sync_channel(10);
        let (chunks, read) = channel();
        let log = Log::start(Some(json(Stream { allowed, chunks })), Arc::new(Noon)).unwrap();
        let capacity = CAPACITY / LINE.len();
        // The stream blocks, and each call returns nevertheless.
        for _ in 0..3 * capacity {
            log.line(&line());
        }
        for _ in 0..10 {
            allow.send(true).unwrap();
        }
        log.end();
        let text: String = read.try_iter().collect();
        let dropped = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"event\":\"log lines dropped\",\"count\":";
        let counted: usize = text
            .lines()
            .filter_map(|line| line.strip_prefix(dropped)?.strip_suffix('}')?.parse::<usize>().ok())
            .sum();
        let written = text.lines().filter(|line| LINE.starts_with(line)).count();
        assert!(counted >= capacity - 2, "{counted}");
        assert_eq!(written + counted, 3 * capacity);
    }

    #[test]
    fn lines_that_fail_to_be_written_are_counted_as_dropped() {
        let (allow, allowed) = sync_channel(10);
        let (chunks, read) = channel();
        let log = Log::start(Some(json(Stream { allowed, chunks })), Arc::new(Noon)).unwrap();
        log.line(&line());
        allow.send(false).unwrap();
        assert_eq!(read.recv().unwrap(), "failed");
        log.line(&line());
        allow.send(true).unwrap();
        log.end();
        let dropped = "{\"time\":\"2026-11-24T12:00:00.000Z\",\"event\":\"log lines dropped\",\"count\":1}\n";
        assert_eq!(read.recv().unwrap(), format!("{LINE}{dropped}"));
    }

    #[test]
    fn text_lines_have_the_values_of_json_lines() {
        let mut bytes = Vec::new();
        line().write(LineFormat::Text, &mut bytes).unwrap();
        let fields = Map::from_iter([("kind".to_owned(), "busy".into()), ("count".to_owned(), 2.into())]);
        let event = || LogEvent { level: "ERROR", message: "store".to_owned(), fields: fields.clone() };
        event().write(&Noon, LineFormat::Text, &mut bytes).unwrap();
        event().write(&Noon, LineFormat::Json, &mut bytes).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "2026-11-24T12:00:00.000Z 200 POST /oauth/token 0.25 ms req_7Hq2mZ0xPa4T apck_test_7Hq2mZ0xPa4T\n\
             2026-11-24T12:00:00.000Z ERROR store kind=\"busy\" count=2\n\
             {\"time\":\"2026-11-24T12:00:00.000Z\",\"event\":\"store\",\"kind\":\"busy\",\"count\":2}\n"
        );
    }
}
