//! Requests for lists: filters, sort orders and pages.

use std::str::FromStr;

use crate::domain::State;
use crate::domain::audit::ObjectKind;
use crate::domain::id::{ClientId, ClientKind, GrantId, UserId};
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::domain::token::TokenKind;

/// The start of the next page. It is opaque: only the store that returned it can interpret it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The objects in the requested order.
    pub items: Vec<T>,
    /// The start of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

/// The start and the length of a page.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The start of the page; `None` for the first page.
    pub after: Option<Cursor>,
    /// The maximum number of objects, at least 1.
    pub limit: usize,
}

/// The field by which a list of clients is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortField {
    Created,
    Name,
    /// The time of expiry. Clients that never expire come last.
    Expires,
    /// The time of the last use. Clients that were never used come first.
    LastUsed,
}

/// A sort order: a field and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub field: SortField,
    /// True if the largest value comes first.
    pub descending: bool,
}

impl Sort {
    /// Newest first, the default order.
    pub const NEWEST: Self = Self { field: SortField::Created, descending: true };
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (descending, word) = text.strip_prefix('-').map_or((false, text), |word| (true, word));
        let field = match word {
            "created" => SortField::Created,
            "name" => SortField::Name,
            "expires" => SortField::Expires,
            "last_used" => SortField::LastUsed,
            _ => {
                return Err("sort by created, name, expires or last_used, with - in front for largest first"
                    .to_owned());
            }
        };
        Ok(Self { field, descending })
    }
}

/// The states that a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Every state except revoked, the default.
    NotRevoked,
    Only(State),
    All,
}

impl FromStr for StateFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            word => State::from_word(word)
                .map(Self::Only)
                .ok_or_else(|| "the state is active, disabled, expired, revoked or all".to_owned()),
        }
    }
}

/// The conditions that the clients of a list meet.
#[derive(Clone, Debug)]
pub struct ClientFilter {
    pub kind: ClientKind,
    pub state: StateFilter,
    /// The client has this scope, directly or through its group.
    pub scope: Option<Scope>,
    /// The client is in this group.
    pub group: Option<Name>,
    pub owner: Option<Text>,
    /// The client expires before this time and has not expired yet.
    pub expiring_before: Option<Timestamp>,
    /// The object was created before this time and not used since.
    pub unused_since: Option<Timestamp>,
    /// The name matches this pattern of `*`, `?` and `[…]`.
    pub name_glob: Option<String>,
}

/// The conditions that the users of a list meet.
#[derive(Clone, Debug)]
pub struct UserFilter {
    pub state: StateFilter,
    /// The user name matches this pattern of `*`, `?` and `[…]`.
    pub name_glob: Option<String>,
}

/// The conditions that the grants of a list meet.
#[derive(Clone, Debug)]
pub struct GrantFilter {
    pub state: StateFilter,
    pub user: Option<UserId>,
    pub client: Option<ClientId>,
    /// The grant allows this scope.
    pub scope: Option<Scope>,
    /// The object was created before this time and not used since.
    pub unused_since: Option<Timestamp>,
    /// `USER/CONSUMER` matches this pattern of `*`, `?` and `[…]`.
    pub name_glob: Option<String>,
}

/// The conditions that the tokens of a list meet.
#[derive(Clone, Debug)]
pub struct TokenFilter {
    pub state: StateFilter,
    pub client: Option<ClientId>,
    /// The token is based on a grant of this user.
    pub user: Option<UserId>,
    /// The token is based on this grant.
    pub grant: Option<GrantId>,
    pub kind: Option<TokenKind>,
    pub issued_before: Option<Timestamp>,
}

/// The conditions that the audit records of a list meet.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub object: Option<ObjectKind>,
    /// The record is about the object with this id or name.
    pub object_handle: Option<String>,
    /// The record belongs to this run of a command.
    pub operation: Option<String>,
    /// The record was written at this time or later.
    pub since: Option<Timestamp>,
}
