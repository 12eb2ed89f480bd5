//! The base: making its store, and its settings.

use crate::credentials::mint;
use crate::domain::Base;
use crate::domain::audit::{Draft, Event, ObjectKind, Record, Verb};
use crate::domain::id::{Environment, RANDOM_LENGTH};
use crate::domain::name::Text;
use crate::domain::redirect::Issuer;
use crate::domain::settings::{SettingName, Settings};
use crate::store::NewStore;

use crate::actions::{ActionError, Change, Origin, audit};

/// What a new base is.
#[derive(Clone, Debug)]
pub struct NewBase {
    /// What people call it.
    pub name: Text,
    /// For real use or for trials.
    pub environment: Environment,
    /// The service's public address.
    pub issuer: Issuer,
}

/// The content of a new store and the first record of its audit chain.
#[must_use]
pub fn found(origin: &mut Origin<'_>, new: NewBase) -> (NewStore, Record) {
    let store_id = format!("{}{}", mint::id(origin.random), mint::id(origin.random));
    debug_assert_eq!(store_id.len(), 2 * RANDOM_LENGTH);
    let now = origin.clock.now();
    let event = Event {
        object: ObjectKind::Base,
        verb: Verb::Init,
        object_id: store_id.clone(),
        object_name: new.name.to_string(),
        fields: vec!["name", "environment", "issuer"],
    };
    let draft = Draft {
        at: now,
        operation: &origin.operation,
        actor: origin.actor,
        reason: origin.reason.as_ref(),
        event: &event,
    };
    let record = audit::seal(&draft, 1, audit::genesis(&store_id));
    let base = Base { store_id, name: new.name, environment: new.environment, created_at: now };
    (NewStore { base, settings: Settings::initial(new.issuer) }, record)
}

/// Gives a setting another value.
///
/// # Errors
/// Says why the setting cannot have that value.
pub fn set_setting(change: &mut Change<'_>, name: SettingName, value: &str) -> Result<Settings, ActionError> {
    let before = change.read().settings()?;
    let mut after = before.clone();
    after.set(name, value).map_err(|error| ActionError::Invalid(error.to_string()))?;
    if after != before {
        change.write().set_setting(name, &after.get(name))?;
        change.record(ObjectKind::Setting, Verb::Edit, &name.as_str(), &name.as_str(), vec![name.as_str()]);
    }
    Ok(after)
}
