//! Creating keys and consumers.

use crate::actions::clients::expiry::expiry;
use crate::actions::clients::secrets::{PendingSecret, mint_pending};
use crate::actions::clients::state::revoke;
use crate::actions::{ActionError, Change, Namespace, groups, scopes};
use crate::credentials::mint;
use crate::domain::audit::AuditVerb;
use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Pkce, Safeguards};
use crate::domain::group::GroupScopes;
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::introspection::may_have;
use crate::domain::name::{Name, Text};
use crate::domain::refresh_policy::RefreshRotation;
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Phase;
use crate::domain::time::Span;
use crate::domain::time::{TimeSpec, Timestamp};
use crate::store::{Match, ReadTx};

/// A client whose first secret is not delivered within this time counts as abandoned.
const DELIVERY_TIME: Span = Span::seconds(60);

/// The properties of a new key or consumer.
#[derive(Clone, Debug)]
pub struct NewClient {
    pub name: Name,
    pub profile: Profile,
    pub description: Option<Text>,
    /// The person or team responsible. Free text, not a user of the store.
    pub owner: Option<Text>,
    pub group: Option<Name>,
    /// The scopes of the client in addition to those of its group.
    pub scopes: ScopeSet,
    /// The expiry; `None` for the default of the settings.
    pub expires: Option<TimeSpec>,
}

impl NewClient {
    const fn kind(&self) -> ClientKind {
        match self.profile {
            Profile::Key => ClientKind::Key,
            Profile::Consumer(_) => ClientKind::Consumer,
        }
    }

    /// Returns true if the client gets a secret.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        match &self.profile {
            Profile::Key => true,
            Profile::Consumer(profile) => !profile.confidentiality.is_public(),
        }
    }
}

/// The result of [`create`].
pub enum CreateOutcome {
    /// The client was created. Its secret, if it has one, is not delivered yet.
    New(Client, Option<PendingSecret>),
    /// A client with this name exists.
    Existing(Client),
}

/// Creates a key or consumer. Its secret is refused until it is delivered. If `if_missing` is true, an existing client with
/// the same name is returned unchanged.
///
/// # Errors
/// [`ActionError::NameTaken`] or [`ActionError::UnderWay`] if another client has the name; [`ActionError::ScopesRequired`],
/// [`ActionError::UnknownScope`], [`ActionError::NotFound`] for an unknown group, [`ActionError::ConsumerIntrospects`],
/// [`ActionError::BeyondMaximum`] or [`ActionError::Invalid`] if the properties are not acceptable; otherwise
/// [`ActionError::Store`].
pub fn create(
    change: &mut Change<'_>,
    new: NewClient,
    if_missing: bool,
) -> Result<CreateOutcome, ActionError> {
    let kind = new.kind();
    if let Profile::Consumer(profile) = &new.profile {
        profile.check().map_err(|error| ActionError::Invalid(error.to_string()))?;
    }
    if new.scopes.is_empty() && new.group.is_none() {
        return Err(ActionError::ScopesRequired { noun: kind.noun() });
    }
    scopes::ensure_declared(change.read(), &new.scopes, kind)?;
    let group = new.group.as_ref().map(|name| groups::scopes_of(change.read(), name)).transpose()?;
    ensure_may_have(kind, &new.scopes, group.as_ref())?;
    let taken = |holder: &Client| ActionError::NameTaken {
        noun: Namespace::Client(kind),
        name: new.name.to_string(),
        holder: holder.id.to_string(),
    };
    let holder = match change.read().find_client(kind, &Handle::Name(new.name.clone()))? {
        Match::One(holder) | Match::NameAndId { named: holder, .. } => Some(holder),
        Match::None | Match::Many(_) => None,
    };
    if let Some(holder) = &holder
        && holder.name != new.name
    {
        // The name is the id of that client, so a handle could not tell the two apart.
        return Err(taken(holder));
    }
    if let Some(holder) = holder
        && !matches!(holder.stored_state, StoredState::Revoked { .. })
    {
        match delivery(change.read(), &holder, change.now())? {
            Delivery::Abandoned => revoke(change, &holder, None)?,
            Delivery::UnderWay => {
                return Err(ActionError::UnderWay { noun: kind.noun(), name: holder.name });
            }
            Delivery::Done if if_missing => return Ok(CreateOutcome::Existing(holder)),
            Delivery::Done => return Err(taken(&holder)),
        }
    }
    let settings = change.read().settings()?;
    let expires_at = expiry(kind, new.expires, &settings, change.now())?;
    let environment = change.read().base()?.environment;
    let client = Client {
        id: mint::client_id(change.random(), kind, environment),
        name: new.name,
        profile: new.profile,
        description: new.description,
        owner: new.owner,
        group,
        direct_scopes: new.scopes,
        stored_state: StoredState::Active,
        created_at: change.now(),
        expires_at,
        last_used_at: None,
        revision: 1,
    };
    change.write().insert_client(&client, new.group.as_ref())?;
    let fields = created_fields(&client);
    change.record(kind, AuditVerb::Create, &client.id, &client.name, fields);
    let secret = if client.is_confidential() { Some(mint_pending(change, &client, None)?) } else { None };
    Ok(CreateOutcome::New(client, secret))
}

/// Returns the fields of a new client for the audit. A safeguard is among them if the client was created without it, and web
/// origins if it has any.
fn created_fields(client: &Client) -> Vec<&'static str> {
    let mut fields = vec!["name", "scope", "group", "expires_at"];
    if let Profile::Consumer(profile) = &client.profile {
        if !profile.web_origins.is_empty() {
            fields.push("web_origins");
        }
        let Safeguards { pkce, refresh_rotation } = profile.confidentiality.safeguards();
        if pkce != Pkce::default() {
            fields.push("pkce");
        }
        if refresh_rotation != RefreshRotation::default() {
            fields.push("refresh_rotation");
        }
    }
    fields
}

/// Refuses scopes that a client of this kind may not have, its own and those of its group.
///
/// # Errors
/// [`ActionError::ConsumerIntrospects`] if a consumer would get the scope for introspection.
pub(crate) fn ensure_may_have(
    kind: ClientKind,
    scopes: &ScopeSet,
    group: Option<&GroupScopes>,
) -> Result<(), ActionError> {
    if !may_have(kind, scopes) {
        return Err(ActionError::ConsumerIntrospects { group: None });
    }
    match group {
        Some(group) if !may_have(kind, &group.scopes) => {
            Err(ActionError::ConsumerIntrospects { group: Some(group.name.clone()) })
        }
        _ => Ok(()),
    }
}

/// The delivery of a client's first secret.
enum Delivery {
    /// The secret was delivered, or the client has none.
    Done,
    /// Another process may be about to deliver the secret.
    UnderWay,
    /// The process that created the client ended before it delivered the secret.
    Abandoned,
}

fn delivery(read: &dyn ReadTx, client: &Client, now: Timestamp) -> Result<Delivery, ActionError> {
    let secrets = read.secrets_of(&client.id)?;
    if !client.is_confidential() || secrets.iter().any(|secret| secret.phase != Phase::Pending) {
        return Ok(Delivery::Done);
    }
    // A time in the future was written before the clock was set back.
    let under_way = now.minus(DELIVERY_TIME)..=now;
    let recent = secrets.iter().any(|secret| under_way.contains(&secret.created_at));
    Ok(if recent { Delivery::UnderWay } else { Delivery::Abandoned })
}
