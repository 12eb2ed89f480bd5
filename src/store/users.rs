//! Users in the store.

use crate::domain::handle::Handle;
use crate::domain::id::UserId;
use crate::domain::page::{Page, PageRequest, StateFilter, UserFilter};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

use crate::store::{Match, StoreError};

/// Reads of users. Each fails where the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UserReads {
    /// What a handle leads to.
    fn find_user(&self, handle: &Handle) -> Result<Match<User>, StoreError>;
    /// A page of users, newest first.
    fn list_users(&self, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, StoreError>;
    /// Users in those states whose name, or whose id, begins so: at most `limit`, for completion.
    fn users_starting(&self, prefix: &str, state: StateFilter, limit: usize)
    -> Result<Vec<User>, StoreError>;
    /// Names that may be what a mistyped name meant.
    fn usernames_near(&self, name: &str) -> Result<Vec<String>, StoreError>;
    /// The PHC string of a user's password.
    fn password_hash(&self, id: &UserId) -> Result<Option<String>, StoreError>;
    /// How many users are active and how many disabled.
    fn count_users(&self) -> Result<[i64; 2], StoreError>;
}

/// Changes of users. Each fails where the store cannot be written.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait UserWrites {
    /// Adds a user whose name is free.
    fn insert_user(&mut self, user: &User, password_hash: &str) -> Result<(), StoreError>;
    /// Gives a user another password.
    fn set_password_hash(&mut self, id: &UserId, password_hash: &str) -> Result<(), StoreError>;
    /// Switches a user off at a moment, or on.
    fn set_user_disabled(&mut self, id: &UserId, since: Option<Timestamp>) -> Result<(), StoreError>;
}
