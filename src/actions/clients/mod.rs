//! Keys and consumers: making, changing, switching and ending them.

pub mod secrets;

use crate::credentials::mint;
use crate::domain::audit::Verb;
use crate::domain::client::{Client, Confidentiality, HeldGroup, Profile, StoredState};
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::name::{Name, Text};
use crate::domain::page::{ClientFilter, Sort};
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Phase;
use crate::domain::settings::Settings;
use crate::domain::time::{Span, Timestamp, When};
use crate::store::{Match, ReadTx};

use crate::actions::clients::secrets::{Issued, mint_pending};
use crate::actions::{ActionError, Change, Named, catalog};

/// How long a secret may be on its way to its reader before its client counts as never made.
const DELIVERY_TIME: Span = Span::seconds(60);

/// What a new key or consumer is.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The handle.
    pub name: Name,
    /// What only its kind has.
    pub profile: Profile,
    /// For people.
    pub description: Option<Text>,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// A permission group.
    pub group: Option<Name>,
    /// Scopes besides those of the group.
    pub scopes: ScopeSet,
    /// Its end; none means what the settings say.
    pub expires: Option<When>,
}

impl NewClient {
    const fn kind(&self) -> ClientKind {
        match self.profile {
            Profile::Key => ClientKind::Key,
            Profile::Consumer(_) => ClientKind::Consumer,
        }
    }

    /// Whether it is going to have a secret.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        match &self.profile {
            Profile::Key => true,
            Profile::Consumer(profile) => profile.confidentiality == Confidentiality::Confidential,
        }
    }
}

/// What came of asking for a new client.
pub enum Created {
    /// It is there, and its secret, if it has one, waits to be handed over.
    New(Client, Option<Issued>),
    /// It was there already, and `--if-missing` was given.
    Existing(Client),
}

