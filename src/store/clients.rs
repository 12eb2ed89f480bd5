//! Keys and consumers in the store.

use crate::domain::StateCounts;
use crate::domain::client::{Client, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::Name;
use crate::domain::page::{ClientFilter, Page, PageRequest, Sort, StateFilter};
use crate::domain::time::Timestamp;
use crate::domain::web_origin::WebOrigin;

use crate::store::error::StoreError;
use crate::store::lookup::Match;

/// Objects that end together with a client. Each count stops at [`Impact::CAP`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Number of grants that are not revoked.
    pub grants: i64,
    /// Number of tokens that are neither expired nor revoked.
    pub tokens: i64,
    /// Number of users who gave those grants.
    pub users: i64,
}

impl Impact {
    /// Highest count. Counting further costs time per token, and an administrator decides the same for any larger number.
    pub const CAP: i64 = 1000;
}

/// The beginning of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlePrefix<'a> {
    Id(&'a str),
    Name(&'a str),
}

/// Reads of keys and consumers.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ClientReads {
    /// Returns the client with exactly this id.
    fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
    /// Finds clients by a handle: an exact id, otherwise the prefix of an id, otherwise the name of a client that is not
    /// revoked, otherwise the name of the client that was revoked last. A name that is also the id of another client matches
    /// both.
    fn find_client(&self, kind: ClientKind, handle: &Handle) -> Result<Match<Client>, StoreError>;
    /// Returns a page of clients.
    fn list_clients(
        &self,
        filter: &ClientFilter,
        sort: Sort,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Client>, StoreError>;
    /// Returns at most `limit` clients whose handle starts with `prefix`, for completion.
    fn clients_starting(
        &self,
        kind: ClientKind,
        prefix: HandlePrefix<'_>,
        state: StateFilter,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Client>, StoreError>;
    /// Returns names that are candidates for a mistyped name, at most a few thousand.
    fn client_names_near(&self, kind: ClientKind, name: &str) -> Result<Vec<String>, StoreError>;
    /// Counts the objects that end together with the client.
    fn client_impact(&self, id: &ClientId, now: Timestamp) -> Result<Impact, StoreError>;
    /// Returns true if the origin is one of a public consumer that is not revoked.
    fn allows_origin(&self, origin: &WebOrigin) -> Result<bool, StoreError>;
    /// Counts the clients of a kind by effective state.
    fn count_clients(&self, kind: ClientKind, now: Timestamp) -> Result<StateCounts, StoreError>;
}

/// Changes of keys and consumers.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ClientWrites {
    /// Adds a client whose id and name are free. `group` names its permission group.
    fn insert_client(&mut self, client: &Client, group: Option<&Name>) -> Result<(), StoreError>;
    /// Stores the fields that `edit` can change and increments the revision. Returns false, and changes nothing, if the
    /// stored revision is not that of `client`.
    fn update_client(&mut self, client: &Client, group: Option<&Name>) -> Result<bool, StoreError>;
    /// Enables, disables or revokes a client and increments its revision.
    fn set_client_state(&mut self, id: &ClientId, stored_state: &StoredState) -> Result<(), StoreError>;
}
