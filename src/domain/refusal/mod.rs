//! Refusals: which check of the service failed, told to the administrator in words. The client is told as little as
//! OAuth wants; this is the other half.
//!
//! [`Check`] is what failed, with what is needed to say so and never a secret. A [`Refusal`] adds the request it ended
//! and who was in it, and turns all that into words. [`Told`] is what the store keeps of it: the words, bounded and
//! cleaned, since much of them came from outside.

mod check;
mod code;
mod judged;
mod redirect;

pub use crate::domain::refusal::check::{Check, FormFault, Malformed, Other, Throttle};
#[cfg(test)]
pub(crate) use crate::domain::refusal::code::every_check;
pub use crate::domain::refusal::redirect::{Difference, Part, compare_redirect};

use crate::domain::id::{ClientId, RequestId};
use crate::domain::name::Name;
use crate::domain::time::Timestamp;

/// How many refusals the store keeps; the oldest go.
pub const KEPT: usize = 10_000;

/// One request that the service refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The id that the error response carried.
    pub request: RequestId,
    /// When.
    pub at: Timestamp,
    /// The route's template, such as `/oauth/token`.
    pub endpoint: &'static str,
    /// The `error` that was sent (RFC 6749 sections 4.1.2.1 and 5.2), if one was.
    pub error: Option<&'static str>,
    /// The `client_id` as it was sent, if it has the form of one.
    pub client_id: Option<ClientId>,
    /// The client's name, if there is such a client.
    pub client_name: Option<Name>,
    /// The user's name, if there is such a user and the request was about one.
    pub user: Option<Name>,
    /// What failed.
    pub check: Check,
}

/// Why a request was refused, in words for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was wrong, on which object. Parts of it came from the request: it is bounded, but it must be redacted before
    /// it is stored and escaped before it is printed.
    pub why: String,
    /// The command that fixes the refusal, if there is one: a line that a shell takes as it is.
    pub suggested_command: Option<String>,
}

/// What the store keeps of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRefusal {
    /// The id that the error response carried.
    pub request: RequestId,
    /// When.
    pub at: Timestamp,
    /// The route's template.
    pub endpoint: String,
    /// The `error` that was sent, if one was.
    pub error: Option<String>,
    /// The `client_id` as it was sent, if it has the form of one.
    pub client_id: Option<ClientId>,
    /// The client's name, if there was such a client.
    pub client_name: Option<Name>,
    /// The user's name, if there was such a user.
    pub user: Option<Name>,
    /// The word of the failed check, [`Check::code`].
    pub code: String,
    /// What was wrong, on which object.
    pub why: String,
    /// The command that fixes it.
    pub suggested_command: Option<String>,
}
