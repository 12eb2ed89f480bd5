//! The base and its settings.

use crate::domain::Base;
use crate::domain::issuer::Issuer;
use crate::domain::settings::{SettingName, Settings};

use crate::store::error::StoreError;

/// Initial content of a store.
#[derive(Clone, Debug)]
pub struct NewStore {
    pub base: Base,
    pub settings: Settings,
}

/// Reads of the base and its settings.
///
/// # Errors
/// Each method returns [`StoreError::Damaged`] if a stored value is missing or malformed, otherwise any other
/// [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait BaseReads {
    /// Returns the base that the store belongs to.
    fn base(&self) -> Result<Base, StoreError>;
    /// Returns all settings of the base.
    fn settings(&self) -> Result<Settings, StoreError>;
    /// Returns the setting `issuer`. Cheaper than [`BaseReads::settings`]; most responses of the service contain it.
    fn issuer(&self) -> Result<Issuer, StoreError>;
}

/// Changes of the settings.
pub trait BaseWrites {
    /// Stores the text of one setting.
    ///
    /// # Errors
    /// Any [`StoreError`] if the store cannot be written.
    fn set_setting(&mut self, name: SettingName, value: &str) -> Result<(), StoreError>;
}
