//! Consumers: grant types, confidentiality and redirect URIs.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::domain::name::Text;
use crate::domain::redirect::RedirectUri;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace, RefreshRotation};
use crate::domain::settings::Settings;
use crate::domain::time::Span;
use crate::domain::web_origin::{AllowedOrigin, WebOrigin, allowed_origins};

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

/// Whether an authorization request must contain a PKCE challenge (RFC 7636).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pkce {
    /// A request without a challenge is refused.
    #[default]
    Required,
    /// A request without a challenge is accepted. A challenge that is sent must be met.
    Optional,
}

impl Pkce {
    /// Returns the word in commands, outputs and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// A text other than `required` and `optional`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("PKCE is required or optional")]
pub struct PkceError;

impl FromStr for Pkce {
    type Err = PkceError;

    fn from_str(text: &str) -> Result<Self, PkceError> {
        [Self::Required, Self::Optional].into_iter().find(|pkce| pkce.as_str() == text).ok_or(PkceError)
    }
}

/// The protection of a consumer's codes and refresh tokens beside its secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safeguards {
    pub pkce: Pkce,
    pub refresh_rotation: RefreshRotation,
}

/// The client type (RFC 6749 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidentiality {
    /// The consumer authenticates with a secret.
    Confidential(Safeguards),
    /// The consumer cannot keep a secret, so it uses the authorization code only. PKCE is required (RFC 9700 section 2.1.1)
    /// and refresh tokens rotate (RFC 9700 section 4.14.2).
    Public,
}

impl Confidentiality {
    /// Returns true if the consumer has no secret.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }

    /// Returns the safeguards that apply.
    #[must_use]
    pub fn safeguards(self) -> Safeguards {
        match self {
            Self::Confidential(safeguards) => safeguards,
            Self::Public => Safeguards::default(),
        }
    }

    /// Returns the client type with other safeguards. `None` keeps the present one.
    ///
    /// # Errors
    /// [`ProfileError::PublicWithoutPkce`] or [`ProfileError::PublicWithoutRotation`] if a public consumer would lose a
    /// safeguard.
    pub fn with_safeguards(
        self,
        pkce: Option<Pkce>,
        refresh_rotation: Option<RefreshRotation>,
    ) -> Result<Self, ProfileError> {
        match self {
            Self::Confidential(present) => Ok(Self::Confidential(Safeguards {
                pkce: pkce.unwrap_or(present.pkce),
                refresh_rotation: refresh_rotation.unwrap_or(present.refresh_rotation),
            })),
            Self::Public if pkce == Some(Pkce::Optional) => Err(ProfileError::PublicWithoutPkce),
            Self::Public if refresh_rotation == Some(RefreshRotation::Off) => {
                Err(ProfileError::PublicWithoutRotation)
            }
            Self::Public => Ok(Self::Public),
        }
    }
}

/// The properties that only consumers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerProfile {
    /// The name on the consent page. If it is absent, the page shows the client's name.
    pub title: Option<Text>,
    pub grant_types: GrantTypes,
    pub confidentiality: Confidentiality,
    pub redirect_uris: Vec<RedirectUri>,
    /// Origins of the application's pages besides those of its redirect URIs. Public consumers only.
    pub web_origins: Vec<WebOrigin>,
    /// The lifetime of access tokens, if it differs from the setting.
    pub access_token_lifetime: Option<Span>,
    /// The lifetime of unused refresh tokens, if it differs from the setting.
    pub refresh_token_lifetime: Option<Span>,
    /// The grace after a rotation, if it differs from the setting.
    pub refresh_token_grace: Option<RefreshGrace>,
    /// The lifetime of a family of tokens, if it differs from the setting.
    pub refresh_family_lifetime: Option<FamilyLifetime>,
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
    /// A page cannot keep a secret, so its consumer must be public.
    #[error("web origins are for public consumers: a page cannot keep a secret")]
    NeedlessWebOrigin,
    /// `expires_in` is in whole seconds (RFC 6749 section 5.1).
    #[error("a token must live for at least 1s")]
    ShortLife,
    /// Without a secret, PKCE alone binds a code to the client that asked for it (RFC 9700 section 2.1.1).
    #[error("a public consumer has no secret, so PKCE is always required (RFC 9700 section 2.1.1)")]
    PublicWithoutPkce,
    /// Without a secret, rotation alone reveals a stolen refresh token (RFC 9700 section 4.14.2).
    #[error("a public consumer has no secret, so its refresh tokens always rotate (RFC 9700 section 4.14.2)")]
    PublicWithoutRotation,
    /// A consumer without codes and refresh tokens has no use of other safeguards.
    #[error("PKCE and rotation are for authorization_code, which this consumer does not have")]
    NeedlessSafeguards,
    /// A consumer without refresh tokens has no use of their lifetimes.
    #[error("lifetimes of refresh tokens are for authorization_code, which this consumer does not have")]
    NeedlessRefreshLifetime,
}

