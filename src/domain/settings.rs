//! What the super administrator decides once for the whole base.

use crate::domain::color::Color;
use crate::domain::logo::LogoFile;
use crate::domain::redirect::Issuer;
use crate::domain::time::Span;

/// The base's settings, each with a value: nothing is unset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The service's public address.
    pub issuer: Issuer,
    /// How long a key lives that is created without `--expires`.
    pub key_default_lifetime: Option<Span>,
    /// The longest life a key may be given.
    pub key_max_lifetime: Option<Span>,
    /// How long the old secret stays accepted after a rotation without `--overlap`.
    pub rotation_overlap: Span,
    /// How long an access token lives.
    pub access_token_lifetime: Span,
    /// How long a refresh token lives unused.
    pub refresh_token_lifetime: Span,
    /// Whether `--reason` must be given where something is ended or switched off.
    pub require_reason: bool,
    /// The colour of buttons and links on the service's pages.
    pub accent_color: Color,
    /// The image at the head of the service's pages.
    pub logo_file: Option<LogoFile>,
}

/// The settings, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingName {
    /// `issuer`
    Issuer,
    /// `key_default_lifetime`
    KeyDefaultLifetime,
    /// `key_max_lifetime`
    KeyMaxLifetime,
    /// `rotation_overlap`
    RotationOverlap,
    /// `access_token_lifetime`
    AccessTokenLifetime,
    /// `refresh_token_lifetime`
    RefreshTokenLifetime,
    /// `require_reason`
    RequireReason,
    /// `accent_color`
    AccentColor,
    /// `logo_file`
    LogoFile,
}

impl SettingName {
    /// All settings in the order of `settings list`.
    pub const ALL: [Self; 9] = [
        Self::Issuer,
        Self::KeyDefaultLifetime,
        Self::KeyMaxLifetime,
        Self::RotationOverlap,
        Self::AccessTokenLifetime,
        Self::RefreshTokenLifetime,
        Self::RequireReason,
        Self::AccentColor,
        Self::LogoFile,
    ];

    /// The name in commands, outputs and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::KeyDefaultLifetime => "key_default_lifetime",
            Self::KeyMaxLifetime => "key_max_lifetime",
            Self::RotationOverlap => "rotation_overlap",
            Self::AccessTokenLifetime => "access_token_lifetime",
            Self::RefreshTokenLifetime => "refresh_token_lifetime",
            Self::RequireReason => "require_reason",
            Self::AccentColor => "accent_color",
            Self::LogoFile => "logo_file",
        }
    }

    /// One line for `settings list`.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Issuer => "public address of the token service",
            Self::KeyDefaultLifetime => "life of a key created without --expires, or never",
            Self::KeyMaxLifetime => "longest life a key may be given, or never",
            Self::RotationOverlap => "how long the old secret works after a rotation",
            Self::AccessTokenLifetime => "life of an access token",
            Self::RefreshTokenLifetime => "life of an unused refresh token",
            Self::RequireReason => "whether --reason must be given to end or disable, true or false",
            Self::AccentColor => "colour of buttons and links on the pages, six hexadecimal digits",
            Self::LogoFile => "image on the pages, read when serve starts; an absolute path, or none",
        }
    }

    /// The setting that a name means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == word)
    }
}

/// A value that a setting cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot be set: {why}")]
pub struct SettingError {
    name: &'static str,
    why: String,
}

impl Settings {
    /// The settings of a new store.
    #[must_use]
    pub fn initial(issuer: Issuer) -> Self {
        Self {
            issuer,
            key_default_lifetime: Some(Span::days(365)),
            key_max_lifetime: None,
            rotation_overlap: Span::hours(24),
            access_token_lifetime: Span::hours(1),
            refresh_token_lifetime: Span::days(30),
            require_reason: false,
            accent_color: Color::rgb(0x1f, 0x5f, 0xbf),
            logo_file: None,
        }
    }

    /// The value of one setting as text.
    #[must_use]
    pub fn get(&self, name: SettingName) -> String {
        let lifetime = |span: Option<Span>| span.map_or_else(|| "never".to_owned(), |span| span.to_string());
        match name {
            SettingName::Issuer => self.issuer.to_string(),
            SettingName::KeyDefaultLifetime => lifetime(self.key_default_lifetime),
            SettingName::KeyMaxLifetime => lifetime(self.key_max_lifetime),
            SettingName::RotationOverlap => self.rotation_overlap.to_string(),
            SettingName::AccessTokenLifetime => self.access_token_lifetime.to_string(),
            SettingName::RefreshTokenLifetime => self.refresh_token_lifetime.to_string(),
            SettingName::RequireReason => self.require_reason.to_string(),
            SettingName::AccentColor => self.accent_color.to_string(),
            SettingName::LogoFile => {
                self.logo_file.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
            }
        }
    }

    /// Sets one setting from text, where the others allow it.
    ///
    /// # Errors
    /// Says why the setting cannot have that value.
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

    /// Takes one setting from text, whatever the others are: for settings that were stored together.
    ///
    /// # Errors
    /// Says why the text is no value of that setting.
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
                    .map_err(|error: crate::domain::redirect::IssuerError| fail(error.to_string()))?;
            }
            SettingName::KeyDefaultLifetime => self.key_default_lifetime = lifetime()?,
            SettingName::KeyMaxLifetime => self.key_max_lifetime = lifetime()?,
            SettingName::RotationOverlap => self.rotation_overlap = span()?,
            SettingName::AccessTokenLifetime => self.access_token_lifetime = span()?,
            SettingName::RefreshTokenLifetime => self.refresh_token_lifetime = span()?,
            SettingName::RequireReason => {
                self.require_reason = text.parse().map_err(|_| fail("write true or false".to_owned()))?;
            }
            SettingName::AccentColor => {
                self.accent_color = text
                    .parse()
                    .map_err(|error: crate::domain::color::ColorError| fail(error.to_string()))?;
            }
            SettingName::LogoFile if text == "none" => self.logo_file = None,
            SettingName::LogoFile => {
                let logo = text
                    .parse()
                    .map_err(|error: crate::domain::logo::LogoFileError| fail(error.to_string()))?;
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
    fn every_setting_reads_what_it_writes() {
        let initial = Settings::initial("https://auth.example".parse().unwrap());
        let mut copy = initial.clone();
        for name in SettingName::ALL {
            copy.set(name, &initial.get(name)).unwrap();
            assert_eq!(SettingName::from_word(name.as_str()), Some(name));
        }
        assert_eq!(copy, initial);
    }

    #[test]
    fn a_value_out_of_range_says_why() {
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
