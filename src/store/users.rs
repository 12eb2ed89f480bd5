//! Users and their passwords.

use crate::domain::StateCounts;
use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::page::{Page, PageRequest, StateFilter, UserFilter};
use crate::domain::user::User;

use crate::store::error::StoreError;
use crate::store::lookup::Match;

/// Reads of users.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UserReads {
    /// Finds users by a handle: an exact id, the prefix of an id, or a username.
    fn find_user(&self, handle: &Handle) -> Result<Match<User>, StoreError>;
    /// Returns a page of users, newest first.
    fn list_users(&self, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, StoreError>;
    /// Returns at most `limit` users whose name or id starts with `prefix`, for completion.
    fn users_starting(&self, prefix: &str, state: StateFilter, limit: usize)
    -> Result<Vec<User>, StoreError>;
    /// Returns usernames that are candidates for a mistyped one, at most a few thousand.
    fn usernames_near(&self, name: &str) -> Result<Vec<String>, StoreError>;
    /// Returns the PHC string of a user's password.
    fn password_hash(&self, id: &UserId) -> Result<Option<String>, StoreError>;
    /// Counts the users by state: each is active or disabled.
    fn count_users(&self) -> Result<StateCounts, StoreError>;
}

/// Changes of users.
///
/// # Errors
/// Each method returns a [`StoreError`] if the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UserWrites {
    /// Adds a user whose name is free.
    fn insert_user(&mut self, user: &User, password_hash: &str) -> Result<(), StoreError>;
    /// Replaces a user's password and ends the user's sessions.
    fn set_password_hash(&mut self, id: &UserId, password_hash: &str) -> Result<(), StoreError>;
    /// Disables or enables a user. Ends the user's sessions.
    fn set_user_disabled(&mut self, id: &UserId, disabled: bool) -> Result<(), StoreError>;
}
