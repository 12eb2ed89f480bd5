//! The facts of a refused request.

use crate::domain::client::Client;
use crate::domain::id::RequestId;
use crate::domain::name::Name;
use crate::domain::refusal::check::Check;
use crate::domain::refusal::client_ref::ClientRef;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// The longest host that is kept of a request, in characters.
pub const HOST_LENGTH: usize = 255;

/// Reason for refusing a request, and the objects concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The check that failed.
    pub check: Check,
    /// The client that made the request, if it sent something that has the form of a client id.
    pub client: Option<ClientRef>,
    /// True if the client proved its identity with a valid secret.
    pub client_authenticated: bool,
    /// The user's name, if such a user exists and the request was about one.
    pub user: Option<Name>,
    /// After too many failures of the same client id or address: the moment until which the caller is asked to wait.
    pub throttled_until: Option<Timestamp>,
}

impl From<Check> for Refusal {
    fn from(check: Check) -> Self {
        Self { check, client: None, client_authenticated: false, user: None, throttled_until: None }
    }
}

impl From<Check> for Box<Refusal> {
    fn from(check: Check) -> Self {
        Self::new(check.into())
    }
}

impl Refusal {
    /// Names the client that made the request.
    #[must_use]
    pub fn of(mut self, client: &Client) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Names the client by the `client_id` as it was sent. A text without the form of a client id is dropped.
    #[must_use]
    pub fn of_sent_id(mut self, client_id: Option<&str>) -> Self {
        self.client = client_id.and_then(|id| id.parse().ok()).map(|id| ClientRef { id, known: None });
        self
    }

    /// Names the user that the request was about.
    #[must_use]
    pub fn about(mut self, user: &User) -> Self {
        self.user = Some(user.username.clone());
        self
    }
}

/// A refused request: the refusal, and the request that it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRequest {
    /// The request id that the error response carried.
    pub request: RequestId,
    /// The moment of the refusal.
    pub at: Timestamp,
    /// The route's template, such as `/oauth/token`.
    pub endpoint: &'static str,
    /// The `Host` that the request named, at most [`HOST_LENGTH`] characters.
    pub host: Option<String>,
    /// The `error` of the response (RFC 6749 sections 4.1.2.1 and 5.2).
    pub error: Option<&'static str>,
    /// Reason for refusing the request.
    pub refusal: Refusal,
}
