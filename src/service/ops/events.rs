//! Events of the service: `tracing` events, written to the log.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::service::ops::log::{Log, LogEvent};

/// Sends the events of this process to `log`.
pub(crate) fn install(log: &Arc<Log>) {
    if log.is_on() {
        // Fails only if the process has a subscriber already, which then receives the events instead.
        let _ = tracing::subscriber::set_global_default(subscriber(log));
    }
}

fn subscriber(log: &Arc<Log>) -> impl Subscriber + Send + Sync + use<> {
    Registry::default().with(LogLayer { log: Arc::clone(log) })
}

/// A layer that writes events to the log. The formats of `tracing-subscriber` fix the names of the fields, and write in
/// the thread that has the event.
struct LogLayer {
    log: Arc<Log>,
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Events of dependencies may contain client data.
        metadata.target().starts_with(env!("CARGO_PKG_NAME")) && *metadata.level() <= Level::INFO
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut values = Values::default();
        event.record(&mut values);
        let Values { message, fields } = values;
        self.log.event(LogEvent { level: event.metadata().level().as_str(), message, fields });
    }
}

/// Collects the values of an event.
#[derive(Default)]
struct Values {
    message: String,
    fields: Map<String, Value>,
}

impl Values {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Values {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert(field, with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.insert(field, text);
        }
    }
}

/// Returns the text of an error and of its sources, separated by colons.
fn with_sources(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(error.source(), |&error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::domain::time::{Clock as _, SystemClock};
    use crate::service::ops::metrics::Metrics;
    use crate::service::ops::store_health::StoreHealth;
    use crate::service::options::{LineFormat, LogStream};
    use crate::store::{EngineError, StoreError};

    struct Stream(Sender<Vec<u8>>);

    impl Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_store_error_is_logged_once_with_the_message_of_the_engine() {
        let (chunks, written) = channel();
        let stream = LogStream { out: Box::new(Stream(chunks)), format: LineFormat::Json };
        let log = Arc::new(Log::start(Some(stream), Arc::new(SystemClock)).unwrap());
        let engine = EngineError { code: 13, message: "database or disk is full".to_owned() };
        let health = StoreHealth::new(Arc::new(Metrics::new(SystemClock.now())));
        tracing::subscriber::with_default(subscriber(&log), || {
            health.failed(&StoreError::Full(engine.clone()));
            health.failed(&StoreError::Full(engine));
            health.recovered();
            tracing::info!(target: "hyper", "an event of a dependency");
        });
        log.end();
        let text = String::from_utf8(written.try_iter().flatten().collect()).unwrap();
        let events: Vec<Map<String, Value>> = text
            .lines()
            .map(|line| {
                let mut event: Map<String, Value> = serde_json::from_str(line).unwrap();
                assert!(event.shift_remove("time").is_some());
                event
            })
            .collect();
        assert_eq!(
            serde_json::to_string(&events).unwrap(),
            "[{\"event\":\"store cannot be used\",\"kind\":\"full\",\"error\":\"the disk is full; nothing was changed: \
             database or disk is full (code 13)\"},{\"event\":\"store can be used again\"}]"
        );
    }
}
