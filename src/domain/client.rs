//! Clients: API keys and consumers. Both hold an id, secrets and scopes; they differ in who uses them and how.

use crate::domain::State;
use crate::domain::consumer::{Confidentiality, ConsumerProfile, GrantType};
use crate::domain::group::GroupScopes;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::{Name, Text};
use crate::domain::scope::ScopeSet;
use crate::domain::time::Timestamp;

/// A switch and its end. What is revoked stays revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredState {
    /// Switched on.
    Active,
    /// Switched off; `enable` switches it on again.
    Disabled {
        /// When it was switched off.
        since: Timestamp,
    },
    /// Ended for good.
    Revoked {
        /// When it was ended.
        at: Timestamp,
        /// What `--reason` said.
        reason: Option<Text>,
    },
}

/// What sort of client it is, with what only that sort has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An API key of the base: `client_credentials`, always with a secret.
    Key,
    /// A third party's application.
    Consumer(ConsumerProfile),
}

/// An API key or a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The `client_id`.
    pub id: ClientId,
    /// The handle, unique among what is not revoked.
    pub name: Name,
    /// What only its kind has.
    pub profile: Profile,
    /// For people.
    pub description: Option<Text>,
    /// Who answers for it; a label, not a user of the store.
    pub owner: Option<Text>,
    /// The permission group it holds.
    pub group: Option<GroupScopes>,
    /// The scopes it holds besides those of its group.
    pub direct_scopes: ScopeSet,
    /// Switched on, off, or ended.
    pub stored_state: StoredState,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When the service last accepted it, within a minute or so.
    pub last_used_at: Option<Timestamp>,
    /// Grows by one with each change, for `--if-revision`.
    pub revision: i64,
}

/// Why a client is refused now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientRefusal {
    /// Switched off.
    Disabled,
    /// Its time is over.
    Expired,
    /// Ended for good.
    Revoked,
}

impl Client {
    /// Whether it is an API key or a consumer.
    #[must_use]
    pub const fn kind(&self) -> ClientKind {
        match self.profile {
            Profile::Key => ClientKind::Key,
            Profile::Consumer(_) => ClientKind::Consumer,
        }
    }

    /// Everything it may do now: its own scopes and those of its group.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.group
            .as_ref()
            .map_or_else(|| self.direct_scopes.clone(), |group| self.direct_scopes.union(&group.scopes))
    }

    /// What to call it at `now`. Revoked wins over disabled, disabled over expired.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match self.refusal(now) {
            None => State::Active,
            Some(ClientRefusal::Disabled) => State::Disabled,
            Some(ClientRefusal::Expired) => State::Expired,
            Some(ClientRefusal::Revoked) => State::Revoked,
        }
    }

    /// Why it is refused at `now`, if it is. This is the one rule that every endpoint and command asks.
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

    /// Whether it has secrets at all.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        match &self.profile {
            Profile::Key => true,
            Profile::Consumer(profile) => matches!(profile.confidentiality, Confidentiality::Confidential),
        }
    }

    /// Whether it may ask for tokens in this way.
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
    fn a_client_expires_at_the_named_millisecond() {
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
    fn narrowing_a_group_narrows_everyone_in_it() {
        let mut client = key(StoredState::Active, None);
        client.group =
            Some(GroupScopes { name: "g".parse().unwrap(), scopes: "work_orders.write".parse().unwrap() });
        assert_eq!(client.scopes().to_string(), "assets.read work_orders.write");
        client.group = Some(GroupScopes { name: "g".parse().unwrap(), scopes: ScopeSet::default() });
        assert_eq!(client.scopes().to_string(), "assets.read");
    }
}
