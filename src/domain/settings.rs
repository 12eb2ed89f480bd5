//! Settings that apply to the whole base.

use crate::domain::branding::Color;
use crate::domain::branding::LogoFile;
use crate::domain::host_names::{HostNames, HostNamesError};
use crate::domain::issuer::Issuer;
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace};
use crate::domain::time::Span;

/// The settings of a base. Every setting has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub issuer: Issuer,
    /// Further host names under which endpoints for programs are served.
    pub additional_hosts: HostNames,
    /// The lifetime of a key that is created without an expiry; `None` for a key that never expires.
    pub key_default_lifetime: Option<Span>,
    /// The maximum lifetime of a key; `None` for no maximum.
    pub key_max_lifetime: Option<Span>,
    /// The duration for which the old secret stays valid after a rotation.
    pub rotation_overlap: Span,
    /// The default lifetime of an access token.
    pub access_token_lifetime: Span,
    /// The default lifetime of an unused refresh token.
    pub refresh_token_lifetime: Span,
    /// The default grace after a rotation of a refresh token.
    pub refresh_token_grace: RefreshGrace,
    /// The default lifetime of a family of tokens.
    pub refresh_family_lifetime: FamilyLifetime,
    /// True if a change that revokes or disables an object needs a reason.
    pub require_reason: bool,
    /// The colour of buttons and links on the pages.
    pub accent_color: Color,
    /// The image at the top of the pages.
    pub logo_file: Option<LogoFile>,
}

/// The names of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingName {
    Issuer,
    AdditionalHosts,
    KeyDefaultLifetime,
    KeyMaxLifetime,
    RotationOverlap,
    AccessTokenLifetime,
    RefreshTokenLifetime,
    RefreshTokenGrace,
    RefreshFamilyLifetime,
    RequireReason,
    AccentColor,
    LogoFile,
}

impl SettingName {
    /// Every setting in the order of lists.
    pub const ALL: [Self; 12] = [
        Self::Issuer,
        Self::AdditionalHosts,
        Self::KeyDefaultLifetime,
        Self::KeyMaxLifetime,
        Self::RotationOverlap,
        Self::AccessTokenLifetime,
        Self::RefreshTokenLifetime,
        Self::RefreshTokenGrace,
        Self::RefreshFamilyLifetime,
        Self::RequireReason,
        Self::AccentColor,
        Self::LogoFile,
    ];

    /// Returns the name in commands, outputs and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::AdditionalHosts => "additional_hosts",
            Self::KeyDefaultLifetime => "key_default_lifetime",
            Self::KeyMaxLifetime => "key_max_lifetime",
            Self::RotationOverlap => "rotation_overlap",
            Self::AccessTokenLifetime => "access_token_lifetime",
            Self::RefreshTokenLifetime => "refresh_token_lifetime",
            Self::RefreshTokenGrace => "refresh_token_grace",
            Self::RefreshFamilyLifetime => "refresh_family_lifetime",
            Self::RequireReason => "require_reason",
            Self::AccentColor => "accent_color",
            Self::LogoFile => "logo_file",
        }
    }

    /// Returns the meaning of the setting in one line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Issuer => "public URL of the token service",
            Self::AdditionalHosts => {
                "further host names for the token, introspection and revocation endpoints"
            }
            Self::KeyDefaultLifetime => "default lifetime of a key",
            Self::KeyMaxLifetime => "maximum lifetime of a key",
            Self::RotationOverlap => "time for which the old secret stays valid after a rotation",
            Self::AccessTokenLifetime => "lifetime of an access token",
            Self::RefreshTokenLifetime => "lifetime of an unused refresh token",
            Self::RefreshTokenGrace => {
                "time for which a replaced refresh token obtains its successor again, at most 5m"
            }
            Self::RefreshFamilyLifetime => {
                "time after a sign-in at which its refresh tokens end, also if they are used"
            }
            Self::RequireReason => "require a reason for revoking and disabling",
            Self::AccentColor => "colour of buttons and links on the pages, six hexadecimal digits",
            Self::LogoFile => "image on the pages: an absolute path, read when the service starts",
        }
    }

    /// Returns the setting with this name, or `None` for any other text.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == word)
    }
}

/// The reason why a setting cannot have a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot be set: {why}")]
pub struct SettingError {
    name: &'static str,
    why: String,
}

impl Settings {
    /// Returns the settings of a new store.
    #[must_use]
    pub fn initial(issuer: Issuer) -> Self {
        Self {
            issuer,
            additional_hosts: HostNames::default(),
            key_default_lifetime: Some(Span::days(365)),
            key_max_lifetime: None,
            rotation_overlap: Span::hours(24),
            access_token_lifetime: Span::hours(1),
            refresh_token_lifetime: Span::days(30),
            refresh_token_grace: RefreshGrace::initial(),
            refresh_family_lifetime: FamilyLifetime::Limited(Span::days(365)),
            require_reason: false,
            accent_color: Color::rgb(0x1f, 0x5f, 0xbf),
            logo_file: None,
        }
    }

