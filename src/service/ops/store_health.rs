//! StoreHealth of the store: counted, and told in the log when they begin and when they are over.

use std::sync::{Arc, Mutex, PoisonError};

use crate::store::StoreError;

use crate::service::ops::log::Log;
use crate::service::ops::metrics::Metrics;

/// What is known of the store's store_health.
pub(crate) struct StoreHealth {
    /// Where they are counted.
    pub metrics: Arc<Metrics>,
    log: Arc<Log>,
    present: Mutex<Option<&'static str>>,
}

impl StoreHealth {
    pub(crate) fn new(metrics: Arc<Metrics>, log: Arc<Log>) -> Self {
        Self { metrics, log, present: Mutex::default() }
    }

    /// The store could not be used.
    pub(crate) fn failed(&self, error: &StoreError) {
        let kind = error.kind();
        self.metrics.store_error(kind);
        if self.turn(Some(kind)) {
            self.log.fault(kind);
        }
    }

    /// The store could be written.
    pub(crate) fn well(&self) {
        if self.turn(None) {
            self.log.event("store is well again");
        }
    }

    /// Whether this is news.
    fn turn(&self, now: Option<&'static str>) -> bool {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *present, now) != now
    }
}
