//! The base: the contents of its new store, and its settings.

use crate::credentials::mint;
use crate::domain::Base;
use crate::domain::audit::{AuditVerb, Draft, Event, ObjectKind, Record};
use crate::domain::id::{Environment, RANDOM_LENGTH};
use crate::domain::issuer::Issuer;
use crate::domain::name::Text;
use crate::domain::settings::{SettingName, Settings};
use crate::store::NewStore;

use crate::actions::{ActionError, Change, ChangeContext, audit};

/// The properties of a new base.
#[derive(Clone, Debug)]
pub struct NewBase {
    /// The name, shown on consent pages and in prompts.
    pub name: Text,
    pub environment: Environment,
    /// The public URL of the service.
    pub issuer: Issuer,
}

/// Returns the contents of a new store and the first record of its audit chain.
#[must_use]
pub fn initial_contents(context: &mut ChangeContext<'_>, new: NewBase) -> (NewStore, Record) {
    let store_id = format!("{}{}", mint::id(context.random), mint::id(context.random));
    debug_assert_eq!(store_id.len(), 2 * RANDOM_LENGTH);
    let now = context.clock.now();
    let event = Event {
        object: ObjectKind::Base,
        verb: AuditVerb::Init,
        object_id: store_id.clone(),
        object_name: new.name.to_string(),
        fields: vec!["name", "environment", "issuer"],
    };
    let draft = Draft {
        at: now,
        operation: &context.operation,
        actor: context.actor,
        reason: context.reason.as_ref(),
        event: &event,
    };
    let record = audit::seal(&draft, 1, audit::genesis(&store_id));
    let base = Base { store_id, name: new.name, environment: new.environment, created_at: now };
    (NewStore { base, settings: Settings::initial(new.issuer) }, record)
}

/// Changes a setting and returns all settings.
///
/// # Errors
/// [`ActionError::Invalid`] if the setting cannot have the value; otherwise [`ActionError::Store`].
pub fn set_setting(change: &mut Change<'_>, name: SettingName, value: &str) -> Result<Settings, ActionError> {
    let before = change.read().settings()?;
    let mut after = before.clone();
    after.set(name, value).map_err(|error| ActionError::Invalid(error.to_string()))?;
    if after != before {
        change.write().set_setting(name, &after.get(name))?;
        change.record(
            ObjectKind::Setting,
            AuditVerb::Edit,
            &name.as_str(),
            &name.as_str(),
            vec![name.as_str()],
        );
    }
    Ok(after)
}