/// A property of a consumer that makes it less safe, for a warning when it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileWarning {
    PkceOptional,
    RotationOff,
    FamilyUnlimited,
    LocalhostRedirect,
    RedirectWithComma,
    OriginOfRedirect,
}

impl ProfileWarning {
    /// Returns the warnings for values that are set. `None` stands for a value that is not set.
    #[must_use]
    pub fn of(
        pkce: Option<Pkce>,
        refresh_rotation: Option<RefreshRotation>,
        family_lifetime: Option<FamilyLifetime>,
    ) -> Vec<Self> {
        let mut warnings = Vec::new();
        if pkce == Some(Pkce::Optional) {
            warnings.push(Self::PkceOptional);
        }
        if refresh_rotation == Some(RefreshRotation::Off) {
            warnings.push(Self::RotationOff);
        }
        if family_lifetime == Some(FamilyLifetime::Unlimited) {
            warnings.push(Self::FamilyUnlimited);
        }
        warnings
    }

    /// Returns the warnings for redirect URIs that are added.
    #[must_use]
    pub fn of_redirect_uris(added: &[RedirectUri], is_public: bool) -> Vec<Self> {
        let mut warnings = Vec::new();
        if is_public && added.iter().any(RedirectUri::is_localhost) {
            warnings.push(Self::LocalhostRedirect);
        }
        if added.iter().any(|uri| uri.as_str().contains(',')) {
            warnings.push(Self::RedirectWithComma);
        }
        warnings
    }

    /// Returns the code of the warning, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PkceOptional => "pkce_optional",
            Self::RotationOff => "rotation_off",
            Self::FamilyUnlimited => "family_unlimited",
            Self::LocalhostRedirect => "localhost_redirect",
            Self::RedirectWithComma => "redirect_with_comma",
            Self::OriginOfRedirect => "origin_of_redirect",
        }
    }
}

impl fmt::Display for ProfileWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PkceOptional => {
                "a sign-in without PKCE is protected by state alone, which the application must check: \
                 a stolen code that is sent to its callback is not recognised here (RFC 9700 section 2.1.1)"
            }
            Self::RotationOff => {
                "without rotation, a copied refresh token works beside the original until it ends or is revoked, \
                 and the copy is not recognised (RFC 9700 section 4.14.2)"
            }
            Self::FamilyUnlimited => {
                "refresh tokens that stay in use never end, so an authorization lasts until it is revoked"
            }
            Self::LocalhostRedirect => {
                "localhost depends on the name resolution of the user's device and may name other network interfaces; \
                 a native application should use 127.0.0.1 or [::1] (RFC 8252 section 8.3)"
            }
            Self::OriginOfRedirect => {
                "an origin that was to be removed is still allowed, because it is the origin of a redirect URI; to remove it, \
                 remove the redirect URI"
            }
            Self::RedirectWithComma => {
                "a redirect URI with a comma is registered as one URI; for several URIs, repeat the option"
            }
        })
    }
}

