//! The expiry of a key or consumer.

use crate::actions::ActionError;
use crate::domain::id::ClientKind;
use crate::domain::settings::Settings;
use crate::domain::time::{TimeSpec, Timestamp};

/// Returns the expiry for a requested one, or the default of the settings if none was requested.
///
/// # Errors
/// [`ActionError::Invalid`] if the expiry is in the past; [`ActionError::BeyondMaximum`] if a key would live longer than the
/// settings allow.
pub(crate) fn expiry(
    kind: ClientKind,
    requested: Option<TimeSpec>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<Timestamp>, ActionError> {
    let expires_at = match (requested, kind) {
        (Some(when), _) => when.resolve(now),
        (None, ClientKind::Key) => settings.key_default_lifetime.map(|span| now.plus(span)),
        (None, ClientKind::Consumer) => None,
    };
    if let Some(expiry) = expires_at
        && expiry <= now
    {
        return Err(ActionError::Invalid(format!(
            "the expiry {} is in the past; write a time in the future, such as 90d",
            expiry.to_rfc3339()
        )));
    }
    if let (ClientKind::Key, Some(max)) = (kind, settings.key_max_lifetime)
        && expires_at.is_none_or(|expiry| expiry > now.plus(max))
    {
        return Err(ActionError::BeyondMaximum { max });
    }
    Ok(expires_at)
}
