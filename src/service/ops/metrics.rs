//! Metrics in the `OpenMetrics` text format, which Prometheus reads.
//!
//! A label is a route's template, a method or a constant of this program, never a text that a client chose, so the number
//! of time series is bounded.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::domain::time::Timestamp;

/// Media type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the buckets of durations, in seconds.
const DURATIONS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper bounds of the buckets of the number of jobs in a transaction.
const BATCH_SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GrantTypeLabels {
    grant_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    error: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

/// Values that are read only when the metrics are requested.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScrapeValues {
    pub connections_open: usize,
    pub connections_refused: u64,
    pub log_lines_dropped: u64,
}

/// Metrics of the service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    tokens_issued: Family<GrantTypeLabels, Counter>,
    refusals: Family<ErrorLabels, Counter>,
    store_errors: Family<KindLabels, Counter>,
    connections_open: Gauge,
    connections_refused: Counter,
    queue_length: Gauge,
    batch_size: Histogram,
    log_lines_dropped: Counter,
    forwarded_unreadable: Counter,
}

impl Metrics {
    /// Returns the metrics of a service that was started at `started`.
    pub(crate) fn new(started: Timestamp) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            tokens_issued: Family::default(),
            refusals: Family::default(),
            store_errors: Family::default(),
            connections_open: Gauge::default(),
            connections_refused: Counter::default(),
            queue_length: Gauge::default(),
            batch_size: Histogram::new(BATCH_SIZES),
            log_lines_dropped: Counter::default(),
            forwarded_unreadable: Counter::default(),
        };
        let start_time = Gauge::<i64>::default();
        start_time.set(started.seconds());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        metrics.registry.register(
            "process_start_time_seconds",
            "Start of the service in Unix time",
            start_time,
        );
        let registry = metrics.registry.sub_registry_with_prefix("apiconn");
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from the last header of a request to its answer",
            metrics.durations.clone(),
        );
        registry.register("tokens_issued", "Tokens issued", metrics.tokens_issued.clone());
        registry.register("refusals", "Requests refused, by OAuth error code", metrics.refusals.clone());
        registry.register(
            "store_errors",
            "Failed reads and transactions of the store",
            metrics.store_errors.clone(),
        );
        registry.register("connections_open", "Open connections", metrics.connections_open.clone());
        registry.register(
            "connections_refused",
            "Connections refused or evicted",
            metrics.connections_refused.clone(),
        );
        registry.register(
            "writer_queue_length",
            "Jobs that wait for the writer",
            metrics.queue_length.clone(),
        );
        registry.register(
            "writer_group_size",
            "Jobs in one transaction of the writer",
            metrics.batch_size.clone(),
        );
        registry.register("log_lines_dropped", "Log lines dropped", metrics.log_lines_dropped.clone());
        registry.register(
            "forwarded_unreadable",
            "Requests with an entry of X-Forwarded-For that is not an address",
            metrics.forwarded_unreadable.clone(),
        );
        registry.register("build", "Version of the service", build);
        metrics
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let status = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let route = RouteLabels { route: route.to_owned() };
        self.durations.get_or_create(&route).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { route: route.route, method, status }).inc();
    }

    /// Counts an issued token.
    pub(crate) fn issued(&self, grant_type: &'static str) {
        self.tokens_issued.get_or_create(&GrantTypeLabels { grant_type }).inc();
    }

    /// Counts a refused request. `code` is an error code of OAuth.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refusals.get_or_create(&ErrorLabels { error: code }).inc();
    }

    /// Counts a request in whose forwarded addresses an entry cannot be read. Returns the number of earlier ones.
    pub(crate) fn unreadable_forwarded(&self) -> u64 {
        self.forwarded_unreadable.inc()
    }

    /// Counts a failed read or a failed transaction.
    pub(crate) fn store_error(&self, kind: &'static str) {
        self.store_errors.get_or_create(&KindLabels { kind }).inc();
    }

    /// Changes the length of the writer's queue.
    pub(crate) fn queued(&self, change: i64) {
        self.queue_length.inc_by(change);
    }

    /// Counts a transaction of the writer, whose `jobs` have left the queue.
    pub(crate) fn taken(&self, jobs: usize) {
        let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
        self.queue_length.dec_by(jobs.into());
        self.batch_size.observe(jobs.into());
    }

    /// Returns all metrics as text.
    ///
    /// # Errors
    /// [`fmt::Error`] if a value cannot be written.
    pub(crate) fn text(&self, values: ScrapeValues) -> Result<String, fmt::Error> {
        self.connections_open.set(i64::try_from(values.connections_open).unwrap_or(i64::MAX));
        set(&self.connections_refused, values.connections_refused);
        set(&self.log_lines_dropped, values.log_lines_dropped);
        let mut text = String::with_capacity(16 * 1024);
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Sets a counter that another component keeps.
fn set(counter: &Counter<u64, AtomicU64>, value: u64) {
    counter.inner().store(value, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_contains_every_metric_with_its_labels() {
        let metrics = Metrics::new(Timestamp::from_millis(1_795_521_600_500));
        metrics.request("/oauth/token", "POST", 200, Duration::from_micros(700));
        metrics.request("/oauth/token", "POST", 204, Duration::from_millis(7));
        metrics.request("/oauth/token", "POST", 401, Duration::from_secs(11));
        metrics.request("none", "GET", 404, Duration::ZERO);
        metrics.issued("client_credentials");
        metrics.refused("invalid_client");
        metrics.store_error("busy");
        assert_eq!([metrics.unreadable_forwarded(), metrics.unreadable_forwarded()], [0, 1]);
        for _ in 0..5 {
            metrics.queued(1);
        }
        metrics.taken(3);
        let values = ScrapeValues { connections_open: 4, connections_refused: 5, log_lines_dropped: 6 };
        let text = metrics.text(values).unwrap();
        for expected in [
            "# TYPE apiconn_http_requests counter",
            "apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"2xx\"} 2",
            "apiconn_http_requests_total{route=\"/oauth/token\",method=\"POST\",status=\"4xx\"} 1",
            "apiconn_http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"} 1",
            "apiconn_http_request_duration_seconds_bucket{le=\"0.0005\",route=\"/oauth/token\"} 0",
            "apiconn_http_request_duration_seconds_bucket{le=\"0.001\",route=\"/oauth/token\"} 1",
            "apiconn_http_request_duration_seconds_bucket{le=\"10.0\",route=\"/oauth/token\"} 2",
            "apiconn_http_request_duration_seconds_bucket{le=\"+Inf\",route=\"/oauth/token\"} 3",
            "apiconn_http_request_duration_seconds_count{route=\"/oauth/token\"} 3",
            "apiconn_tokens_issued_total{grant_type=\"client_credentials\"} 1",
            "apiconn_refusals_total{error=\"invalid_client\"} 1",
            "apiconn_store_errors_total{kind=\"busy\"} 1",
            "# TYPE apiconn_connections_open gauge",
            "apiconn_connections_open 4",
            "apiconn_connections_refused_total 5",
            "apiconn_writer_queue_length 2",
            "apiconn_log_lines_dropped_total 6",
            "apiconn_forwarded_unreadable_total 2",
            "apiconn_writer_group_size_bucket{le=\"2.0\"} 0",
            "apiconn_writer_group_size_bucket{le=\"4.0\"} 1",
            "apiconn_writer_group_size_bucket{le=\"+Inf\"} 1",
            "apiconn_writer_group_size_sum 3.0",
            "apiconn_writer_group_size_count 1",
            "process_start_time_seconds 1795521600",
            "apiconn_build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected}\nis not in\n{text}");
        }
        assert!(text.ends_with("\n# EOF\n"), "{text}");
    }
}
