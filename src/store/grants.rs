//! Grants of users to consumers.

use crate::domain::StateCounts;
use crate::domain::grant::Grant;
use crate::domain::handle::Handle;
use crate::domain::id::{ClientId, GrantId, UserId};
use crate::domain::name::Text;
use crate::domain::page::{GrantFilter, Page, PageRequest};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

use crate::store::error::StoreError;
use crate::store::lookup::Match;

/// Reads of grants. A grant is revoked if it or its consumer is.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GrantReads {
    /// Finds grants by a handle: an exact id, the prefix of an id, or `USER/CONSUMER`. The last form names the active
    /// grant of the pair, otherwise the one that was revoked last.
    fn find_grant(&self, handle: &Handle) -> Result<Match<Grant>, StoreError>;
    /// Returns the active grant of a user for a consumer. A pair has at most one.
    fn active_grant(&self, user: &UserId, client: &ClientId) -> Result<Option<Grant>, StoreError>;
    /// Returns a page of grants, newest first.
    fn list_grants(&self, filter: &GrantFilter, page: &PageRequest) -> Result<Page<Grant>, StoreError>;
    /// Returns at most `limit` grants whose id starts with `prefix`, for completion.
    fn grants_starting(
        &self,
        prefix: &str,
        active_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError>;
    /// Returns at most `limit` grants of users whose name starts with `user`, for completion. With `consumer`, `user` is
    /// the whole name and the name of the consumer starts with `consumer`.
    ///
    /// Ordered by both names; the active grant of a pair comes first, then its revoked grants, newest first.
    fn grants_of_pair(
        &self,
        user: &str,
        consumer: Option<&str>,
        active_only: bool,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError>;
    /// Counts the tokens of a grant that are neither expired nor revoked. The count stops at
    /// [`Impact::CAP`](crate::store::clients::Impact::CAP).
    fn grant_tokens(&self, id: &GrantId, now: Timestamp) -> Result<i64, StoreError>;
    /// Returns the moment of the `nth` latest change that the user made to the own grants after `since` and until `now`,
    /// counted from 1. The changes of an administrator do not count, nor does what a client did with a grant.
    fn nth_latest_grant_change(
        &self,
        user: &UserId,
        since: Timestamp,
        now: Timestamp,
        nth: u32,
    ) -> Result<Option<Timestamp>, StoreError>;
    /// Counts the grants by state: each is active or revoked.
    fn count_grants(&self) -> Result<StateCounts, StoreError>;
}

/// Changes of grants.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait GrantWrites {
    /// Adds a grant. Its user and consumer must have no active grant.
    fn insert_grant(&mut self, grant: &Grant) -> Result<(), StoreError>;
    /// Replaces the scopes of a grant.
    fn set_grant_scopes(&mut self, id: &GrantId, scopes: &ScopeSet) -> Result<(), StoreError>;
    /// Revokes a grant. Changes one row, regardless of the number of its tokens.
    fn revoke_grant(&mut self, id: &GrantId, reason: Option<&Text>) -> Result<(), StoreError>;
}
