//! Families: everything issued from one authorization code. The refresh tokens of a family are a chain, of which the newest
//! one is valid (RFC 9700 section 4.14.2).

use std::fmt;

use crate::domain::client::{Client, Profile};
use crate::domain::settings::Settings;
use crate::domain::time::{Span, Timestamp};

/// The facts about a family that decide whether its tokens are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The moment at which every token of the family was ended.
    pub ended_at: Option<Timestamp>,
    /// The moment from which on no refresh token of the family is accepted, by the rules of the present. `None` if the
    /// family has no such end, and for an access token, which has its own expiry.
    pub expires_at: Option<Timestamp>,
}

/// Random bytes. A refresh token is derived from them and from its predecessor, which is not stored, so the bytes alone are
/// not a credential. Their `Debug` output hides them nevertheless.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// Returns the nonce with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes for the store and for the derivation.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

/// The token before the newest one of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predecessor {
    /// The moment of its exchange for the newest token.
    pub exchanged_at: Timestamp,
    /// Its own expiry.
    pub expires_at: Timestamp,
    /// The nonce of the newest token. `None` if that token has been used or the nonce was erased.
    pub nonce: Option<Nonce>,
}

impl Predecessor {
    /// Returns the nonce if the exchange may be repeated at `now`, and `None` if another use of the token is reuse.
    ///
    /// The distance to the exchange counts in both directions: a clock that is set back by less than the grace must not end
    /// a family, and one that is set back further must not extend the grace.
    #[must_use]
    pub fn repeatable(&self, grace: Span, now: Timestamp) -> Option<&Nonce> {
        let distance = now.millis().abs_diff(self.exchanged_at.millis());
        self.nonce.as_ref().filter(|_| distance < grace.millis().unsigned_abs())
    }
}

/// The place of a presented refresh token in the chain of its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainPlace {
    /// The newest token. An access token, and a token that was looked up by its id, also have this place.
    Newest,
    /// The token that was exchanged for the newest one.
    Predecessor(Predecessor),
    /// Any other text with the selector of the family: an older token, or one that was never issued.
    Other,
}

/// Whether a refresh gives a new refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationMode {
    /// Each refresh gives a new refresh token (RFC 9700 section 4.14.2).
    On,
    /// A refresh gives the same refresh token again.
    Off,
}

/// The rules for the refresh tokens of one client, from its own properties and the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshRules {
    /// The lifetime of a refresh token that is not used.
    pub idle_lifetime: Span,
    /// The time after an exchange in which it may be repeated.
    pub grace: Span,
    /// The lifetime of a family from the issue of its code; `None` for no end.
    pub family_lifetime: Option<Span>,
    pub rotation: RotationMode,
}

impl RefreshRules {
    pub const DEFAULT_GRACE: Span = Span::seconds(30);
    pub const DEFAULT_LIFETIME: Option<Span> = Some(Span::days(365));

    /// Returns the rules that apply to a client at present.
    #[must_use]
    pub fn of(client: &Client, settings: &Settings) -> Self {
        let profile = match &client.profile {
            Profile::Key => None,
            Profile::Consumer(profile) => Some(profile),
        };
        Self {
            idle_lifetime: profile
                .and_then(|profile| profile.refresh_token_lifetime)
                .unwrap_or(settings.refresh_token_lifetime),
            grace: Self::DEFAULT_GRACE,
            family_lifetime: Self::DEFAULT_LIFETIME,
            rotation: RotationMode::On,
        }
    }

    /// Returns the end of a family whose code was issued at `code_issued_at`.
    #[must_use]
    pub fn family_end(&self, code_issued_at: Timestamp) -> Option<Timestamp> {
        self.family_lifetime.map(|lifetime| code_issued_at.plus(lifetime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn an_exchange_is_repeatable_only_within_the_grace() {
        let predecessor = Predecessor {
            exchanged_at: at(100_000),
            expires_at: at(900_000),
            nonce: Some(Nonce::from_bytes([7; 32])),
        };
        let judge = |grace, now| predecessor.repeatable(Span::seconds(grace), at(now)).is_some();
        for (grace, now, expected) in [
            (30, 100_000, true),
            (30, 129_999, true),
            (30, 130_000, false),
            (30, 99_000, true),
            (30, 70_000, false),
            (30, 0, false),
            (0, 100_000, false),
            (300, 399_999, true),
        ] {
            assert_eq!(judge(grace, now), expected, "{grace} s at {now}");
        }
        let used = Predecessor { nonce: None, ..predecessor };
        assert_eq!(used.repeatable(Span::seconds(30), at(100_000)), None);
        assert!(!format!("{used:?}").contains('7'));
    }
}
