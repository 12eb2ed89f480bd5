//! Rules for refresh tokens: the grace after a rotation, the lifetime of a family, and whether tokens rotate.

use std::fmt;
use std::str::FromStr;

use crate::domain::time::{Span, TimeError};

/// The time after a rotation in which the previous refresh token still obtains the same successor: 0 to 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefreshGrace(Span);

/// The reason why a text is not a [`RefreshGrace`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraceError {
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A longer grace would also serve a thief.
    #[error("it must be at most {}", RefreshGrace::MAX)]
    TooLong,
}

impl RefreshGrace {
    /// The longest grace.
    const MAX: Span = Span::minutes(5);

    /// Returns the grace in a new store: enough for a retry after a lost response.
    #[must_use]
    pub const fn initial() -> Self {
        Self(Span::seconds(30))
    }

    /// Returns the grace with this duration, or `None` if it is longer than five minutes.
    #[must_use]
    pub fn new(span: Span) -> Option<Self> {
        (span <= Self::MAX).then_some(Self(span))
    }

    /// Returns the duration of the grace.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }
}

impl FromStr for RefreshGrace {
    type Err = GraceError;

    fn from_str(text: &str) -> Result<Self, GraceError> {
        Self::new(text.parse()?).ok_or(GraceError::TooLong)
    }
}

impl fmt::Display for RefreshGrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The lifetime of a family of tokens, counted from the issue of its authorization code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyLifetime {
    /// No refresh token of the family is accepted after this time, however often it was used. At least one second.
    Limited(Span),
    /// A family that stays in use does not end by time.
    Unlimited,
}

/// The reason why a text is not a [`FamilyLifetime`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FamilyLifetimeError {
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A family without a whole second would end before its first refresh.
    #[error("it must be at least 1s")]
    TooShort,
}

impl FamilyLifetime {
    /// The text of [`Self::Unlimited`].
    pub const NEVER: &'static str = "never";
}

impl FromStr for FamilyLifetime {
    type Err = FamilyLifetimeError;

    fn from_str(text: &str) -> Result<Self, FamilyLifetimeError> {
        if text == Self::NEVER {
            return Ok(Self::Unlimited);
        }
        let span: Span = text.parse()?;
        if span.whole_seconds() < 1 { Err(FamilyLifetimeError::TooShort) } else { Ok(Self::Limited(span)) }
    }
}

impl fmt::Display for FamilyLifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited(span) => span.fmt(f),
            Self::Unlimited => f.write_str(Self::NEVER),
        }
    }
}

/// Whether a refresh token is replaced when it is used (RFC 9700 section 4.14.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshRotation {
    /// Each use replaces the token, and reuse of a replaced token is recognised.
    #[default]
    On,
    /// The token stays the same, for software that keeps its first refresh token.
    Off,
}

impl RefreshRotation {
    /// Returns the word in commands, outputs and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// A text other than `on` and `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rotation is on or off")]
pub struct RotationError;

impl FromStr for RefreshRotation {
    type Err = RotationError;

    fn from_str(text: &str) -> Result<Self, RotationError> {
        [Self::On, Self::Off].into_iter().find(|rotation| rotation.as_str() == text).ok_or(RotationError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_at_most_five_minutes() {
        for text in ["0s", "30s", "4m59s", "5m"] {
            assert_eq!(text.parse::<RefreshGrace>().unwrap().to_string(), text);
        }
        assert_eq!("5m1s".parse::<RefreshGrace>(), Err(GraceError::TooLong));
        assert_eq!(GraceError::TooLong.to_string(), "it must be at most 5m");
        for text in ["", "never", "-1s", "30"] {
            assert!(matches!(text.parse::<RefreshGrace>(), Err(GraceError::Time(_))), "{text}");
        }
    }

    #[test]
    fn a_family_lives_for_a_time_or_without_end() {
        for text in ["1s", "365d", "never"] {
            assert_eq!(text.parse::<FamilyLifetime>().unwrap().to_string(), text);
        }
        assert_eq!("0s".parse::<FamilyLifetime>(), Err(FamilyLifetimeError::TooShort));
        for text in ["", "Never", "none", "1y"] {
            assert!(matches!(text.parse::<FamilyLifetime>(), Err(FamilyLifetimeError::Time(_))), "{text}");
        }
    }
}
