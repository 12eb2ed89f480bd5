//! What every request can reach.

use std::sync::Arc;

use crate::domain::Base;
use crate::domain::redirect::Issuer;
use crate::domain::time::{Clock, Timestamp};
use crate::store::Store;

use super::usage::Usage;
use super::writer::Writer;

/// What every request can reach.
pub(super) struct State {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The one thread that writes.
    pub writer: Writer,
    /// Uses of secrets since the last flush.
    pub usage: Arc<Usage>,
    /// The public address.
    pub issuer: Issuer,
    /// Which base.
    pub base: Base,
}

impl State {
    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
