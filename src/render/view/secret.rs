//! The view of a client's secret.

use serde::Serialize;

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::render::view::{Field, Kind};

/// A secret of a client, without the secret itself.
#[derive(Clone, Debug, Serialize)]
pub struct SecretView {
    secret_id: String,
    hint: String,
    state: &'static str,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    uses: i64,
}

/// The fields of [`SecretView`], for views that nest it.
pub(crate) const SECRET_FIELDS: &[Field] = &[
    Field::column("secret_id", "SECRET ID", Kind::Text),
    Field::column("hint", "ENDS IN", Kind::Text),
    Field::column("state", "STATE", Kind::Text),
    Field::column("created_at", "CREATED", Kind::Event),
    Field::column("expires_at", "EXPIRES", Kind::Time),
    Field::column("last_used_at", "LAST USED", Kind::Time),
    Field::column("uses", "USES", Kind::Text),
];

impl SecretView {
    /// Makes the view of a secret in its state at `now`.
    #[must_use]
    pub fn of(secret: &Secret, now: Timestamp) -> Self {
        Self {
            secret_id: secret.id.to_string(),
            hint: secret.hint.clone(),
            state: secret.state_word(now),
            created_at: secret.created_at.to_rfc3339(),
            expires_at: secret.expires_at.map(Timestamp::to_rfc3339),
            last_used_at: secret.last_used_at.map(Timestamp::to_rfc3339),
            uses: secret.uses,
        }
    }

    /// Makes the views of the secrets of a client, or `None` if they were not read.
    pub(crate) fn all(secrets: Option<&[Secret]>, now: Timestamp) -> Option<Vec<Self>> {
        secrets.map(|secrets| secrets.iter().map(|secret| Self::of(secret, now)).collect())
    }
}
