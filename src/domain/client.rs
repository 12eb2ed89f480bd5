//! Clients: API keys and consumers. Both have an id, secrets and scopes. A key belongs to the base itself, a consumer to a
//! third party.

use crate::domain::State;
use crate::domain::consumer::{ConsumerProfile, GrantType, Safeguards};
use crate::domain::group::GroupScopes;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

/// The state of a client as it is stored. A revoked client stays revoked. Expiry is not stored: it follows from
/// [`Client::expires_at`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredState {
    Active,
    /// Refused until it is enabled again.
    Disabled {
        since: Timestamp,
    },
    Revoked {
        at: Timestamp,
        reason: Option<Text>,
    },
}

/// The kind of a client, with the properties that only this kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An API key of the base: it uses `client_credentials` and always has a secret.
    Key,
    /// A third party's application.
    Consumer(ConsumerProfile),
}

/// An API key or a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The `client_id` of OAuth requests.
    pub id: ClientId,
    /// The name, unique among the clients of this kind that are not revoked.
    pub name: Name,
    pub profile: Profile,
    pub description: Option<Text>,
    /// The person or team responsible. Free text, not a user of the store.
    pub owner: Option<Text>,
    /// The permission group that the client is in.
    pub group: Option<GroupScopes>,
    /// The scopes of the client in addition to those of its group.
    pub direct_scopes: ScopeSet,
    pub stored_state: StoredState,
    pub created_at: Timestamp,
    /// The client is refused from this moment on.
    pub expires_at: Option<Timestamp>,
    /// The moment at which the service last accepted the client, about one minute late.
    pub last_used_at: Option<Timestamp>,
    /// Starts at 1 and grows by one with each change.
    pub revision: i64,
}

/// The reason why a client is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientRefusal {
    Disabled,
    Expired,
    Revoked,
}

impl Client {
    /// Returns the kind of the client.
    #[must_use]
    pub const fn kind(&self) -> ClientKind {
        match self.profile {
            Profile::Key => ClientKind::Key,
            Profile::Consumer(_) => ClientKind::Consumer,
        }
    }

    /// Returns the client's own scopes together with those of its group.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.group
            .as_ref()
            .map_or_else(|| self.direct_scopes.clone(), |group| self.direct_scopes.union(&group.scopes))
    }

    /// Returns true if the client or its group has the scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let groups = self.group.iter().map(|group| &group.scopes);
        groups.chain([&self.direct_scopes]).flat_map(ScopeSet::iter).any(|held| held.as_str() == scope)
    }

    /// Returns the effective state at `now`. Revoked outranks disabled, and disabled outranks expired.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match self.refusal(now) {
            None => State::Active,
            Some(ClientRefusal::Disabled) => State::Disabled,
            Some(ClientRefusal::Expired) => State::Expired,
            Some(ClientRefusal::Revoked) => State::Revoked,
        }
    }

    /// Returns the reason why the client is refused at `now`, or `None` if it is accepted. Every endpoint and command uses
    /// this rule.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> Option<ClientRefusal> {
        match self.stored_state {
            StoredState::Revoked { .. } => Some(ClientRefusal::Revoked),
            StoredState::Disabled { .. } => Some(ClientRefusal::Disabled),
            StoredState::Active if self.expires_at.is_some_and(|end| end <= now) => {
                Some(ClientRefusal::Expired)
            }
            StoredState::Active => None,
        }
    }

    /// Returns true if the client has secrets (RFC 6749 section 2.1).
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        match &self.profile {
            Profile::Key => true,
            Profile::Consumer(profile) => !profile.confidentiality.is_public(),
        }
    }

    /// Returns the safeguards of the client's codes and refresh tokens. A key has neither.
    #[must_use]
    pub fn safeguards(&self) -> Safeguards {
        match &self.profile {
            Profile::Key => Safeguards::default(),
            Profile::Consumer(profile) => profile.confidentiality.safeguards(),
        }
    }

    /// Returns true if the client may obtain tokens with `grant_type`.
    #[must_use]
    pub const fn may_use(&self, grant_type: GrantType) -> bool {
        match &self.profile {
            Profile::Key => matches!(grant_type, GrantType::ClientCredentials),
            Profile::Consumer(profile) => profile.grant_types.contains(grant_type),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(stored_state: StoredState, expires_at: Option<i64>) -> Client {
        Client {
            id: "apck_test_7Hq2mZ0xPa4T".parse().unwrap(),
            name: "erp-sync".parse().unwrap(),
            profile: Profile::Key,
            description: None,
            owner: None,
            group: None,
            direct_scopes: "assets.read".parse().unwrap(),
            stored_state,
            created_at: Timestamp::from_millis(0),
            expires_at: expires_at.map(Timestamp::from_millis),
            last_used_at: None,
            revision: 1,
        }
    }

    #[test]
    fn a_client_expires_at_its_exact_millisecond() {
        let client = key(StoredState::Active, Some(1000));
        assert_eq!(client.state(Timestamp::from_millis(999)), State::Active);
        assert_eq!(client.state(Timestamp::from_millis(1000)), State::Expired);
    }

    #[test]
    fn revoked_outranks_disabled_and_expired() {
        let now = Timestamp::from_millis(2000);
        let revoked = StoredState::Revoked { at: now, reason: None };
        assert_eq!(key(revoked, Some(1000)).state(now), State::Revoked);
        assert_eq!(key(StoredState::Disabled { since: now }, Some(1000)).state(now), State::Disabled);
    }

    #[test]
    fn narrowing_a_group_narrows_its_members() {
        let mut client = key(StoredState::Active, None);
        client.group =
            Some(GroupScopes { name: "g".parse().unwrap(), scopes: "work_orders.write".parse().unwrap() });
        assert_eq!(client.scopes().to_string(), "assets.read work_orders.write");
        client.group = Some(GroupScopes { name: "g".parse().unwrap(), scopes: ScopeSet::default() });
        assert_eq!(client.scopes().to_string(), "assets.read");
    }
}
