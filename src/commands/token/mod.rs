//! `apiconn token`

mod inspect;
mod list;
mod revoke;

use clap::{Args, Subcommand, ValueEnum};

use crate::actions::{ActionError, resolve};
use crate::completion;
use crate::domain::State;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{StateFilter, TokenFilter};
use crate::domain::time::{Span, Timestamp};
use crate::domain::token::TokenKind;
use crate::failure::Failure;
use crate::store::ReadTx;

use crate::commands::context::Ctx;

/// Manage the tokens that the service issued
///
/// Access tokens are presented to APIs; refresh tokens are exchanged for new access tokens.
#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    #[command(visible_alias = "ls")]
    List(list::TokenListArgs),
    Inspect(inspect::TokenInspectArgs),
    Revoke(revoke::TokenRevokeArgs),
}

pub(crate) fn run(ctx: &mut Ctx<'_>, command: &TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::List(args) => list::run(ctx, args),
        TokenCommand::Inspect(args) => inspect::run(ctx, args),
        TokenCommand::Revoke(args) => revoke::run(ctx, args),
    }
}

/// `--kind`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Tokens that are presented to APIs
    Access,
    /// Tokens that are exchanged for access tokens
    Refresh,
}

/// Which tokens a list shows or a revocation takes.
#[derive(Args, Clone, Debug)]
struct FilterArgs {
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

/// The handles in a filter, read before the store is opened.
struct Ends {
    client: Option<(ClientKind, Handle)>,
    user: Option<Handle>,
    grant: Option<Handle>,
}

impl FilterArgs {
    const fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.key.is_none()
            && self.consumer.is_none()
            && self.user.is_none()
            && self.grant.is_none()
            && self.kind.is_none()
            && self.older_than.is_none()
    }

    fn ends(&self) -> Result<Ends, Failure> {
        let parse =
            |noun, text: &Option<String>| text.as_deref().map(|text| Handle::parse(noun, text)).transpose();
        let key = parse(Noun::Key, &self.key)?.map(|handle| (ClientKind::Key, handle));
        let consumer = parse(Noun::Consumer, &self.consumer)?.map(|handle| (ClientKind::Consumer, handle));
        Ok(Ends {
            client: key.or(consumer),
            user: parse(Noun::User, &self.user)?,
            grant: parse(Noun::Grant, &self.grant)?,
        })
    }

    fn filter(&self, ends: &Ends, read: &dyn ReadTx, now: Timestamp) -> Result<TokenFilter, ActionError> {
        Ok(TokenFilter {
            state: self.state.unwrap_or(StateFilter::Only(State::Active)),
            client: ends
                .client
                .as_ref()
                .map(|(kind, handle)| resolve::client(read, *kind, handle))
                .transpose()?
                .map(|client| client.id),
            user: ends
                .user
                .as_ref()
                .map(|handle| resolve::user(read, handle))
                .transpose()?
                .map(|user| user.id),
            grant: ends
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
