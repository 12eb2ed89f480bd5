//! State of the store: failures are counted, and their start and end are logged.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::StoreError;

use crate::service::ops::metrics::Metrics;

/// Time after the last failure during which a write says nothing about a damaged store: it may use other pages of the file.
const DAMAGE_STAYS: Duration = Duration::from_mins(1);

/// The last failure of the store.
#[derive(Clone, Copy)]
struct Failure {
    kind: &'static str,
    at: Instant,
}

/// State of the store.
pub(crate) struct StoreHealth {
    pub metrics: Arc<Metrics>,
    /// The last failure, until a write shows that it is over.
    failure: Mutex<Option<Failure>>,
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
        let failure = Failure { kind, at: Instant::now() };
        let last = self.failure.lock().unwrap_or_else(PoisonError::into_inner).replace(failure);
        if last.is_none_or(|last| last.kind != kind) {
            tracing::error!(kind, error = error as &(dyn Error + 'static), "store cannot be used");
        }
    }

    /// Records a successful write, and logs it if the last one failed.
    pub(crate) fn recovered(&self) {
        let is_over = |last: &mut Failure| last.kind != "damaged" || last.at.elapsed() > DAMAGE_STAYS;
        let ended = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take_if(is_over);
        if ended.is_some() {
            tracing::info!("store can be used again");
        }
    }
}
