//! State that all handlers share.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

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
use crate::service::work::password_pool::PasswordPool;
use crate::service::work::refusal_queue::RefusalQueue;
use crate::service::work::usage::Usage;
use crate::service::work::writer::Writer;

/// State that all handlers share.
pub(crate) struct AppState {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub writer: Writer,
    pub usage: Arc<Usage>,
    pub refusal_queue: Arc<RefusalQueue>,
    /// Random source for values that are handed out before a transaction begins.
    pub random: Mutex<Box<Random>>,
    pub password_pool: PasswordPool,
    /// The issuer given on the command line. It takes precedence over the setting.
    pub fixed_issuer: Option<Issuer>,
    pub base: Base,
    /// The logo of the settings as of the start or the last reload, if its file could be read.
    pub logo: RwLock<Option<Arc<Logo>>>,
}

impl AppState {
    /// Queues a refused request to be stored for the administrator.
    pub(crate) fn queue_refusal(&self, refusal: RefusedRequest) {
        if self.refusal_queue.push(refusal) {
            self.writer.record(&self.refusal_queue);
        }
    }

    /// Returns the logo as of the last reload.
    pub(crate) fn logo(&self) -> Option<Arc<Logo>> {
        self.logo.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the logo that the settings name now. If its file cannot be read, the last logo stays.
    pub(crate) fn reload_logo(&self) {
        let settings = match self.store.read().and_then(|read| read.settings()) {
            Ok(settings) => settings,
            Err(error) => {
                tracing::warn!(error = &error as &(dyn Error + 'static), "logo not reloaded");
                return;
            }
        };
        match settings.logo_file.as_ref().map(Logo::read).transpose() {
            Ok(logo) => {
                let event = if logo.is_some() { "logo reloaded" } else { "no logo is set" };
                *self.logo.write().unwrap_or_else(PoisonError::into_inner) = logo.map(Arc::new);
                tracing::info!("{event}");
            }
            Err(error) => {
                tracing::warn!(error = &error as &(dyn Error + 'static), "logo not reloaded");
            }
        }
    }

    /// Returns a new value for a cookie.
    pub(crate) fn browser_secret(&self) -> SecretText {
        mint::browser_secret(&mut **self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the issuer: the one of the command line, otherwise the current setting.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be read.
    pub(crate) fn issuer(&self) -> Result<Issuer, StoreError> {
        self.issuer_in(self.store.read()?.as_ref())
    }

    /// Returns the issuer, like [`AppState::issuer`], as of a snapshot.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be read.
    pub(crate) fn issuer_in(&self, read: &dyn ReadTx) -> Result<Issuer, StoreError> {
        match &self.fixed_issuer {
            Some(issuer) => Ok(issuer.clone()),
            None => read.issuer(),
        }
    }
}

/// Returns a constant text as the reason of a change, for the audit.
///
/// # Panics
/// Panics if the text is not a valid [`Text`].
pub(crate) fn reason(why: &'static str) -> Text {
    why.parse().expect("a short text without control characters is a text")
}
