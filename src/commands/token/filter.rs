//! The filter of `token list` and `token revoke`.

use clap::{Args, ValueEnum};

use crate::actions::{ActionError, resolve};
use crate::completion;
use crate::domain::State;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{StateFilter, TokenFilter};
use crate::domain::time::Span;
use crate::domain::time::Timestamp;
use crate::domain::token::TokenKind;
use crate::failure::Failure;
use crate::store::ReadTx;

/// The value of `--kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Tokens that are presented to APIs
    Access,
    /// Tokens that are exchanged for access tokens
    Refresh,
}

/// The flags of the filter.
#[derive(Args, Clone, Debug)]
pub(crate) struct TokenFilterArgs {
    /// Select by state: active, disabled, expired, revoked or all [default: active]
    #[arg(long, value_name = "STATE", add = completion::words(&["active", "disabled", "expired", "revoked", "all"]))]
    state: Option<StateFilter>,
    /// Select tokens issued to this key
    #[arg(long, value_name = "KEY", conflicts_with = "consumer", add = completion::keys(completion::States::All))]
    key: Option<String>,
    /// Select tokens issued to this consumer
    #[arg(long, value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    consumer: Option<String>,
    /// Select tokens issued under grants of this user
    #[arg(long, value_name = "USER", add = completion::users(completion::States::All))]
    user: Option<String>,
    /// Select tokens issued under this grant
    #[arg(long, value_name = "GRANT", add = completion::grants(completion::States::All))]
    grant: Option<String>,
    /// Select by kind of token
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Select tokens issued at least DURATION ago
    #[arg(long, value_name = "DURATION")]
    older_than: Option<Span>,
}

/// The parsed handles of a filter.
pub(crate) struct TokenHandles {
    client: Option<(ClientKind, Handle)>,
    user: Option<Handle>,
    grant: Option<Handle>,
}

impl TokenFilterArgs {
    /// Returns true if no flag of the filter is given.
    pub(crate) const fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.key.is_none()
            && self.consumer.is_none()
            && self.user.is_none()
            && self.grant.is_none()
            && self.kind.is_none()
            && self.older_than.is_none()
    }

    /// Parses the handles, before the store is opened.
    ///
    /// # Errors
    /// [`Failure`] with [`crate::exit::Exit::Usage`] for a handle that cannot be one of its noun.
    pub(crate) fn handles(&self) -> Result<TokenHandles, Failure> {
        let parse =
            |noun, text: &Option<String>| text.as_deref().map(|text| Handle::parse(noun, text)).transpose();
        let key = parse(Noun::Key, &self.key)?.map(|handle| (ClientKind::Key, handle));
        let consumer = parse(Noun::Consumer, &self.consumer)?.map(|handle| (ClientKind::Consumer, handle));
        Ok(TokenHandles {
            client: key.or(consumer),
            user: parse(Noun::User, &self.user)?,
            grant: parse(Noun::Grant, &self.grant)?,
        })
    }

    /// Returns the filter at the time `now`.
    ///
    /// # Errors
    /// [`ActionError::NotFound`] or [`ActionError::Ambiguous`] for the client, the user or the grant.
    pub(crate) fn filter(
        &self,
        handles: &TokenHandles,
        read: &dyn ReadTx,
        now: Timestamp,
    ) -> Result<TokenFilter, ActionError> {
        Ok(TokenFilter {
            state: self.state.unwrap_or(StateFilter::Only(State::Active)),
            client: handles
                .client
                .as_ref()
                .map(|(kind, handle)| resolve::client(read, *kind, handle))
                .transpose()?
                .map(|client| client.id),
            user: handles
                .user
                .as_ref()
                .map(|handle| resolve::user(read, handle))
                .transpose()?
                .map(|user| user.id),
            grant: handles
                .grant
                .as_ref()
                .map(|handle| resolve::grant(read, handle))
                .transpose()?
                .map(|grant| grant.id),
            kind: self.kind.map(|kind| match kind {
                KindArg::Access => TokenKind::Access,
                KindArg::Refresh => TokenKind::Refresh,
            }),
            issued_before: self.older_than.map(|span| now.minus(span)),
        })
    }
}
