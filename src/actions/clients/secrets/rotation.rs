//! The effect of a rotation on the older secrets of a client.

use crate::domain::client::Client;
use crate::domain::secret::{LIVE_SECRETS, Secret};
use crate::domain::time::Span;
use crate::domain::time::Timestamp;

/// The treatment of the older secrets when the new one is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// They stay valid for this duration.
    Overlap(Span),
    /// They are revoked at once.
    Now,
}

/// The effect of a rotation on the secrets that are valid before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotationImpact {
    /// The hint of a secret that was never used and is revoked.
    pub replaced: Option<String>,
    /// The hint of the secret that stays valid, and the moment at which it expires.
    pub retiring: Option<(String, Timestamp)>,
}

/// Returns the effect of a rotation on the valid secrets, of which the newest comes first.
pub(crate) fn rotation_impact(
    client: &Client,
    valid: &[&Secret],
    rotation: Rotation,
    now: Timestamp,
) -> RotationImpact {
    let Rotation::Overlap(overlap) = rotation else { return RotationImpact::default() };
    let (replaced, kept) =
        if valid.len() >= LIVE_SECRETS { (Some(valid[0]), valid.get(1)) } else { (None, valid.first()) };
    RotationImpact {
        replaced: replaced.map(|secret| secret.hint.clone()),
        retiring: kept.map(|secret| (secret.hint.clone(), retirement(client, secret, overlap, now))),
    }
}

/// Returns the moment at which an older secret expires: the end of the overlap, the secret's own expiry or the client's,
/// whichever is first.
pub(crate) fn retirement(client: &Client, secret: &Secret, overlap: Span, now: Timestamp) -> Timestamp {
    [secret.expires_at, client.expires_at].into_iter().flatten().fold(now.plus(overlap), Timestamp::min)
}
