//! `apiconn token`

mod inspect;
mod list;
mod refusals;
mod revoke;

use clap::{Args, Subcommand, ValueEnum};

use crate::actions::{ActionError, resolve};
use crate::completion;
use crate::domain::State;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{StateFilter, TokenFilter};
use crate::domain::span::Span;
use crate::domain::time::Timestamp;
use crate::domain::token::TokenKind;
use crate::failure::Failure;
use crate::store::ReadTx;

use crate::commands::context::Ctx;

/// Tokens that the service has issued
#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    #[command(visible_alias = "ls")]
    List(list::TokenListArgs),
    Inspect(inspect::TokenInspectArgs),
    Revoke(revoke::TokenRevokeArgs),
    Refusals(refusals::RefusalsArgs),
}

pub(crate) fn run(ctx: &mut Ctx<'_>, command: &TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::List(args) => list::run(ctx, args),
        TokenCommand::Inspect(args) => inspect::run(ctx, args),
        TokenCommand::Revoke(args) => revoke::run(ctx, args),
        TokenCommand::Refusals(args) => refusals::run(ctx, args),
    }
}

/// `--kind`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Presented to resource servers
    Access,
    /// Exchanged for access tokens
    Refresh,
}

/// Which tokens a list shows or a revocation takes.
#[derive(Args, Clone, Debug)]
struct FilterArgs {
    /// In this state: active, disabled, expired, revoked or all [default: active]
    #[arg(long, value_name = "STATE", add = completion::words(&["active", "disabled", "expired", "revoked", "all"]))]
    state: Option<StateFilter>,
    /// Issued to this key
    #[arg(long, value_name = "KEY", conflicts_with = "consumer", add = completion::keys(completion::States::All))]
    key: Option<String>,
    /// Issued to this consumer
    #[arg(long, value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    consumer: Option<String>,
    /// Resting on a grant of this user
    #[arg(long, value_name = "USER", add = completion::users(completion::States::All))]
    user: Option<String>,
    /// Resting on this grant
    #[arg(long, value_name = "GRANT", add = completion::grants(completion::States::All))]
    grant: Option<String>,
    /// Of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Issued at least this long ago
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