/// Makes a key or consumer. Its secret is refused until it has been handed over.
///
/// # Errors
/// Refuses a taken name, unknown scopes or group, an end in the past or beyond what the base allows, and parts that
/// contradict each other.
pub fn create(change: &mut Change<'_>, new: NewClient, if_missing: bool) -> Result<Created, ActionError> {
    let kind = new.kind();
    if let Profile::Consumer(profile) = &new.profile {
        profile.check().map_err(|error| ActionError::Invalid(error.to_string()))?;
    }
    if new.scopes.is_empty() && new.group.is_none() {
        return Err(ActionError::Invalid(format!(
            "a {} without scopes could do nothing; give it --scope or --group",
            kind.noun()
        )));
    }
    catalog::check_known(change.read(), &new.scopes)?;
    let group = held_group(change.read(), new.group.as_ref())?;
    if let Match::One(holder) = change.read().find_client(kind, &Handle::Name(new.name.clone()))?
        && !matches!(holder.stored_state, StoredState::Revoked { .. })
    {
        match delivery(change.read(), &holder, change.now())? {
            Delivery::Abandoned => end(change, &holder, None)?,
            Delivery::UnderWay => {
                return Err(ActionError::UnderWay { noun: kind.noun(), name: holder.name });
            }
            Delivery::Done if if_missing => return Ok(Created::Existing(holder)),
            Delivery::Done => {
                return Err(ActionError::NameTaken {
                    noun: Named::Client(kind),
                    name: new.name.to_string(),
                    holder: holder.id.to_string(),
                });
            }
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
    change.record(kind, Verb::Create, &client.id, &client.name, vec!["name", "scope", "group", "expires_at"]);
    let issued = if client.is_confidential() { Some(mint_pending(change, &client, None)?) } else { None };
    Ok(Created::New(client, issued))
}

/// Whether a client's first secret has reached anybody.
enum Delivery {
    /// It has, or there is none.
    Done,
    /// Another run may be about to hand it over.
    UnderWay,
    /// The run that made it was killed before it could hand it over.
    Abandoned,
}

fn delivery(read: &dyn ReadTx, client: &Client, now: Timestamp) -> Result<Delivery, ActionError> {
    let secrets = read.secrets_of(&client.id)?;
    if !client.is_confidential() || secrets.iter().any(|secret| secret.phase != Phase::Pending) {
        return Ok(Delivery::Done);
    }
    // A moment that is still to come was written by a clock that has since been set back.
    let under_way = now.minus(DELIVERY_TIME)..=now;
    let recent = secrets.iter().any(|secret| under_way.contains(&secret.created_at));
    Ok(if recent { Delivery::UnderWay } else { Delivery::Abandoned })
}

fn held_group(read: &dyn ReadTx, name: Option<&Name>) -> Result<Option<HeldGroup>, ActionError> {
    name.map(|name| catalog::held_group(read, name)).transpose()
}

/// The end that was asked for, held against the base's rules.
fn expiry(
    kind: ClientKind,
    asked: Option<When>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<Timestamp>, ActionError> {
    let expires_at = match (asked, kind) {
        (Some(when), _) => when.resolve(now),
        (None, ClientKind::Key) => settings.key_default_lifetime.map(|span| now.plus(span)),
        (None, ClientKind::Consumer) => None,
    };
    if let Some(end) = expires_at
        && end <= now
    {
        return Err(ActionError::Invalid(format!(
            "the end {} lies in the past; write a time to come, such as 90d",
            end.to_rfc3339()
        )));
    }
    if let (ClientKind::Key, Some(max)) = (kind, settings.key_max_lifetime)
        && expires_at.is_none_or(|end| end > now.plus(max))
    {
        return Err(ActionError::BeyondMaximum { max });
    }
    Ok(expires_at)
}

/// What to do with a part that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Give it this value.
    Set(T),
    /// Take it away.
    Clear,
}

impl<T: Clone> Patch<T> {
    pub(crate) fn apply(&self, part: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(value) => *part = Some(value.clone()),
            Self::Clear => *part = None,
        }
    }
}

/// What to change in a key or consumer.
#[derive(Clone, Debug, Default)]
pub struct ClientEdit {
    /// Scopes to add.
    pub add_scopes: ScopeSet,
    /// Scopes to take out.
    pub remove_scopes: ScopeSet,
    /// Another group.
    pub group: Patch<Name>,
    /// Another description.
    pub description: Patch<Text>,
    /// Another owner.
    pub owner: Patch<Text>,
    /// Another end.
    pub expires: Option<When>,
    /// Another title; consumers only.
    pub title: Patch<Text>,
    /// Redirect URIs to add; consumers only.
    pub add_redirect_uris: Vec<RedirectUri>,
    /// Redirect URIs to take out; consumers only.
    pub remove_redirect_uris: Vec<RedirectUri>,
    /// Another life of access tokens; consumers only.
    pub access_token_lifetime: Patch<Span>,
    /// Another life of refresh tokens; consumers only.
    pub refresh_token_lifetime: Patch<Span>,
}

/// Changes a key or consumer. Effective from the next request on.
///
/// # Errors
/// Refuses what is revoked, a revision other than the one named, unknown scopes or group, and parts that contradict each
/// other.
pub fn edit(
    change: &mut Change<'_>,
    kind: ClientKind,
    handle: &Handle,
    edit: &ClientEdit,
    if_revision: Option<i64>,
) -> Result<Client, ActionError> {
    let before = crate::actions::resolve::client(change.read(), kind, handle)?;
    if matches!(before.stored_state, StoredState::Revoked { .. }) {
        return Err(ActionError::Ended { noun: kind.noun(), name: before.name });
    }
    if let Some(expected) = if_revision
        && expected != before.revision
    {
        return Err(ActionError::Stale {
            noun: kind.noun(),
            name: before.name,
            expected,
            found: before.revision,
        });
    }
    catalog::check_known(change.read(), &edit.add_scopes)?;
    // Taking away what is not held is no change, but a scope that does not exist is a slip that would leave one held.
    catalog::check_known(change.read(), &edit.remove_scopes.without(&before.direct_scopes))?;
    let mut after = before.clone();
    let mut fields = Vec::new();
    after.direct_scopes = before.direct_scopes.union(&edit.add_scopes).without(&edit.remove_scopes);
    if let Some(scope) = edit.remove_scopes.iter().find(|scope| !before.direct_scopes.contains(scope)) {
        let by_group = before.group.as_ref().filter(|group| group.scopes.contains(scope));
        if let Some(group) = by_group {
            return Err(ActionError::Invalid(format!(
                "{scope} comes from the group {}; edit the group, or take the group away",
                group.name
            )));
        }
    }
    match &edit.group {
        Patch::Keep => {}
        Patch::Set(group) => after.group = held_group(change.read(), Some(group))?,
        Patch::Clear => after.group = None,
    }
    edit.description.apply(&mut after.description);
    edit.owner.apply(&mut after.owner);
    if let Some(when) = edit.expires {
        let settings = change.read().settings()?;
        after.expires_at = expiry(kind, Some(when), &settings, change.now())?;
    }
    if let Profile::Consumer(profile) = &mut after.profile {
        edit.title.apply(&mut profile.title);
        for uri in &edit.add_redirect_uris {
            if !profile.redirect_uris.contains(uri) {
                profile.redirect_uris.push(uri.clone());
            }
        }
        profile.redirect_uris.retain(|uri| !edit.remove_redirect_uris.contains(uri));
        edit.access_token_lifetime.apply(&mut profile.access_token_lifetime);
        edit.refresh_token_lifetime.apply(&mut profile.refresh_token_lifetime);
        profile.check().map_err(|error| ActionError::Invalid(error.to_string()))?;
    }
    let mut note = |changed: bool, field| {
        if changed {
            fields.push(field);
        }
    };
    note(after.direct_scopes != before.direct_scopes, "scope");
    note(
        after.group.as_ref().map(|group| &group.name) != before.group.as_ref().map(|group| &group.name),
        "group",
    );
    note(after.description != before.description, "description");
    note(after.owner != before.owner, "owner");
    note(after.expires_at != before.expires_at, "expires_at");
    if let (Profile::Consumer(old), Profile::Consumer(new)) = (&before.profile, &after.profile) {
        note(old.title != new.title, "title");
        note(old.redirect_uris != new.redirect_uris, "redirect_uris");
        note(old.access_token_lifetime != new.access_token_lifetime, "access_token_lifetime");
        note(old.refresh_token_lifetime != new.refresh_token_lifetime, "refresh_token_lifetime");
    }
    if after.direct_scopes.is_empty() && after.group.is_none() {
        return Err(ActionError::Invalid(format!(
            "{} {} would be left without scopes and could do nothing; disable or revoke it instead",
            kind.noun(),
            before.name
        )));
    }
    if fields.is_empty() {
        return Ok(before);
    }
    let group = after.group.as_ref().map(|group| group.name.clone());
    // The write lock is held since before the read, so the revision cannot have moved.
    change.write().update_client(&after, group.as_ref())?;
    after.revision += 1;
    change.record(kind, Verb::Edit, &after.id, &after.name, fields);
    Ok(after)
}

/// What to do to a client's switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Off.
    Disable,
    /// On.
    Enable,
    /// Ended for good.
    Revoke,
}

