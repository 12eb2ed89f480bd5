//! Lists of clients for changes in bulk.

use crate::actions::{ActionError, resolve};
use crate::domain::client::Client;
use crate::domain::page::{ClientFilter, Sort};
use crate::domain::time::Timestamp;
use crate::store::ReadTx;

/// Returns every client that matches a filter, newest first.
///
/// # Errors
/// [`ActionError::Store`] if the store cannot be read.
pub fn all_matching(
    read: &dyn ReadTx,
    filter: &ClientFilter,
    now: Timestamp,
) -> Result<Vec<Client>, ActionError> {
    resolve::all_pages(|request| read.list_clients(filter, Sort::NEWEST, request, now))
}
