//! Consumers: grant types, confidentiality and redirect URIs.

use crate::domain::name::Text;
use crate::domain::redirect::RedirectUri;
use crate::domain::span::Span;

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

#[cfg(test)]
mod tests {
    use super::Confidentiality::{Confidential, Public};
    use super::*;

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
