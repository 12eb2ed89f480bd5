//! The part that the views of keys and consumers share.

use crate::domain::client::{Client, StoredState};
use crate::domain::id::ClientKind;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::render::view::View;

/// A view of a client, for code that keys and consumers share.
pub trait ClientView: View + Sized {
    /// The kind of client that the view shows.
    const KIND: ClientKind;
    /// Makes the view of a client in its state at `now`. The view includes the secrets if they are given.
    fn of(client: &Client, secrets: Option<&[Secret]>, now: Timestamp) -> Self;
}

/// Returns when a client was revoked (RFC 3339) and for which reason.
pub(crate) fn revocation(client: &Client) -> (Option<String>, Option<String>) {
    match &client.stored_state {
        StoredState::Revoked { at, reason } => {
            (Some(at.to_rfc3339()), reason.as_ref().map(ToString::to_string))
        }
        StoredState::Active | StoredState::Disabled { .. } => (None, None),
    }
}
