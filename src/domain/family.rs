//! Families: everything issued from one authorization code. The refresh tokens of a family are a chain, of which the newest
//! one is valid (RFC 9700 section 4.14.2).

use std::fmt;

use crate::domain::client::{Client, Profile};
use crate::domain::refresh_policy::{FamilyLifetime, RefreshGrace, RefreshRotation};
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
    /// The expiry of the token itself.
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
    pub fn repeatable(&self, grace: RefreshGrace, now: Timestamp) -> Option<&Nonce> {
        let distance = now.millis().abs_diff(self.exchanged_at.millis());
        self.nonce.as_ref().filter(|_| distance < grace.span().millis().unsigned_abs())
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

/// The rules for the refresh tokens of one client, from its own properties and the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshRules {
    /// The lifetime of a refresh token that is not used.
    pub idle_lifetime: Span,
    pub grace: RefreshGrace,
    pub family_lifetime: FamilyLifetime,
    pub rotation: RefreshRotation,
}

impl RefreshRules {
    /// Returns the rules that apply to a client at present. A key has no refresh tokens; for it these are the settings.
    #[must_use]
    pub fn of(client: &Client, settings: &Settings) -> Self {
        match &client.profile {
            Profile::Key => Self {
                idle_lifetime: settings.refresh_token_lifetime,
                grace: settings.refresh_token_grace,
                family_lifetime: settings.refresh_family_lifetime,
                rotation: RefreshRotation::On,
            },
            Profile::Consumer(profile) => Self {
                idle_lifetime: profile.refresh_token_lifetime.unwrap_or(settings.refresh_token_lifetime),
                grace: profile.refresh_grace(settings),
                family_lifetime: profile.family_lifetime(settings),
                rotation: profile.confidentiality.safeguards().refresh_rotation,
            },
        }
    }

    /// Returns the end of a family whose code was issued at `code_issued_at`, or `None` if it does not end by time.
    #[must_use]
    pub fn family_end(&self, code_issued_at: Timestamp) -> Option<Timestamp> {
        match self.family_lifetime {
            FamilyLifetime::Limited(lifetime) => Some(code_issued_at.plus(lifetime)),
            FamilyLifetime::Unlimited => None,
        }
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
        let seconds = |number| RefreshGrace::new(Span::seconds(number)).unwrap();
        let judge = |grace, now| predecessor.repeatable(seconds(grace), at(now)).is_some();
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
        assert_eq!(used.repeatable(seconds(30), at(100_000)), None);
        assert!(!format!("{used:?}").contains('7'));
    }
}
