//! A store that reports failed reads. Failed writes are reported by the writer, once for all jobs of a transaction.

use std::sync::Arc;

use crate::domain::time::Clock;
use crate::store::{ReadTx, Store, StoreError, StoreInfo, WriteTx};

use crate::service::ops::store_health::StoreHealth;

/// A store that reports failed reads to [`StoreHealth`].
pub(crate) struct InstrumentedStore {
    pub store: Box<dyn Store>,
    pub store_health: Arc<StoreHealth>,
}

impl Store for InstrumentedStore {
    fn read(&self) -> Result<Box<dyn ReadTx + '_>, StoreError> {
        self.store.read().inspect_err(|error| self.store_health.failed(error))
    }

    fn write(&self, clock: &dyn Clock) -> Result<Box<dyn WriteTx + '_>, StoreError> {
        self.store.write(clock)
    }

    fn check_writable(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        self.store.check_writable(clock)
    }

    fn info(&self) -> Result<StoreInfo, StoreError> {
        self.store.info()
    }
}
