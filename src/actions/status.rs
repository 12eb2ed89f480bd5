//! The status of a base.

use crate::domain::Base;
use crate::domain::State;
use crate::domain::StateCounts;
use crate::domain::client::Client;
use crate::domain::id::ClientKind;
use crate::domain::page::{ClientFilter, PageRequest, Sort, SortField, StateFilter};
use crate::domain::settings::Settings;
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::store::{ReadTx, StoreError};

/// Keys that expire within this time are listed.
const SOON: Span = Span::days(14);
/// The maximum number of listed keys.
const LISTED: usize = 5;

/// The status of a base at one point in time.
#[derive(Clone, Debug)]
pub struct Status {
    pub base: Base,
    pub settings: Settings,
    pub keys: StateCounts,
    pub consumers: StateCounts,
    pub users: StateCounts,
    pub grants: StateCounts,
    /// The keys that expire within 14 days, the earliest first, at most five.
    pub expiring: Vec<Client>,
}

/// Reads the settings and counts the objects of the base.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn status(read: &dyn ReadTx, now: Timestamp) -> Result<Status, StoreError> {
    let soon = ClientFilter {
        kind: ClientKind::Key,
        state: StateFilter::Only(State::Active),
        scope: None,
        group: None,
        owner: None,
        expiring_before: Some(now.plus(SOON)),
        unused_since: None,
        name_glob: None,
    };
    let sort = Sort { field: SortField::Expires, descending: false };
    let expiring = read.list_clients(&soon, sort, &PageRequest { after: None, limit: LISTED }, now)?.items;
    Ok(Status {
        base: read.base()?,
        settings: read.settings()?,
        keys: read.count_clients(ClientKind::Key, now)?,
        consumers: read.count_clients(ClientKind::Consumer, now)?,
        users: read.count_users()?,
        grants: read.count_grants()?,
        expiring,
    })
}