/// Switches a client, or ends it; true if it was not so already. One row, however many tokens and grants hang on it.
///
/// # Errors
/// Refuses to switch what is revoked; asks for a reason where the base wants one.
pub fn switch(change: &mut Change<'_>, client: &mut Client, switch: Switch) -> Result<bool, ActionError> {
    let now = change.now();
    let (stored_state, verb) = match (switch, &client.stored_state) {
        (Switch::Revoke, StoredState::Revoked { .. })
        | (Switch::Disable, StoredState::Disabled { .. })
        | (Switch::Enable, StoredState::Active) => return Ok(false),
        (Switch::Disable | Switch::Enable, StoredState::Revoked { .. }) => {
            return Err(ActionError::Ended { noun: client.kind().noun(), name: client.name.clone() });
        }
        (Switch::Revoke, _) => {
            change.require_reason()?;
            end(change, client, change.reason().cloned())?;
            client.stored_state = StoredState::Revoked { at: now, reason: change.reason().cloned() };
            client.revision += 1;
            return Ok(true);
        }
        (Switch::Disable, _) => {
            change.require_reason()?;
            (StoredState::Disabled { since: now }, Verb::Disable)
        }
        (Switch::Enable, _) => (StoredState::Active, Verb::Enable),
    };
    change.write().set_client_state(&client.id, &stored_state)?;
    change.record(client.kind(), verb, &client.id, &client.name, vec!["state"]);
    client.stored_state = stored_state;
    client.revision += 1;
    Ok(true)
}

/// Ends a client that is not revoked.
pub(crate) fn end(change: &mut Change<'_>, client: &Client, reason: Option<Text>) -> Result<(), ActionError> {
    let now = change.now();
    let stored_state = StoredState::Revoked { at: now, reason };
    change.write().set_client_state(&client.id, &stored_state)?;
    change.record(client.kind(), Verb::Revoke, &client.id, &client.name, vec!["state"]);
    Ok(())
}

/// Every client that a filter finds.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn all_matching(
    read: &dyn ReadTx,
    filter: &ClientFilter,
    now: Timestamp,
) -> Result<Vec<Client>, ActionError> {
    crate::actions::resolve::all_pages(|request| read.list_clients(filter, Sort::NEWEST, request, now))
}

/// Fields in which an existing client differs from the one asked for, for the warning of `--if-missing`.
#[must_use]
pub fn differences(existing: &Client, asked: &NewClient) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut note = |differs: bool, field| {
        if differs {
            fields.push(field);
        }
    };
    note(existing.direct_scopes != asked.scopes, "scope");
    note(existing.group.as_ref().map(|group| &group.name) != asked.group.as_ref(), "group");
    note(asked.expires.is_some() && !same_end(existing, asked), "expires_at");
    note(asked.owner.is_some() && existing.owner != asked.owner, "owner");
    note(asked.description.is_some() && existing.description != asked.description, "description");
    if let (Profile::Consumer(old), Profile::Consumer(new)) = (&existing.profile, &asked.profile) {
        note(old.grant_types != new.grant_types, "grant_types");
        note(old.confidentiality != new.confidentiality, "public");
        note(old.redirect_uris != new.redirect_uris, "redirect_uris");
        note(new.title.is_some() && old.title != new.title, "title");
        let lifetimes = [
            (old.access_token_lifetime, new.access_token_lifetime, "access_token_lifetime"),
            (old.refresh_token_lifetime, new.refresh_token_lifetime, "refresh_token_lifetime"),
        ];
        for (old, new, field) in lifetimes {
            note(new.is_some() && old != new, field);
        }
    }
    fields
}

/// Whether the end asked for is the one that is there. A relative one is counted from when the client was made.
fn same_end(existing: &Client, asked: &NewClient) -> bool {
    asked.expires.is_none_or(|when| when.resolve(existing.created_at) == existing.expires_at)
}
