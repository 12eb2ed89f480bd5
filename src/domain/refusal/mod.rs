//! Refusals: which check of the service failed, told to the administrator in words. The client is told as little as
//! OAuth wants; this is the other half.
//!
//! [`Check`] is what failed, with what is needed to say so and never a secret. A [`Refusal`] adds the request it ended
//! and who was in it, and turns all that into words. [`Told`] is what the store keeps of it: the words, bounded and
//! cleaned, since much of them came from outside.

mod check;
mod code;
mod judged;
mod mend;
mod redirect;
mod why;

pub use check::{Check, FormFault, Malformed, Other, Throttle};
pub use redirect::{Difference, Part, compare_redirect};

use super::id::{ClientId, RequestId};
use super::name::Name;
use super::time::Timestamp;

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

impl Refusal {
    /// What was wrong, on which object. Much of it may come from outside: it is no longer than a few lines, but it must be
    /// redacted before it is kept and escaped before it is shown.
    #[must_use]
    pub fn why(&self) -> String {
        why::why(self)
    }

    /// The command that mends it, where one does: a line that a shell takes as it stands.
    #[must_use]
    pub fn mend(&self) -> Option<String> {
        mend::mend(self)
    }
}

/// What the store keeps of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
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
    /// The command that mends it, where one does.
    pub mend: Option<String>,
}
