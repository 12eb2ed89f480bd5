//! Tokens, and the rule that decides whether a token is accepted.

use crate::domain::State;
use crate::domain::client::{Client, ClientRefusal};
use crate::domain::grant::Grant;
use crate::domain::id::{SecretId, TokenId};
use crate::domain::scope::ScopeSet;
use crate::domain::secret::Phase;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A client presents it to a resource server.
    Access,
    /// A client exchanges it for an access token.
    Refresh,
}

impl TokenKind {
    /// Returns the value of `token_type_hint` (RFC 7009 section 2.1) without the suffix `_token`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// Returns the kind that `word` names, or `None` for any other text.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A token as it is stored, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub kind: TokenKind,
    /// The scopes with which the token was issued. At each use they are reduced to those that the client still has.
    pub scopes: ScopeSet,
    pub issued_at: Timestamp,
    /// The token is refused from this moment on.
    pub expires_at: Timestamp,
    /// The moment at which a refresh token was exchanged for the next one.
    pub used_at: Option<Timestamp>,
    /// The moment at which this token alone was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A token and every object that decides whether it is valid, read in one snapshot of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    pub token: Token,
    pub client: Client,
    /// The secret that obtained the token, if its client has one.
    pub secret: Option<(SecretId, Phase)>,
    /// The grant on which the token is based, and its user. `None` for a token of the client itself.
    pub authorization: Option<(Grant, User)>,
    /// The moment at which every token of the same authorization code was ended.
    pub family_ended_at: Option<Timestamp>,
}

/// The reason why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    Client(ClientRefusal),
    /// The secret that obtained the token was revoked.
    SecretRevoked,
    UserDisabled,
    GrantRevoked,
    /// Every token of the same authorization code was ended.
    FamilyEnded,
    /// The refresh token was exchanged for another one.
    Used,
    /// This token alone was revoked.
    Revoked,
    Expired,
}

impl TokenRefusal {
    /// Returns the reason as a clause whose subject is the token.
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
            Self::Used => "it was used, and a newer token replaced it",
            Self::Revoked => "it was revoked",
            Self::Expired => "it has expired",
        }
    }

    /// Returns the effective state of a token that is refused for this reason.
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

impl TokenRecord {
    /// Returns the reason why the token is refused at `now`, or `None` if it is accepted. Permanent reasons outrank those
    /// that an administrator can undo, and those outrank expiry.
    ///
    /// A revoked secret ends the tokens that it obtained. A secret whose overlap ended does not: its tokens expire soon, and
    /// ending them early would break the rotation for which the overlap exists.
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

    /// Returns the effective state at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        self.refusal(now).map_or(State::Active, TokenRefusal::state)
    }

    /// Returns the scopes with which the token was issued and that its client and its grant still have.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let scopes = self.token.scopes.intersection(&self.client.scopes());
        self.authorization
            .as_ref()
            .map_or_else(|| scopes.clone(), |(grant, _)| scopes.intersection(&grant.scopes))
    }
}
