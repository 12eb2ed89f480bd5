//! Clients: API keys and consumers. Both hold an id, secrets and scopes; they differ in who uses them and how.

use crate::domain::State;
use crate::domain::id::{ClientId, ClientKind};
use crate::domain::name::{Name, Text};
use crate::domain::redirect::RedirectUri;
use crate::domain::scope::ScopeSet;
use crate::domain::time::{Span, Timestamp};

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

/// How a consumer may obtain tokens (RFC 6749 section 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantType {
    /// As itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// For a user who signed in and consented (RFC 6749 section 4.1).
    AuthorizationCode,
}

impl GrantType {
    /// The value of `grant_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
        }
    }
}

/// Which grant types a consumer has; never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantTypes {
    /// `client_credentials` alone.
    ClientCredentials,
    /// `authorization_code` alone.
    AuthorizationCode,
    /// Both.
    Both,
}

impl GrantTypes {
    /// The set with these members; none for an empty list.
    #[must_use]
    pub fn from_list(list: &[GrantType]) -> Option<Self> {
        let has = |grant_type| list.contains(&grant_type);
        match (has(GrantType::ClientCredentials), has(GrantType::AuthorizationCode)) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::ClientCredentials),
            (false, true) => Some(Self::AuthorizationCode),
            (false, false) => None,
        }
    }

    /// Whether `grant_type` is in it.
    #[must_use]
    pub const fn contains(self, grant_type: GrantType) -> bool {
        match grant_type {
            GrantType::ClientCredentials => matches!(self, Self::ClientCredentials | Self::Both),
            GrantType::AuthorizationCode => matches!(self, Self::AuthorizationCode | Self::Both),
        }
    }

    /// The members in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = GrantType> {
        [GrantType::AuthorizationCode, GrantType::ClientCredentials]
            .into_iter()
            .filter(move |grant_type| self.contains(*grant_type))
    }
}

/// How a consumer proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidentiality {
    /// It holds a secret.
    Confidential,
    /// It cannot keep a secret: no secret, authorization code with PKCE alone (RFC 6749 section 2.1).
    Public,
}

/// What a consumer has beyond what every client has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerProfile {
    /// What the consent page calls it.
    pub title: Option<Text>,
    /// How it may obtain tokens.
    pub grant_types: GrantTypes,
    /// Whether it holds a secret.
    pub confidentiality: Confidentiality,
    /// Where users may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// How long its access tokens live, where that differs from the setting.
    pub access_token_lifetime: Option<Span>,
    /// How long its refresh tokens live unused, where that differs from the setting.
    pub refresh_token_lifetime: Option<Span>,
}

/// Why a consumer cannot be as described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A public client cannot authenticate, so it cannot act as itself (RFC 6749 section 4.4).
    #[error("a public consumer has no secret, so it cannot use client_credentials")]
    PublicMachine,
    /// RFC 6749 section 3.1.2.2.
    #[error("a consumer with authorization_code needs at least one redirect URI")]
    NoRedirect,
    /// A redirect URI that nothing would ever use.
    #[error("redirect URIs are for authorization_code, which this consumer does not have")]
    NeedlessRedirect,
    /// The service tells lifetimes in whole seconds.
    #[error("a token must live for at least 1s")]
    ShortLife,
}

impl ConsumerProfile {
    /// Checks that the parts agree with each other.
    ///
    /// # Errors
    /// Says which two parts contradict each other.
    pub fn check(&self) -> Result<(), ProfileError> {
        let users = self.grant_types.contains(GrantType::AuthorizationCode);
        let machine = self.grant_types.contains(GrantType::ClientCredentials);
        let lifetimes = [self.access_token_lifetime, self.refresh_token_lifetime];
        match self.confidentiality {
            _ if lifetimes.into_iter().flatten().any(|lifetime| lifetime.whole_seconds() < 1) => {
                Err(ProfileError::ShortLife)
            }
            Confidentiality::Public if machine => Err(ProfileError::PublicMachine),
            _ if users && self.redirect_uris.is_empty() => Err(ProfileError::NoRedirect),
            _ if !users && !self.redirect_uris.is_empty() => Err(ProfileError::NeedlessRedirect),
            _ => Ok(()),
        }
    }
}

/// What sort of client it is, with what only that sort has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An API key of the base: `client_credentials`, always with a secret.
    Key,
    /// A third party's application.
    Consumer(ConsumerProfile),
}

/// A permission group as a client holds it: its name and what it contains now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldGroup {
    /// The group's name.
    pub name: Name,
    /// What the group contains at this moment.
    pub scopes: ScopeSet,
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
    pub group: Option<HeldGroup>,
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
    use super::Confidentiality::{Confidential, Public};
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
            Some(HeldGroup { name: "g".parse().unwrap(), scopes: "work_orders.write".parse().unwrap() });
        assert_eq!(client.scopes().to_string(), "assets.read work_orders.write");
        client.group = Some(HeldGroup { name: "g".parse().unwrap(), scopes: ScopeSet::default() });
        assert_eq!(client.scopes().to_string(), "assets.read");
    }

    #[test]
    fn contradictions_in_a_consumer_are_named() {
        let profile = |grant_types, confidentiality, uris: &[&str]| ConsumerProfile {
            title: None,
            grant_types,
            confidentiality,
            redirect_uris: uris.iter().map(|uri| uri.parse().unwrap()).collect(),
            access_token_lifetime: None,
            refresh_token_lifetime: None,
        };
        let uri = ["https://a.example/cb"];
        assert_eq!(profile(GrantTypes::Both, Public, &uri).check(), Err(ProfileError::PublicMachine));
        assert_eq!(
            profile(GrantTypes::AuthorizationCode, Public, &[]).check(),
            Err(ProfileError::NoRedirect)
        );
        assert_eq!(
            profile(GrantTypes::ClientCredentials, Confidential, &uri).check(),
            Err(ProfileError::NeedlessRedirect)
        );
        let fit = profile(GrantTypes::AuthorizationCode, Public, &uri);
        assert_eq!(fit.check(), Ok(()));
        for (lifetime, verdict) in [("0s", Err(ProfileError::ShortLife)), ("1s", Ok(()))] {
            let lifetime = Some(lifetime.parse().unwrap());
            assert_eq!(ConsumerProfile { access_token_lifetime: lifetime, ..fit.clone() }.check(), verdict);
            assert_eq!(ConsumerProfile { refresh_token_lifetime: lifetime, ..fit.clone() }.check(), verdict);
        }
    }
}
