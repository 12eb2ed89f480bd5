//! Editing keys and consumers.

use crate::actions::clients::create::ensure_may_have;
use crate::actions::clients::expiry::expiry;
use crate::actions::{ActionError, Change, Patch, groups, resolve, scopes};
use crate::domain::audit::AuditVerb;
use crate::domain::client::{Client, Profile, StoredState};
use crate::domain::consumer::{Pkce, ProfileError, ProfileWarning};
use crate::domain::handle::Handle;
use crate::domain::id::ClientKind;
use crate::domain::name::{Name, Text};
use crate::domain::redirect::RedirectUri;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace, RefreshRotation};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Span;
use crate::domain::time::TimeSpec;
use crate::domain::web_origin::WebOrigin;

/// The changes to a key or consumer.
#[derive(Clone, Debug, Default)]
pub struct ClientEdit {
    pub add_scopes: ScopeSet,
    pub remove_scopes: ScopeSet,
    pub group: Patch<Name>,
    pub description: Patch<Text>,
    pub owner: Patch<Text>,
    pub expires: Option<TimeSpec>,
    /// For consumers only, like the fields below.
    pub title: Patch<Text>,
    pub add_redirect_uris: Vec<RedirectUri>,
    pub remove_redirect_uris: Vec<RedirectUri>,
    pub add_web_origins: Vec<WebOrigin>,
    pub remove_web_origins: Vec<WebOrigin>,
    pub access_token_lifetime: Patch<Span>,
    pub refresh_token_lifetime: Patch<Span>,
    pub refresh_token_grace: Patch<RefreshGrace>,
    pub refresh_family_lifetime: Patch<FamilyLifetime>,
    pub pkce: Option<Pkce>,
    pub refresh_rotation: Option<RefreshRotation>,
}

impl ClientEdit {
    /// Returns the warnings for the values that are set on this client.
    #[must_use]
    pub fn warnings(&self, client: &Client) -> Vec<ProfileWarning> {
        let family_lifetime = match self.refresh_family_lifetime {
            Patch::Set(lifetime) => Some(lifetime),
            Patch::Keep | Patch::Clear => None,
        };
        let mut warnings = ProfileWarning::of(self.pkce, self.refresh_rotation, family_lifetime);
        warnings.extend(ProfileWarning::of_redirect_uris(&self.add_redirect_uris, !client.is_confidential()));
        if let Profile::Consumer(profile) = &client.profile {
            let allowed = profile.allowed_origins();
            let is_allowed =
                |origin: &WebOrigin| origin.entries().iter().any(|entry| allowed.contains(entry));
            if self.remove_web_origins.iter().any(is_allowed) {
                warnings.push(ProfileWarning::OriginOfRedirect);
            }
        }
        warnings
    }
}

/// Changes a key or consumer, effective from the next request on. If `if_revision` is present, the client must have this
/// revision.
///
/// # Errors
/// [`ActionError::NotFound`] or [`ActionError::Ambiguous`] if the handle does not identify one client;
/// [`ActionError::Ended`] if the client is revoked; [`ActionError::Stale`] if it has another revision;
/// [`ActionError::UnknownScope`], [`ActionError::NotFound`] for an unknown group, [`ActionError::ConsumerIntrospects`],
/// [`ActionError::BeyondMaximum`] or [`ActionError::Invalid`] if the changes are not acceptable; [`ActionError::Forbidden`] if
/// they contradict the stored client; otherwise [`ActionError::Store`].
pub fn edit(
    change: &mut Change<'_>,
    kind: ClientKind,
    handle: &Handle,
    edit: &ClientEdit,
    if_revision: Option<i64>,
) -> Result<Client, ActionError> {
    let before = resolve::client(change.read(), kind, handle)?;
    if matches!(before.stored_state, StoredState::Revoked { .. }) {
        return Err(ActionError::Ended { noun: kind.noun(), name: before.name });
    }
    if let Some(expected) = if_revision
        && expected != before.revision
    {
        return Err(stale(&before, expected, before.revision));
    }
    let mut after = edited(change, &before, edit)?;
    let fields = changed_fields(&before, &after);
    if after.direct_scopes.is_empty() && after.group.is_none() {
        let why = format!(
            "{} {} would have no scopes and could do nothing; disable or revoke it instead",
            kind.noun(),
            before.name
        );
        return Err(forbidden(&before, why));
    }
    if fields.is_empty() {
        return Ok(before);
    }
    let group = after.group.as_ref().map(|group| group.name.clone());
    if !change.write().update_client(&after, group.as_ref())? {
        let current = change.read().client(&before.id)?;
        let actual = current.ok_or_else(|| change.read().damaged("the row of a client is missing"))?.revision;
        return Err(stale(&before, before.revision, actual));
    }
    after.revision += 1;
    change.record(kind, AuditVerb::Edit, &after.id, &after.name, fields);
    Ok(after)
}

