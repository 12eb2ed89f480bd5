//! Tokens, and the one rule that says whether a token is accepted.

use crate::domain::State;
use crate::domain::client::{Client, ClientRefusal};
use crate::domain::grant::Grant;
use crate::domain::id::{SecretId, TokenId};
use crate::domain::scope::ScopeSet;
use crate::domain::secret::{Phase, Secret};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Presented to a resource server.
    Access,
    /// Exchanged for an access token.
    Refresh,
}

impl TokenKind {
    /// The word of RFC 7009's `token_type_hint` without `_token`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A token as the store keeps it: everything but the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The public id.
    pub id: TokenId,
    /// Access or refresh.
    pub kind: TokenKind,
    /// What it allows, cut at each use to what its client holds then.
    pub scopes: ScopeSet,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When a refresh token was exchanged for its successor.
    pub used_at: Option<Timestamp>,
    /// When it was ended by itself.
    pub revoked_at: Option<Timestamp>,
}

/// A token with all that its validity hangs on, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldToken {
    /// The token.
    pub token: Token,
    /// Who it was issued to.
    pub client: Client,
    /// The secret that was presented for it, where one was.
    pub secret: Option<(SecretId, Phase)>,
    /// The authorization it rests on, with the user who gave it.
    pub authorization: Option<(Grant, User)>,
    /// When everything that comes from the same authorization code was ended.
    pub family_ended_at: Option<Timestamp>,
}

/// Why a token is refused now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Its client is refused.
    Client(ClientRefusal),
    /// The secret it was obtained with was revoked.
    SecretRevoked,
    /// Its user is switched off.
    UserDisabled,
    /// The authorization it rests on was revoked.
    GrantRevoked,
    /// Everything from the same authorization code was ended.
    FamilyEnded,
    /// It is a refresh token that was used.
    Used,
    /// It was revoked by itself.
    Revoked,
    /// Its time is over.
    Expired,
}

impl TokenRefusal {
    /// The reason in words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Client(ClientRefusal::Disabled) => "its client is disabled",
            Self::Client(ClientRefusal::Expired) => "its client has expired",
            Self::Client(ClientRefusal::Revoked) => "its client was revoked",
            Self::SecretRevoked => "the secret it was obtained with was revoked",
            Self::UserDisabled => "its user is disabled",
            Self::GrantRevoked => "its grant was revoked",
            Self::FamilyEnded => "everything issued from the same authorization code was ended",
            Self::Used => "it was used, and a newer one took its place",
            Self::Revoked => "it was revoked",
            Self::Expired => "it has expired",
        }
    }

    /// The state to show.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Client(ClientRefusal::Disabled) | Self::UserDisabled => State::Disabled,
            Self::Client(ClientRefusal::Expired) | Self::Expired => State::Expired,
            Self::Client(ClientRefusal::Revoked)
            | Self::SecretRevoked
            | Self::GrantRevoked
            | Self::FamilyEnded
            | Self::Used
            | Self::Revoked => State::Revoked,
        }
    }
}

impl HeldToken {
    /// Why the token is refused at `now`, if it is. What is final outranks what can be switched on again, and that what
    /// merely ran out.
    ///
    /// A secret whose overlap simply ran out does not end the tokens it obtained: they are short-lived, and ending
    /// them early would break the rotation that the overlap is for. A revoked secret does.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> Option<TokenRefusal> {
        let client = self.client.refusal(now);
        let authorization = self.authorization.as_ref();
        let causes = [
            (client == Some(ClientRefusal::Revoked), TokenRefusal::Client(ClientRefusal::Revoked)),
            (matches!(self.secret, Some((_, Phase::Revoked(_)))), TokenRefusal::SecretRevoked),
            (
                authorization.is_some_and(|(grant, _)| grant.state() != State::Active),
                TokenRefusal::GrantRevoked,
            ),
            (self.family_ended_at.is_some(), TokenRefusal::FamilyEnded),
            (self.token.revoked_at.is_some(), TokenRefusal::Revoked),
            (self.token.used_at.is_some(), TokenRefusal::Used),
            (client == Some(ClientRefusal::Disabled), TokenRefusal::Client(ClientRefusal::Disabled)),
            (
                authorization.is_some_and(|(_, user)| user.state() != State::Active),
                TokenRefusal::UserDisabled,
            ),
            (client == Some(ClientRefusal::Expired), TokenRefusal::Client(ClientRefusal::Expired)),
            (self.token.expires_at <= now, TokenRefusal::Expired),
        ];
        causes.into_iter().find_map(|(holds, refusal)| holds.then_some(refusal))
    }

    /// The state to show at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        self.refusal(now).map_or(State::Active, TokenRefusal::state)
    }

    /// What the token allows now: what was issued, as far as the client and the grant still hold it.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let held = self.token.scopes.intersection(&self.client.scopes());
        self.authorization
            .as_ref()
            .map_or_else(|| held.clone(), |(grant, _)| held.intersection(&grant.scopes))
    }
}

/// A secret with the client it belongs to, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSecret {
    /// The secret.
    pub secret: Secret,
    /// Whose it is.
    pub client: Client,
}
