//! Keys, consumers and their secrets in the store.

use crate::credentials::digest::Digest;
use crate::domain::client::{Client, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, ClientKind, SecretId};
use crate::domain::name::Name;
use crate::domain::page::{ClientFilter, Page, PageRequest, Sort, StateFilter};
use crate::domain::secret::Secret;
use crate::domain::secret::SecretRecord;
use crate::domain::time::Timestamp;

use crate::store::{Match, StoreError};

/// What ending a client would end besides it. Counting stops at [`Impact::CAP`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Grants in force.
    pub grants: i64,
    /// Tokens that are neither expired nor revoked.
    pub tokens: i64,
    /// People who gave those grants.
    pub users: i64,
}

impl Impact {
    /// Where counting stops: beyond it "many" is all a person needs, and a count would cost time per token.
    pub const CAP: i64 = 1000;
}

/// Reads of clients. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ClientReads {
    /// The client with exactly that id.
    fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
    /// What a handle leads to: an id, else the beginning of one, else the name of what is not revoked, else the name of
    /// what was revoked last.
    fn find_client(&self, kind: ClientKind, handle: &Handle) -> Result<Match<Client>, StoreError>;
    /// A page of clients.
    fn list_clients(
        &self,
        filter: &ClientFilter,
        sort: Sort,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Client>, StoreError>;
    /// Clients in those states whose name, or whose id, begins so: at most `limit`, for completion.
    fn clients_starting(
        &self,
        kind: ClientKind,
        prefix: &str,
        state: StateFilter,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Client>, StoreError>;
    /// Names that may be what a mistyped name meant: at most a few thousand.
    fn client_names_near(&self, kind: ClientKind, name: &str) -> Result<Vec<String>, StoreError>;
    /// What ending the client would end.
    fn client_impact(&self, id: &ClientId, now: Timestamp) -> Result<Impact, StoreError>;
    /// A client's secrets, newest first.
    fn secrets_of(&self, id: &ClientId) -> Result<Vec<Secret>, StoreError>;
    /// The secret with that id, and its client.
    fn secret(&self, id: &SecretId) -> Result<Option<SecretRecord>, StoreError>;
    /// The secret with that digest, and its client.
    fn secret_by_digest(&self, digest: &Digest) -> Result<Option<SecretRecord>, StoreError>;
    /// How many clients of that kind are in each state: active, disabled, expired, revoked.
    fn count_clients(&self, kind: ClientKind, now: Timestamp) -> Result<[i64; 4], StoreError>;
}

/// Changes of clients. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait ClientWrites {
    /// Adds a client whose id and name are free.
    fn insert_client(&mut self, client: &Client, group: Option<&Name>) -> Result<(), StoreError>;
    /// Writes what `edit` can change, if the client still has the revision it was read with; then the revision grows.
    /// False if it has another.
    fn update_client(&mut self, client: &Client, group: Option<&Name>) -> Result<bool, StoreError>;
    /// Switches a client or ends it at this moment; its revision grows.
    fn set_client_state(
        &mut self,
        id: &ClientId,
        stored_state: &StoredState,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Adds a secret.
    fn insert_secret(
        &mut self,
        client: &ClientId,
        secret: &Secret,
        digest: &Digest,
    ) -> Result<(), StoreError>;
    /// Marks a pending secret as delivered. False if it was not pending any more.
    fn deliver_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<bool, StoreError>;
    /// Sets the end of a secret.
    fn expire_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<(), StoreError>;
    /// Ends a secret.
    fn revoke_secret(&mut self, id: &SecretId, at: Timestamp) -> Result<(), StoreError>;
}