    /// Returns the value of a setting as text.
    #[must_use]
    pub fn get(&self, name: SettingName) -> String {
        let lifetime = |span: Option<Span>| span.map_or_else(|| "never".to_owned(), |span| span.to_string());
        match name {
            SettingName::Issuer => self.issuer.to_string(),
            SettingName::AdditionalHosts => self.additional_hosts.to_string(),
            SettingName::KeyDefaultLifetime => lifetime(self.key_default_lifetime),
            SettingName::KeyMaxLifetime => lifetime(self.key_max_lifetime),
            SettingName::RotationOverlap => self.rotation_overlap.to_string(),
            SettingName::AccessTokenLifetime => self.access_token_lifetime.to_string(),
            SettingName::RefreshTokenLifetime => self.refresh_token_lifetime.to_string(),
            SettingName::RefreshTokenGrace => self.refresh_token_grace.to_string(),
            SettingName::RefreshFamilyLifetime => self.refresh_family_lifetime.to_string(),
            SettingName::RequireReason => self.require_reason.to_string(),
            SettingName::AccentColor => self.accent_color.to_string(),
            SettingName::LogoFile => {
                self.logo_file.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
            }
        }
    }

    /// Sets a setting from text, if the other settings allow the value.
    ///
    /// # Errors
    /// [`SettingError`] if the text is not a value of the setting, or if another setting forbids it.
    pub fn set(&mut self, name: SettingName, text: &str) -> Result<(), SettingError> {
        self.read(name, text)?;
        let default = self.key_default_lifetime;
        match self.key_max_lifetime {
            Some(max) if default.is_none_or(|default| default > max) => Err(SettingError {
                name: name.as_str(),
                why: format!(
                    "key_default_lifetime ({}) would be longer than key_max_lifetime ({max})",
                    self.get(SettingName::KeyDefaultLifetime)
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Sets a setting from text without considering the other settings, for reading them from the store one by one.
    ///
    /// # Errors
    /// [`SettingError`] if the text is not a value of the setting.
    pub fn read(&mut self, name: SettingName, text: &str) -> Result<(), SettingError> {
        let fail = |why: String| SettingError { name: name.as_str(), why };
        let span = || -> Result<Span, SettingError> {
            let span: Span =
                text.parse().map_err(|error: crate::domain::time::TimeError| fail(error.to_string()))?;
            if span.whole_seconds() < 1 { Err(fail("it must be at least 1s".to_owned())) } else { Ok(span) }
        };
        let lifetime = || if text == "never" { Ok(None) } else { span().map(Some) };
        match name {
            SettingName::Issuer => {
                self.issuer = text
                    .parse()
                    .map_err(|error: crate::domain::issuer::IssuerError| fail(error.to_string()))?;
            }
            SettingName::AdditionalHosts => {
                self.additional_hosts =
                    text.parse().map_err(|error: HostNamesError| fail(error.to_string()))?;
            }
            SettingName::KeyDefaultLifetime => self.key_default_lifetime = lifetime()?,
            SettingName::KeyMaxLifetime => self.key_max_lifetime = lifetime()?,
            SettingName::RotationOverlap => self.rotation_overlap = span()?,
            SettingName::AccessTokenLifetime => self.access_token_lifetime = span()?,
            SettingName::RefreshTokenLifetime => self.refresh_token_lifetime = span()?,
            SettingName::RefreshTokenGrace => {
                self.refresh_token_grace = text
                    .parse()
                    .map_err(|error: crate::domain::refresh_policy::GraceError| fail(error.to_string()))?;
            }
            SettingName::RefreshFamilyLifetime => {
                self.refresh_family_lifetime =
                    text.parse().map_err(|error: crate::domain::refresh_policy::FamilyLifetimeError| {
                        fail(error.to_string())
                    })?;
            }
            SettingName::RequireReason => {
                self.require_reason = text.parse().map_err(|_| fail("write true or false".to_owned()))?;
            }
            SettingName::AccentColor => {
                self.accent_color = text
                    .parse()
                    .map_err(|error: crate::domain::branding::ColorError| fail(error.to_string()))?;
            }
            SettingName::LogoFile if text == "none" => self.logo_file = None,
            SettingName::LogoFile => {
                let logo = text
                    .parse()
                    .map_err(|error: crate::domain::branding::LogoFileError| fail(error.to_string()))?;
                self.logo_file = Some(logo);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_parses_its_own_text() {
        let initial = Settings::initial("https://auth.example".parse().unwrap());
        let mut copy = initial.clone();
        for name in SettingName::ALL {
            copy.set(name, &initial.get(name)).unwrap();
            assert_eq!(SettingName::from_word(name.as_str()), Some(name));
        }
        assert_eq!(copy, initial);
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_a_reason() {
        let mut settings = Settings::initial("https://auth.example".parse().unwrap());
        let error = settings.set(SettingName::KeyMaxLifetime, "90d").unwrap_err();
        assert_eq!(
            error.to_string(),
            "key_max_lifetime cannot be set: key_default_lifetime (365d) would be longer than key_max_lifetime (90d)"
        );
        assert!(settings.set(SettingName::AccessTokenLifetime, "0s").is_err());
        assert!(settings.set(SettingName::AccessTokenLifetime, "never").is_err());
    }
}
