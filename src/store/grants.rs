//! Grants in the store.

use crate::domain::grant::Grant;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, GrantId, UserId};
use crate::domain::name::Text;
use crate::domain::page::{GrantFilter, Page, PageRequest};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

use crate::store::{Match, StoreError};

/// Reads of grants. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GrantReads {
    /// What a handle leads to: an id, the beginning of one, or `USER/CONSUMER`: the grant in force between those two,
    /// else the one revoked last.
    fn find_grant(&self, handle: &Handle) -> Result<Match<Grant>, StoreError>;
    /// The one grant in force of that user for that consumer.
    fn live_grant(&self, user: &UserId, client: &ClientId) -> Result<Option<Grant>, StoreError>;
    /// A page of grants, newest first.
    fn list_grants(&self, filter: &GrantFilter, page: &PageRequest) -> Result<Page<Grant>, StoreError>;
    /// Grants whose id begins so, newest first: at most `limit`, for completion.
    fn grants_starting(&self, prefix: &str, live_only: bool, limit: usize) -> Result<Vec<Grant>, StoreError>;
    /// Grants of users whose name begins so; with a consumer, of the user with exactly that name for consumers whose name
    /// begins so. By name, of one pair the grant in force first, then newest first: at most `limit`, for completion.
    fn grants_of_pair(
        &self,
        user: &str,
        consumer: Option<&str>,
        live_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError>;
    /// How many tokens that are neither expired nor revoked rest on it; counting stops at [`crate::store::clients::Impact::CAP`].
    fn grant_tokens(&self, id: &GrantId, now: Timestamp) -> Result<i64, StoreError>;
    /// How many grants are in force and how many revoked.
    fn count_grants(&self) -> Result<[i64; 2], StoreError>;
}

/// Changes of grants. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GrantWrites {
    /// Adds a grant where none is in force.
    fn insert_grant(&mut self, grant: &Grant) -> Result<(), StoreError>;
    /// Gives a grant other scopes.
    fn set_grant_scopes(&mut self, id: &GrantId, scopes: &ScopeSet) -> Result<(), StoreError>;
    /// Ends a grant: one row, however many tokens rest on it.
    fn revoke_grant(&mut self, id: &GrantId, at: Timestamp, reason: Option<&Text>) -> Result<(), StoreError>;
}
