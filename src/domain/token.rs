//! Tokens, and the rule that decides whether a token is accepted.

use crate::domain::State;
use crate::domain::client::{Client, ClientRefusal};
use crate::domain::family::{ChainPlace, Family};
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

/// A token as it is stored, without its text. A refresh token keeps its id and its row when it is exchanged for the next one
/// of its family, so its times are those of the newest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub kind: TokenKind,
    /// The scopes with which the token was issued. At each use they are reduced to those that the client still has.
    pub scopes: ScopeSet,
    pub issued_at: Timestamp,
    /// The token is refused from this moment on.
    pub expires_at: Timestamp,
    /// The moment at which the token was revoked by itself.
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
    /// The family of the token. `None` for a token of the client itself.
    pub family: Option<Family>,
    /// The place of the presented text in the chain of its family.
    pub place: ChainPlace,
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
    /// The refresh token was exchanged for the newest one of its family.
    Used,
    /// The text is neither the newest refresh token of its family nor the one before.
    NotNewest,
    /// The token was revoked by itself.
    Revoked,
    Expired,
    /// The family of the refresh token has reached its end.
    FamilyExpired,
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
            Self::NotNewest => "it is not the newest refresh token of its sign-in",
            Self::Revoked => "it was revoked",
            Self::Expired => "it has expired",
            Self::FamilyExpired => "its sign-in is older than the lifetime of a family",
        }
    }

    /// Returns the effective state of a token that is refused for this reason.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Client(ClientRefusal::Disabled) | Self::UserDisabled => State::Disabled,
            Self::Client(ClientRefusal::Expired) | Self::Expired | Self::FamilyExpired => State::Expired,
            Self::Client(ClientRefusal::Revoked)
            | Self::SecretRevoked
            | Self::GrantRevoked
            | Self::FamilyEnded
            | Self::Used
            | Self::NotNewest
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
        let place = match &self.place {
            ChainPlace::Newest => None,
            ChainPlace::Predecessor(_) => Some(TokenRefusal::Used),
            ChainPlace::Other => Some(TokenRefusal::NotNewest),
        };
        self.first_refusal(place, self.token.expires_at, now)
    }

    /// Returns the reason why a refresh token may not be exchanged at `now`, or `None` if it may be. The caller decides whether
    /// its place in the family allows the exchange; a predecessor ends at its own expiry.
    #[must_use]
    pub fn refusal_of_exchange(&self, now: Timestamp) -> Option<TokenRefusal> {
        let expires_at = match &self.place {
            ChainPlace::Predecessor(predecessor) => predecessor.expires_at,
            ChainPlace::Newest | ChainPlace::Other => self.token.expires_at,
        };
        self.first_refusal(None, expires_at, now)
    }

    fn first_refusal(
        &self,
        place: Option<TokenRefusal>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Option<TokenRefusal> {
        let client = self.client.refusal(now);
        let authorization = self.authorization.as_ref();
        let causes = [
            client.filter(|refusal| *refusal == ClientRefusal::Revoked).map(TokenRefusal::Client),
            matches!(self.secret, Some((_, Phase::Revoked(_)))).then_some(TokenRefusal::SecretRevoked),
            authorization
                .is_some_and(|(grant, _)| grant.state() != State::Active)
                .then_some(TokenRefusal::GrantRevoked),
            self.family.and_then(|family| family.ended_at).map(|_| TokenRefusal::FamilyEnded),
            self.token.revoked_at.map(|_| TokenRefusal::Revoked),
            place,
            client.filter(|refusal| *refusal == ClientRefusal::Disabled).map(TokenRefusal::Client),
            authorization
                .is_some_and(|(_, user)| user.state() != State::Active)
                .then_some(TokenRefusal::UserDisabled),
            client.map(TokenRefusal::Client),
            match self.family.and_then(|family| family.expires_at) {
                Some(end) if end <= expires_at => (end <= now).then_some(TokenRefusal::FamilyExpired),
                _ => (expires_at <= now).then_some(TokenRefusal::Expired),
            },
        ];
        causes.into_iter().flatten().next()
    }

    /// Returns the moment from which on the token is refused if nothing else ends it: its own expiry or that of its family.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        let family_end = self.family.and_then(|family| family.expires_at);
        family_end.map_or(self.token.expires_at, |end| end.min(self.token.expires_at))
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