fn stale(client: &Client, expected: i64, actual: i64) -> ActionError {
    ActionError::Stale { noun: client.kind().noun(), name: client.name.clone(), expected, actual }
}

fn forbidden(client: &Client, why: String) -> ActionError {
    ActionError::Forbidden { noun: client.kind().noun(), name: client.name.clone(), why }
}

/// Returns the client with the changes applied. Nothing is written.
fn edited(change: &Change<'_>, before: &Client, edit: &ClientEdit) -> Result<Client, ActionError> {
    let read = change.read();
    scopes::ensure_declared(read, &edit.add_scopes, before.kind())?;
    // Removing a scope that the client does not have changes nothing. An undeclared scope is refused, because a typing error
    // would leave the client with the scope that was meant.
    scopes::ensure_declared(read, &edit.remove_scopes.without(&before.direct_scopes), before.kind())?;
    if let Some(scope) = edit.remove_scopes.iter().find(|scope| !before.direct_scopes.contains(scope))
        && let Some(group) = before.group.as_ref().filter(|group| group.scopes.contains(scope))
    {
        let why = format!("{scope} comes from the group {}; edit the group, or remove the group", group.name);
        return Err(forbidden(before, why));
    }
    // A consumer that has the scope for introspection from an earlier time can be edited otherwise.
    ensure_may_have(before.kind(), &edit.add_scopes, None)?;
    let mut after = before.clone();
    after.direct_scopes = before.direct_scopes.union(&edit.add_scopes).without(&edit.remove_scopes);
    match &edit.group {
        Patch::Keep => {}
        Patch::Set(group) => {
            let group = groups::scopes_of(read, group)?;
            ensure_may_have(before.kind(), &ScopeSet::default(), Some(&group))?;
            after.group = Some(group);
        }
        Patch::Clear => after.group = None,
    }
    edit.description.apply(&mut after.description);
    edit.owner.apply(&mut after.owner);
    if let Some(when) = edit.expires {
        after.expires_at = expiry(before.kind(), Some(when), &read.settings()?, change.now())?;
    }
    if let Profile::Consumer(profile) = &mut after.profile {
        edit.title.apply(&mut profile.title);
        for uri in &edit.add_redirect_uris {
            if !profile.redirect_uris.contains(uri) {
                profile.redirect_uris.push(uri.clone());
            }
        }
        profile.redirect_uris.retain(|uri| !edit.remove_redirect_uris.contains(uri));
        for origin in &edit.add_web_origins {
            if !profile.web_origins.contains(origin) {
                profile.web_origins.push(origin.clone());
            }
        }
        profile.web_origins.retain(|origin| !edit.remove_web_origins.contains(origin));
        edit.access_token_lifetime.apply(&mut profile.access_token_lifetime);
        edit.refresh_token_lifetime.apply(&mut profile.refresh_token_lifetime);
        edit.refresh_token_grace.apply(&mut profile.refresh_token_grace);
        edit.refresh_family_lifetime.apply(&mut profile.refresh_family_lifetime);
        let confidentiality = profile.confidentiality.with_safeguards(edit.pkce, edit.refresh_rotation);
        profile.confidentiality = confidentiality.map_err(|error| forbidden(before, error.to_string()))?;
        profile.check().map_err(|error| match error {
            ProfileError::ShortLife => ActionError::Invalid(error.to_string()),
            _ => forbidden(before, error.to_string()),
        })?;
    }
    Ok(after)
}

/// Returns the names of the fields in which the two differ.
fn changed_fields(before: &Client, after: &Client) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut compare = |changed: bool, field| {
        if changed {
            fields.push(field);
        }
    };
    compare(after.direct_scopes != before.direct_scopes, "scope");
    compare(
        after.group.as_ref().map(|group| &group.name) != before.group.as_ref().map(|group| &group.name),
        "group",
    );
    compare(after.description != before.description, "description");
    compare(after.owner != before.owner, "owner");
    compare(after.expires_at != before.expires_at, "expires_at");
    if let (Profile::Consumer(old), Profile::Consumer(new)) = (&before.profile, &after.profile) {
        compare(old.title != new.title, "title");
        compare(old.redirect_uris != new.redirect_uris, "redirect_uris");
        compare(old.web_origins != new.web_origins, "web_origins");
        compare(old.access_token_lifetime != new.access_token_lifetime, "access_token_lifetime");
        compare(old.refresh_token_lifetime != new.refresh_token_lifetime, "refresh_token_lifetime");
        compare(old.refresh_token_grace != new.refresh_token_grace, "refresh_token_grace");
        compare(old.refresh_family_lifetime != new.refresh_family_lifetime, "refresh_family_lifetime");
        let (old, new) = (old.confidentiality.safeguards(), new.confidentiality.safeguards());
        compare(old.pkce != new.pkce, "pkce");
        compare(old.refresh_rotation != new.refresh_rotation, "refresh_rotation");
    }
    fields
}
