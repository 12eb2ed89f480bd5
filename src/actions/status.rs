//! One screen about the base.

use crate::domain::Base;
use crate::domain::State;
use crate::domain::client::Client;
use crate::domain::id::ClientKind;
use crate::domain::page::{ClientFilter, PageRequest, Sort, SortField, StateFilter};
use crate::domain::settings::Settings;
use crate::domain::state_counts::StateCounts;
use crate::domain::time::{Span, Timestamp};
use crate::store::{ReadTx, StoreError};

/// How far ahead an expiry is worth a line.
const SOON: Span = Span::days(14);
/// How many of the next to expire are named.
const NAMED: usize = 5;

/// The state of a base at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    /// Which base.
    pub base: Base,
    /// Its settings.
    pub settings: Settings,
    pub keys: StateCounts,
    pub consumers: StateCounts,
    pub users: StateCounts,
    pub grants: StateCounts,
    /// Keys that expire within 14 days, the next first; at most five.
    pub expiring: Vec<Client>,
}

/// Counts what the base has.
///
/// # Errors
/// Fails where the store cannot be read.
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
    let expiring = read.list_clients(&soon, sort, &PageRequest { after: None, limit: NAMED }, now)?.items;
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
