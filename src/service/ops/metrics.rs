//! What is counted, and its text for Prometheus. Labels are routes, methods and words of our own: never a name, an id, an
//! address, or anything else that a client chose, so that there is an end to how many there are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// The upper ends of the classes of durations, in microseconds, and as they are written in seconds.
const DURATIONS: [(u64, &str); 13] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (10_000_000, "10"),
];
/// The same for how many requests one transaction of the writer takes.
const GROUPS: [(u64, &str); 9] =
    [(1, "1"), (2, "2"), (4, "4"), (8, "8"), (16, "16"), (32, "32"), (64, "64"), (128, "128"), (256, "256")];

/// Counters by a key, made when they are first needed.
#[derive(Debug)]
struct Counters<K>(RwLock<BTreeMap<K, AtomicU64>>);

impl<K> Default for Counters<K> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Ord + Copy> Counters<K> {
    fn add(&self, key: K) {
        if let Some(counter) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            counter.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut counters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        counters.entry(key).or_default().fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> Vec<(K, u64)> {
        let counters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        counters.iter().map(|(key, counter)| (*key, counter.load(Ordering::Relaxed))).collect()
    }
}

/// How often something was how large.
#[derive(Debug)]
struct Histogram<const N: usize> {
    classes: &'static [(u64, &'static str); N],
    counts: [AtomicU64; N],
    all: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    fn new(classes: &'static [(u64, &'static str); N]) -> Self {
        let counts = std::array::from_fn(|_| AtomicU64::new(0));
        Self { classes, counts, all: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    fn note(&self, size: u64) {
        let class = self.classes.iter().position(|(end, _)| size <= *end);
        if let Some(count) = class.and_then(|class| self.counts.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(size, Ordering::Relaxed);
    }

    /// `labels` is empty, or ends with a comma.
    fn write(&self, text: &mut String, name: &str, labels: &str, sum: impl Fn(u64) -> String) {
        let mut up_to = 0;
        for ((_, end), count) in self.classes.iter().zip(&self.counts) {
            up_to += count.load(Ordering::Relaxed);
            line(text, &format!("{name}_bucket{{{labels}le=\"{end}\"}}"), up_to);
        }
        // Read after the classes, so that it is never less than they are together.
        let all = self.all.load(Ordering::Relaxed).max(up_to);
        line(text, &format!("{name}_bucket{{{labels}le=\"+Inf\"}}"), all);
        let labels = labels.strip_suffix(',').map_or_else(String::new, |labels| format!("{{{labels}}}"));
        line(text, &format!("{name}_sum{labels}"), sum(self.sum.load(Ordering::Relaxed)));
        line(text, &format!("{name}_count{labels}"), all);
    }
}

/// What requests of one route were.
#[derive(Debug)]
struct Route {
    answers: Counters<(&'static str, &'static str)>,
    durations: Histogram<13>,
}

/// What only its owner knows when it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// Connections there are.
    pub connections_open: usize,
    /// Connections that got no place, or lost theirs to another.
    pub connections_refused: u64,
    /// Lines of the log that were dropped.
    pub log_lines_dropped: u64,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    started: Timestamp,
    routes: RwLock<BTreeMap<Box<str>, Route>>,
    issued: Counters<&'static str>,
    refused: Counters<&'static str>,
    store_errors: Counters<&'static str>,
    queue: AtomicI64,
    groups: Histogram<9>,
}

impl Metrics {
    pub(crate) fn new(started: Timestamp) -> Self {
        Self {
            started,
            routes: RwLock::default(),
            issued: Counters::default(),
            refused: Counters::default(),
            store_errors: Counters::default(),
            queue: AtomicI64::new(0),
            groups: Histogram::new(&GROUPS),
        }
    }

    /// A request was answered.
    pub(crate) fn request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let class = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let note = |route: &Route| {
            route.answers.add((method, class));
            route.durations.note(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        };
        if let Some(found) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            note(found);
            return;
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        note(routes.entry(route.into()).or_insert_with(|| Route {
            answers: Counters::default(),
            durations: Histogram::new(&DURATIONS),
        }));
    }

    /// A token was issued.
    pub(crate) fn issued(&self, grant_type: &'static str) {
        self.issued.add(grant_type);
    }

    /// A request was refused with this error code.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refused.add(code);
    }

    /// The store could not be read, or a change not be made.
    pub(crate) fn store_error(&self, kind: &'static str) {
        self.store_errors.add(kind);
    }

    /// Work is put into the writer's queue, or was not after all.
    pub(crate) fn queued(&self, change: i64) {
        self.queue.fetch_add(change, Ordering::Relaxed);
    }

    /// The writer took that much work out of its queue, for one transaction.
    pub(crate) fn taken(&self, group: usize) {
        self.queue.fetch_sub(i64::try_from(group).unwrap_or_default(), Ordering::Relaxed);
        self.groups.note(u64::try_from(group).unwrap_or_default());
    }

    /// The text format of Prometheus, version 0.0.4.
    pub(crate) fn text(&self, gauges: Gauges) -> String {
        let mut text = String::with_capacity(8192);
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        head(&mut text, "apiconn_http_requests_total", "counter", "Requests answered.");
        for (name, route) in routes.iter() {
            for ((method, class), count) in route.answers.all() {
                let labels = format!("route=\"{name}\",method=\"{method}\",status=\"{class}\"");
                line(&mut text, &format!("apiconn_http_requests_total{{{labels}}}"), count);
            }
        }
        let name = "apiconn_http_request_duration_seconds";
        head(&mut text, name, "histogram", "From the last header of a request to its answer.");
        for (route, counts) in routes.iter() {
            counts.durations.write(&mut text, name, &format!("route=\"{route}\","), seconds);
        }
        drop(routes);
        for (name, label, help, counters) in [
            ("apiconn_tokens_issued_total", "grant_type", "Tokens issued.", &self.issued),
            ("apiconn_refusals_total", "error", "Requests refused, by OAuth error code.", &self.refused),
            (
                "apiconn_store_errors_total",
                "kind",
                "Times that the store could not be read, or a change not be made.",
                &self.store_errors,
            ),
        ] {
            head(&mut text, name, "counter", help);
            for (key, count) in counters.all() {
                line(&mut text, &format!("{name}{{{label}=\"{key}\"}}"), count);
            }
        }
        for (name, kind, help, value) in [
            (
                "apiconn_connections_open",
                "gauge",
                "Connections there are.",
                u64::try_from(gauges.connections_open).unwrap_or_default(),
            ),
            (
                "apiconn_connections_refused_total",
                "counter",
                "Connections that got no place, or lost theirs to another.",
                gauges.connections_refused,
            ),
            (
                "apiconn_writer_queue_length",
                "gauge",
                "Requests that wait to be written.",
                u64::try_from(self.queue.load(Ordering::Relaxed)).unwrap_or_default(),
            ),
            (
                "apiconn_log_lines_dropped_total",
                "counter",
                "Lines of the log that nobody took.",
                gauges.log_lines_dropped,
            ),
        ] {
            head(&mut text, name, kind, help);
            line(&mut text, name, value);
        }
        let name = "apiconn_writer_group_size";
        head(&mut text, name, "histogram", "Requests that one transaction of the writer took.");
        self.groups.write(&mut text, name, "", |sum| sum.to_string());
        head(&mut text, "process_start_time_seconds", "gauge", "When the service started, in Unix time.");
        line(&mut text, "process_start_time_seconds", self.started.seconds());
        head(&mut text, "apiconn_build_info", "gauge", "Which version this is.");
        line(&mut text, concat!("apiconn_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1);
        text
    }
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{name} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_in_the_format_of_prometheus() {
        let metrics = Metrics::new(Timestamp::from_millis(1_795_521_600_500));
        metrics.request("/oauth/token", "POST", 200, Duration::from_micros(700));
        metrics.request("/oauth/token", "POST", 204, Duration::from_millis(7));
        metrics.request("/oauth/token", "POST", 401, Duration::from_secs(11));
        metrics.request("none", "GET", 404, Duration::ZERO);
        metrics.issued("client_credentials");
        metrics.refused("invalid_client");
        metrics.store_error("busy");
        for _ in 0..5 {
            metrics.queued(1);
        }
        metrics.taken(3);
        let text = metrics.text(Gauges { connections_open: 4, connections_refused: 5, log_lines_dropped: 6 });
        for expected in [
            "# TYPE apiconn_http_requests_total counter\n\
             apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"2xx\"} 2\n\
             apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"4xx\"} 1\n\
             apiconn_http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"} 1\n",
            "apiconn_http_request_duration_seconds_bucket{route=\"/oauth/token\",le=\"0.0005\"} 0\n\
             apiconn_http_request_duration_seconds_bucket{route=\"/oauth/token\",le=\"0.001\"} 1\n",
            "apiconn_http_request_duration_seconds_bucket{route=\"/oauth/token\",le=\"10\"} 2\n\
             apiconn_http_request_duration_seconds_bucket{route=\"/oauth/token\",le=\"+Inf\"} 3\n\
             apiconn_http_request_duration_seconds_sum{route=\"/oauth/token\"} 11.007700\n\
             apiconn_http_request_duration_seconds_count{route=\"/oauth/token\"} 3\n",
            "\napiconn_tokens_issued_total{grant_type=\"client_credentials\"} 1\n",
            "\napiconn_refusals_total{error=\"invalid_client\"} 1\n",
            "\napiconn_store_errors_total{kind=\"busy\"} 1\n",
            "# TYPE apiconn_connections_open gauge\napiconn_connections_open 4\n",
            "\napiconn_connections_refused_total 5\n",
            "\napiconn_writer_queue_length 2\n",
            "\napiconn_log_lines_dropped_total 6\n",
            "apiconn_writer_group_size_bucket{le=\"2\"} 0\napiconn_writer_group_size_bucket{le=\"4\"} 1\n",
            "apiconn_writer_group_size_bucket{le=\"+Inf\"} 1\napiconn_writer_group_size_sum 3\napiconn_writer_group_size_count 1\n",
            "\nprocess_start_time_seconds 1795521600\n",
            "\napiconn_build_info{version=\"0.1.0\"} 1\n",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
    }
}
