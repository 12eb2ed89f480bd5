//! Equal refused requests, which are stored as one.

use crate::domain::id::RequestId;
use crate::domain::refusal::facts::RefusedRequest;
use crate::domain::refusal::stored::{LATER_REQUESTS, MERGED_WITHIN};
use crate::domain::time::Timestamp;

/// Refused requests of one minute with the same endpoint, host and refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalGroup {
    pub first: RefusedRequest,
    /// The moment of the last refusal.
    pub last_at: Timestamp,
    /// The number of requests.
    pub count: i64,
    /// The ids of the last requests after the first, at most [`LATER_REQUESTS`], oldest first.
    pub later: Vec<RequestId>,
}

impl From<RefusedRequest> for RefusalGroup {
    fn from(first: RefusedRequest) -> Self {
        Self { last_at: first.at, first, count: 1, later: Vec::new() }
    }
}

impl RefusalGroup {
    /// Returns true if the request belongs to the group.
    #[must_use]
    pub fn contains(&self, request: &RefusedRequest) -> bool {
        self.first.endpoint == request.endpoint
            && request.at < self.first.at.plus(MERGED_WITHIN)
            && self.first.host == request.host
            && self.first.refusal == request.refusal
    }

    /// Adds a request that belongs to the group.
    pub fn add(&mut self, request: &RefusedRequest) {
        self.count += 1;
        self.last_at = self.last_at.max(request.at);
        keep_last(&mut self.later, [request.request.clone()]);
    }

    /// Returns true if the refusal names a client that exists.
    #[must_use]
    pub fn has_known_client(&self) -> bool {
        self.first.refusal.client.as_ref().is_some_and(|client| client.known.is_some())
    }
}

/// Appends request ids, and deletes the oldest beyond [`LATER_REQUESTS`].
pub fn keep_last(ids: &mut Vec<RequestId>, more: impl IntoIterator<Item = RequestId>) {
    ids.extend(more);
    ids.drain(..ids.len().saturating_sub(LATER_REQUESTS));
}
