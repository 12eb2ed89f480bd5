//! State of the store: failures are counted, and their start and end are logged.

use std::sync::{Arc, Mutex, PoisonError};

use crate::store::StoreError;

use crate::service::ops::log::Log;
use crate::service::ops::metrics::Metrics;

/// State of the store.
pub(crate) struct StoreHealth {
    pub metrics: Arc<Metrics>,
    log: Arc<Log>,
    /// The kind of the last failure, until a write succeeds.
    failure: Mutex<Option<&'static str>>,
}

impl StoreHealth {
    /// Returns the state of a store without a failure.
    pub(crate) fn new(metrics: Arc<Metrics>, log: Arc<Log>) -> Self {
        Self { metrics, log, failure: Mutex::default() }
    }

    /// Records a failure.
    pub(crate) fn failed(&self, error: &StoreError) {
        let kind = error.kind();
        self.metrics.store_error(kind);
        if self.replace(Some(kind)) {
            self.log.fault(kind);
        }
    }

    /// Records a successful write.
    pub(crate) fn recovered(&self) {
        if self.replace(None) {
            self.log.event("store is well again");
        }
    }

    /// Returns true if the state differs from the last one.
    fn replace(&self, failure: Option<&'static str>) -> bool {
        let mut last = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, failure) != failure
    }
}
