//! How lists are asked for: a filter, an order, a page.

use std::str::FromStr;

use crate::domain::State;
use crate::domain::audit::ObjectKind;
use crate::domain::id::{ClientId, ClientKind, GrantId, UserId};
use crate::domain::name::{Name, Text};
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::domain::token::TokenKind;

/// Where the next page begins. Opaque: only the store that made it can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The objects, in the order asked for.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// Which page, and how long.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Where to begin; none is the beginning.
    pub after: Option<Cursor>,
    /// At most so many objects, at least one.
    pub limit: usize,
}

/// By what a list of clients is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortField {
    /// When it was made.
    Created,
    /// Its name.
    Name,
    /// When it expires; what never does comes last.
    Expires,
    /// When it was last used; what never was comes first.
    LastUsed,
}

/// An order: a field and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub field: SortField,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// Newest first, the order of a list that was asked for none.
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

/// Which states a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// All that is not revoked: what a list shows that was asked for none.
    NotRevoked,
    /// Exactly this one.
    Only(State),
    /// All.
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

/// Which clients.
#[derive(Clone, Debug)]
pub struct ClientFilter {
    /// Keys or consumers.
    pub kind: ClientKind,
    /// In which states.
    pub state: StateFilter,
    /// That hold this scope, directly or by their group.
    pub scope: Option<Scope>,
    /// That hold this group.
    pub group: Option<Name>,
    /// Whose owner this is.
    pub owner: Option<Text>,
    /// That expire before this moment and have not yet.
    pub expiring_before: Option<Timestamp>,
    /// That were made, and last used if ever, before this moment.
    pub unused_since: Option<Timestamp>,
    /// Whose name matches this pattern of `*`, `?` and `[…]`.
    pub name_glob: Option<String>,
}

/// Which users.
#[derive(Clone, Debug)]
pub struct UserFilter {
    /// In which states.
    pub state: StateFilter,
    /// Whose username matches this pattern.
    pub name_glob: Option<String>,
}

/// Which grants.
#[derive(Clone, Debug)]
pub struct GrantFilter {
    /// In which states.
    pub state: StateFilter,
    /// Given by this user.
    pub user: Option<UserId>,
    /// Given to this consumer.
    pub client: Option<ClientId>,
    /// That allow this scope.
    pub scope: Option<Scope>,
    /// That were made, and last used if ever, before this moment.
    pub unused_since: Option<Timestamp>,
    /// Whose `USER/CONSUMER` matches this pattern.
    pub name_glob: Option<String>,
}

/// Which tokens.
#[derive(Clone, Debug)]
pub struct TokenFilter {
    /// In which states.
    pub state: StateFilter,
    /// Issued to this client.
    pub client: Option<ClientId>,
    /// Resting on a grant of this user.
    pub user: Option<UserId>,
    /// Resting on this grant.
    pub grant: Option<GrantId>,
    /// Access or refresh.
    pub kind: Option<TokenKind>,
    /// Issued before this moment.
    pub issued_before: Option<Timestamp>,
}

/// Which audit records.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// About this kind of object.
    pub object: Option<ObjectKind>,
    /// About the objects with this id or name.
    pub object_handle: Option<String>,
    /// About this run of a command.
    pub operation: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
}
