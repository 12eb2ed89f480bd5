//! State of the store: failures are counted, and their start and end are logged.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::StoreError;

use crate::service::ops::metrics::Metrics;

/// State of the store.
pub(crate) struct StoreHealth {
    pub metrics: Arc<Metrics>,
    /// The kind of the last failure, until a write succeeds.
    failure: Mutex<Option<&'static str>>,
}

impl StoreHealth {
    /// Returns the state of a store without a failure.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, failure: Mutex::default() }
    }

    /// Counts a failure, and logs it unless the last failure was of the same kind.
    pub(crate) fn failed(&self, error: &StoreError) {
        let kind = error.kind();
        self.metrics.store_error(kind);
        if self.replace(Some(kind)) {
            tracing::error!(kind, error = error as &(dyn Error + 'static), "store cannot be used");
        }
    }

    /// Records a successful write, and logs it if the last one failed.
    pub(crate) fn recovered(&self) {
        if self.replace(None) {
            tracing::info!("store can be used again");
        }
    }

    /// Returns true if the state differs from the last one.
    fn replace(&self, failure: Option<&'static str>) -> bool {
        let mut last = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, failure) != failure
    }
}