impl ConsumerProfile {
    /// Returns the origins whose pages may read answers of the token and revocation endpoints. A confidential consumer has
    /// none, because a page cannot keep its secret.
    #[must_use]
    pub fn allowed_origins(&self) -> BTreeSet<AllowedOrigin> {
        match self.confidentiality {
            Confidentiality::Confidential(_) => BTreeSet::new(),
            Confidentiality::Public => allowed_origins(&self.redirect_uris, &self.web_origins),
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
        let of_refresh = self.refresh_token_lifetime.is_some()
            || self.refresh_token_grace.is_some()
            || self.refresh_family_lifetime.is_some();
        match self.confidentiality {
            _ if lifetimes.into_iter().flatten().any(|lifetime| lifetime.whole_seconds() < 1) => {
                Err(ProfileError::ShortLife)
            }
            Confidentiality::Public if machine => Err(ProfileError::PublicMachine),
            _ if users && self.redirect_uris.is_empty() => Err(ProfileError::NoRedirect),
            _ if !users && !self.redirect_uris.is_empty() => Err(ProfileError::NeedlessRedirect),
            Confidentiality::Confidential(_) if !self.web_origins.is_empty() => {
                Err(ProfileError::NeedlessWebOrigin)
            }
            Confidentiality::Confidential(safeguards) if !users && safeguards != Safeguards::default() => {
                Err(ProfileError::NeedlessSafeguards)
            }
            _ if !users && of_refresh => Err(ProfileError::NeedlessRefreshLifetime),
            _ => Ok(()),
        }
    }

    /// Returns the grace after a rotation that applies.
    #[must_use]
    pub fn refresh_grace(&self, settings: &Settings) -> RefreshGrace {
        self.refresh_token_grace.unwrap_or(settings.refresh_token_grace)
    }

    /// Returns the lifetime of a family that applies.
    #[must_use]
    pub fn family_lifetime(&self, settings: &Settings) -> FamilyLifetime {
        self.refresh_family_lifetime.unwrap_or(settings.refresh_family_lifetime)
    }

    /// Returns the warnings for the properties of a new consumer.
    #[must_use]
    pub fn warnings(&self) -> Vec<ProfileWarning> {
        let Safeguards { pkce, refresh_rotation } = self.confidentiality.safeguards();
        let mut warnings =
            ProfileWarning::of(Some(pkce), Some(refresh_rotation), self.refresh_family_lifetime);
        warnings
            .extend(ProfileWarning::of_redirect_uris(&self.redirect_uris, self.confidentiality.is_public()));
        warnings
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
            web_origins: Vec::new(),
            access_token_lifetime: None,
            refresh_token_lifetime: None,
            refresh_token_grace: None,
            refresh_family_lifetime: None,
        };
        let uri = ["https://a.example/cb"];
        assert_eq!(profile(GrantTypes::Both, Public, &uri).check(), Err(ProfileError::PublicMachine));
        assert_eq!(
            profile(GrantTypes::AuthorizationCode, Public, &[]).check(),
            Err(ProfileError::NoRedirect)
        );
        assert_eq!(
            profile(GrantTypes::ClientCredentials, Confidential(Safeguards::default()), &uri).check(),
            Err(ProfileError::NeedlessRedirect)
        );
        let relaxed = [
            Safeguards { pkce: Pkce::Optional, ..Safeguards::default() },
            Safeguards { refresh_rotation: RefreshRotation::Off, ..Safeguards::default() },
        ];
        for safeguards in relaxed {
            assert_eq!(
                profile(GrantTypes::ClientCredentials, Confidential(safeguards), &[]).check(),
                Err(ProfileError::NeedlessSafeguards)
            );
            assert_eq!(profile(GrantTypes::Both, Confidential(safeguards), &uri).check(), Ok(()));
        }
        let fit = profile(GrantTypes::AuthorizationCode, Public, &uri);
        let web_origins = vec!["capacitor://localhost".parse().unwrap()];
        assert_eq!(ConsumerProfile { web_origins: web_origins.clone(), ..fit.clone() }.check(), Ok(()));
        let confidential = profile(GrantTypes::Both, Confidential(Safeguards::default()), &uri);
        assert_eq!(
            ConsumerProfile { web_origins, ..confidential }.check(),
            Err(ProfileError::NeedlessWebOrigin)
        );
        assert_eq!(fit.check(), Ok(()));
        for (lifetime, verdict) in [("0s", Err(ProfileError::ShortLife)), ("1s", Ok(()))] {
            let lifetime = Some(lifetime.parse().unwrap());
            assert_eq!(ConsumerProfile { access_token_lifetime: lifetime, ..fit.clone() }.check(), verdict);
            assert_eq!(ConsumerProfile { refresh_token_lifetime: lifetime, ..fit.clone() }.check(), verdict);
        }
    }

    #[test]
    fn a_public_consumer_keeps_its_safeguards() {
        let (optional, off) = (Some(Pkce::Optional), Some(RefreshRotation::Off));
        assert_eq!(Public.with_safeguards(optional, None), Err(ProfileError::PublicWithoutPkce));
        assert_eq!(Public.with_safeguards(None, off), Err(ProfileError::PublicWithoutRotation));
        let same = Public.with_safeguards(Some(Pkce::Required), Some(RefreshRotation::On));
        assert_eq!(same, Ok(Public));
        assert_eq!(
            Public.safeguards(),
            Safeguards { pkce: Pkce::Required, refresh_rotation: RefreshRotation::On }
        );
    }

    #[test]
    fn a_confidential_consumer_changes_one_safeguard_at_a_time() {
        let start = Confidential(Safeguards::default());
        let relaxed = start.with_safeguards(Some(Pkce::Optional), None).unwrap();
        assert_eq!(relaxed.safeguards().refresh_rotation, RefreshRotation::On);
        let relaxed = relaxed.with_safeguards(None, Some(RefreshRotation::Off)).unwrap();
        assert_eq!(relaxed.safeguards().pkce, Pkce::Optional);
        assert_eq!(relaxed.with_safeguards(Some(Pkce::Required), Some(RefreshRotation::On)), Ok(start));
    }
}
