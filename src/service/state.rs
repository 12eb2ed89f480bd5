//! What every request can reach.

use std::sync::{Arc, Mutex, PoisonError};

use crate::credentials::mint;
use crate::credentials::mint::Random;
use crate::domain::Base;
use crate::domain::issuer::Issuer;
use crate::domain::name::Text;
use crate::domain::refusal::RefusedRequest;
use crate::domain::secret_text::SecretText;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{ReadTx, Store, StoreError};

use crate::service::pages::Logo;
use crate::service::work::password_pool::Passwords;
use crate::service::work::refusal_queue::Refusals;
use crate::service::work::usage::Usage;
use crate::service::work::writer::Writer;

/// What every request can reach.
pub(crate) struct AppState {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The one thread that writes.
    pub writer: Writer,
    /// Uses of secrets since the last flush.
    pub usage: Arc<Usage>,
    /// Refusals that wait to be written.
    pub refusals: Arc<Refusals>,
    /// Randomness for what is handed out before anything is written.
    pub random: Mutex<Box<Random>>,
    /// Where passwords are checked, a few at a time.
    pub passwords: Passwords,
    /// The public address, where it was named on the command line.
    pub named_issuer: Option<Issuer>,
    /// Which base.
    pub base: Base,
    /// The logo on its pages, if it has one that could be read.
    pub logo: Option<Logo>,
}

impl AppState {
    /// Keeps a refusal for the administrator.
    pub(crate) fn note_refusal(&self, refusal: RefusedRequest) {
        if self.refusals.note(refusal) {
            self.writer.record(&self.refusals);
        }
    }

    /// A new value for a cookie.
    pub(crate) fn browser_secret(&self) -> SecretText {
        mint::browser_secret(&mut **self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The public address: as named, else as the setting is now.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub(crate) fn issuer(&self) -> Result<Issuer, StoreError> {
        self.issuer_in(self.store.read()?.as_ref())
    }

    /// The same in a snapshot.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub(crate) fn issuer_in(&self, read: &dyn ReadTx) -> Result<Issuer, StoreError> {
        match &self.named_issuer {
            Some(issuer) => Ok(issuer.clone()),
            None => read.issuer(),
        }
    }
}

/// Why something is done, for the audit, in fixed words.
pub(crate) fn reason(why: &'static str) -> Text {
    why.parse().expect("a short text without control characters is a text")
}
