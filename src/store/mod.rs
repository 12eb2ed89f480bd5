//! The store as the rest of the program sees it: transactions in the words of the domain.
//!
//! Reads and writes are grouped by aggregate. A [`ReadTx`] is one snapshot; a [`WriteTx`] holds the write lock from its
//! first moment and is rolled back unless it is committed. Nothing here says which engine is behind it.

pub mod audit;
pub mod catalog;
pub mod clients;
pub mod codes;
pub mod error;
pub mod grants;
pub mod refusals;
pub mod sessions;
pub mod sqlite;
pub mod throttles;
pub mod tokens;
pub mod usage;
pub mod users;

pub use crate::store::error::StoreError;

use std::path::Path;
use std::time::Duration;

use crate::domain::Base;
use crate::domain::audit::Record;
use crate::domain::issuer::Issuer;
use crate::domain::settings::{SettingName, Settings};

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading alone.
    Read,
    /// Reading and changing.
    Write,
    /// Reading and changing, for many who wait for it.
    Serve,
}

/// Opens the store at `path`, waiting at most `wait` for other processes each time they hold it.
///
/// # Errors
/// Fails where there is no store of ours, where it belongs to somebody else, or where it cannot be read.
pub fn open(path: &Path, access: Access, wait: Duration) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(sqlite::SqliteStore::open(path, access, wait)?))
}

/// Makes a store at `path` and opens it. It appears whole or not at all.
///
/// # Errors
/// [`StoreError::Exists`] where there is a file already; fails where none can be made.
pub fn create(
    path: &Path,
    new: &NewStore,
    first_record: &Record,
    wait: Duration,
) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(sqlite::SqliteStore::create(path, new, first_record, wait)?))
}

/// What a handle led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<T> {
    /// Nothing.
    None,
    /// Exactly this.
    One(T),
    /// Several; at most ten of them.
    Many(Vec<T>),
}

/// What a new store begins with.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// The base and the store's identity.
    pub base: Base,
    /// The settings.
    pub settings: Settings,
}

/// Facts about the file, for `store info`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// The engine and its version.
    pub engine: String,
    /// The schema's number.
    pub schema: i64,
    /// Bytes of the main file.
    pub size: u64,
    /// The file's mode, `600` in octal.
    pub mode: u32,
    /// The documented schema.
    pub documented_schema: &'static str,
}

/// The base and its settings.
pub trait BaseReads {
    /// Which base the store belongs to.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    fn base(&self) -> Result<Base, StoreError>;

    /// All settings.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    fn settings(&self) -> Result<Settings, StoreError>;

    /// The setting `issuer` alone, which most answers of the service carry.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    fn issuer(&self) -> Result<Issuer, StoreError>;
}

/// Changes to the settings.
pub trait BaseWrites {
    /// Stores one setting's text.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    fn set_setting(&mut self, name: SettingName, value: &str) -> Result<(), StoreError>;
}

/// One snapshot of the store.
pub trait ReadTx:
    BaseReads
    + catalog::CatalogReads
    + clients::ClientReads
    + users::UserReads
    + grants::GrantReads
    + tokens::TokenReads
    + codes::CodeReads
    + sessions::SessionReads
    + refusals::RefusalReads
    + throttles::ThrottleReads
    + audit::AuditReads
{
}

/// One change of the store, alone with the write lock until it ends.
pub trait WriteTx:
    ReadTx
    + BaseWrites
    + catalog::CatalogWrites
    + clients::ClientWrites
    + users::UserWrites
    + grants::GrantWrites
    + tokens::TokenWrites
    + codes::CodeWrites
    + sessions::SessionWrites
    + usage::UsageWrites
    + refusals::RefusalWrites
    + throttles::ThrottleWrites
    + audit::AuditWrites
{
    /// Marks the present point, to go back to if a part of the change is given up.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    fn savepoint(&mut self) -> Result<(), StoreError>;

    /// Forgets the last mark.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    fn release_savepoint(&mut self) -> Result<(), StoreError>;

    /// Undoes everything since the last mark, and forgets it.
    ///
    /// # Errors
    /// Fails where the store cannot be written.
    fn rollback_to_savepoint(&mut self) -> Result<(), StoreError>;

    /// Makes the change last. Only after this has returned may anybody be told of it.
    ///
    /// # Errors
    /// Fails where the change could not be made to last; then nothing of it is there.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A store that can be read and changed by many processes at once.
pub trait Store: Send + Sync {
    /// Begins a snapshot.
    ///
    /// # Errors
    /// Fails where the store cannot be opened, is busy or damaged.
    fn read(&self) -> Result<Box<dyn ReadTx + '_>, StoreError>;

    /// Begins a change, waiting for others to end theirs.
    ///
    /// # Errors
    /// Fails where the store cannot be opened or written, is damaged, or stays busy for too long.
    fn write(&self) -> Result<Box<dyn WriteTx + '_>, StoreError>;

    /// The mode of the store's file, if others than its owner may reach it.
    fn loose_mode(&self) -> Option<u32>;

    /// Facts about the store.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    fn info(&self) -> Result<StoreInfo, StoreError>;
}
