//! Consumers: grant types, confidentiality and redirect URIs.

use std::collections::BTreeSet;

use crate::domain::name::Text;
use crate::domain::redirect::RedirectUri;
use crate::domain::time::Span;
use crate::domain::web_origin::{AllowedOrigin, allowed_origins};

/// A way to obtain tokens (RFC 6749 section 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantType {
    /// For the client itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// For a user who signs in and consents (RFC 6749 section 4.1).
    AuthorizationCode,
}

impl GrantType {
    /// Returns the name that registers the grant type. Token requests use it as `grant_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
        }
    }
}

/// The grant types of a consumer, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantTypes {
    ClientCredentials,
    AuthorizationCode,
    Both,
}

impl GrantTypes {
    /// Returns the set with these members, or `None` for an empty list.
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

    /// Returns true if the set contains `grant_type`.
    #[must_use]
    pub const fn contains(self, grant_type: GrantType) -> bool {
        match grant_type {
            GrantType::ClientCredentials => matches!(self, Self::ClientCredentials | Self::Both),
            GrantType::AuthorizationCode => matches!(self, Self::AuthorizationCode | Self::Both),
        }
    }

    /// Returns the members in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = GrantType> {
        [GrantType::AuthorizationCode, GrantType::ClientCredentials]
            .into_iter()
            .filter(move |grant_type| self.contains(*grant_type))
    }
}

/// The client type (RFC 6749 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidentiality {
    /// The consumer authenticates with a secret.
    Confidential,
    /// The consumer cannot keep a secret, so it uses the authorization code with PKCE only.
    Public,
}

/// The properties that only consumers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerProfile {
    /// The name on the consent page. If it is absent, the page shows the client's name.
    pub title: Option<Text>,
    pub grant_types: GrantTypes,
    pub confidentiality: Confidentiality,
    pub redirect_uris: Vec<RedirectUri>,
    /// The lifetime of access tokens, if it differs from the setting.
    pub access_token_lifetime: Option<Span>,
    /// The lifetime of unused refresh tokens, if it differs from the setting.
    pub refresh_token_lifetime: Option<Span>,
}

/// A contradiction between the properties of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// `client_credentials` requires a secret (RFC 6749 section 4.4).
    #[error("a public consumer has no secret, so it cannot use client_credentials")]
    PublicMachine,
    /// `authorization_code` requires a registered redirect URI (RFC 6749 section 3.1.2.2).
    #[error("a consumer with authorization_code needs at least one redirect URI")]
    NoRedirect,
    /// A redirect URI that no request could use.
    #[error("redirect URIs are for authorization_code, which this consumer does not have")]
    NeedlessRedirect,
    /// `expires_in` is in whole seconds (RFC 6749 section 5.1).
    #[error("a token must live for at least 1s")]
    ShortLife,
}

impl ConsumerProfile {
    /// Returns the origins whose pages may read answers of the token and revocation endpoints. A confidential consumer has
    /// none, because a page cannot keep its secret.
    #[must_use]
    pub fn allowed_origins(&self) -> BTreeSet<AllowedOrigin> {
        match self.confidentiality {
            Confidentiality::Confidential => BTreeSet::new(),
            Confidentiality::Public => allowed_origins(&self.redirect_uris, &[]),
        }
    }

    /// Checks that the properties agree with each other.
    ///
    /// # Errors
    /// [`ProfileError`] for the first contradiction.
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
    fn contradictory_properties_are_refused() {
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
