//! Opening and creating a store: chooses the engine by the store's location.

use std::time::Duration;

use crate::domain::audit::Record;

use crate::store::access::Access;
use crate::store::base::NewStore;
use crate::store::error::StoreError;
use crate::store::location::StoreLocation;
use crate::store::sqlite::store::SqliteStore;
use crate::store::transactions::Store;

/// Opens a store. `wait` is the longest time to wait for a lock that another process has.
///
/// # Errors
/// - [`StoreError::Missing`] if nothing exists at `location`;
/// - [`StoreError::Unusable`] if the file must not be opened, e.g. because it belongs to another user;
/// - [`StoreError::Foreign`], [`StoreError::Newer`] or [`StoreError::UnreleasedSchema`] if this program cannot use its content;
/// - otherwise any other [`StoreError`].
pub fn open(location: &StoreLocation, access: Access, wait: Duration) -> Result<Box<dyn Store>, StoreError> {
    match location {
        StoreLocation::File(_) => Ok(Box::new(SqliteStore::open(location, access, wait)?)),
    }
}

/// Creates a store and opens it for writing. A store that is created incompletely never becomes visible at `location`.
///
/// # Errors
/// [`StoreError::Exists`] if something exists at `location`; otherwise any other [`StoreError`].
pub fn create(
    location: &StoreLocation,
    new: &NewStore,
    first_record: &Record,
    wait: Duration,
) -> Result<Box<dyn Store>, StoreError> {
    match location {
        StoreLocation::File(_) => Ok(Box::new(SqliteStore::create(location, new, first_record, wait)?)),
    }
}
