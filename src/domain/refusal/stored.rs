//! A refusal in words, as the store keeps it.

use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::refusal::client_ref::ClientRef;
use crate::domain::time::{Span, Timestamp};

/// Number of stored refusals of clients that exist. The oldest are deleted first.
pub const KEPT_OF_CLIENTS: usize = 8000;
/// Number of stored refusals of one client, so that one cannot displace those of the others.
pub const KEPT_OF_CLIENT: usize = 500;
/// Number of stored refusals of requests that name no client that exists.
pub const KEPT_OTHER: usize = 2000;
/// Requests that are refused within this time by the same check share a stored refusal if they are equal.
pub const MERGED_WITHIN: Span = Span::minutes(1);
/// Number of request ids that a stored refusal keeps besides the first.
pub const LATER_REQUESTS: usize = 10;

/// Reason for refusing a request, in words for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The failed condition and its object. Parts of this text came from the request: it is bounded, but it must be
    /// redacted before it is stored and escaped before it is printed.
    pub why: String,
    /// The command that fixes the refusal, if there is one: a line that a shell takes as it is.
    pub suggested_command: Option<String>,
}

/// The client of a stored refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClient {
    /// The id as it was sent.
    pub id: ClientId,
    /// The client's name at that time; `None` if no client had the id.
    pub name: Option<Name>,
}

impl From<&ClientRef> for StoredClient {
    fn from(client: &ClientRef) -> Self {
        Self { id: client.id.clone(), name: client.known.as_ref().map(|known| known.name.clone()) }
    }
}

/// A refused request as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRefusal {
    /// The request id that the error response carried; of several requests that of the first.
    pub request: RequestId,
    /// The moment of the refusal; of several that of the first.
    pub at: Timestamp,
    /// The moment of the last refusal.
    pub last_at: Timestamp,
    /// The ids of the last requests after the first, at most [`LATER_REQUESTS`], oldest first.
    pub later_requests: Vec<RequestId>,
    /// The route's template, such as `/oauth/token`.
    pub endpoint: String,
    /// The `Host` that the request named.
    pub host: Option<String>,
    /// The `error` of the response.
    pub error: Option<String>,
    /// The client that made the request.
    pub client: Option<StoredClient>,
    /// True if the client proved its identity.
    pub client_authenticated: bool,
    /// The name of the user that the request was about.
    pub user: Option<Name>,
    /// The failed check, [`Check::code`](crate::domain::refusal::Check::code).
    pub code: String,
    /// The failed condition and its object.
    pub why: String,
    /// The command that fixes the cause.
    pub suggested_command: Option<String>,
    /// Number of requests in this row.
    pub count: i64,
}

impl StoredRefusal {
    /// Returns the client that the request named, if it exists.
    #[must_use]
    pub fn known_client(&self) -> Option<&ClientId> {
        self.client.as_ref().filter(|client| client.name.is_some()).map(|client| &client.id)
    }
}
