//! `apiconn grant`

mod add;
mod list;
mod revoke;
mod show;

use clap::{Args, Subcommand};

use crate::actions::{ActionError, resolve};
use crate::completion;
use crate::domain::State;
use crate::domain::handle::{Handle, Noun};
use crate::domain::id::ClientKind;
use crate::domain::page::{GrantFilter, StateFilter};
use crate::domain::scope::Scope;
use crate::domain::span::Span;
use crate::domain::time::Timestamp;
use crate::failure::Failure;
use crate::store::ReadTx;

use crate::commands::context::Ctx;
use crate::commands::shared::list::{pattern, state_among};

/// Grants: a user's authorization of a consumer, revocable at any time
#[derive(Subcommand, Debug)]
pub enum GrantCommand {
    Add(add::GrantAddArgs),
    #[command(visible_alias = "ls")]
    List(list::GrantListArgs),
    Show(show::GrantShowArgs),
    Revoke(revoke::GrantRevokeArgs),
}

pub(crate) fn run(ctx: &mut Ctx<'_>, command: &GrantCommand) -> Result<(), Failure> {
    match command {
        GrantCommand::Add(args) => add::run(ctx, args),
        GrantCommand::List(args) => list::run(ctx, args),
        GrantCommand::Show(args) => show::run(ctx, args),
        GrantCommand::Revoke(args) => revoke::run(ctx, args),
    }
}

/// Which grants a list shows or a revocation takes.
#[derive(Args, Clone, Debug)]
struct FilterArgs {
    /// In this state: active, revoked or all [default: active]
    #[arg(long, value_name = "STATE", value_parser = state_among("grant", [State::Active, State::Revoked]), add = completion::words(&["active", "revoked", "all"]))]
    state: Option<StateFilter>,
    /// Given by this user
    #[arg(long, value_name = "USER", add = completion::users(completion::States::All))]
    user: Option<String>,
    /// Given to this consumer
    #[arg(long, value_name = "CONSUMER", add = completion::consumers(completion::States::All))]
    consumer: Option<String>,
    /// That allow this scope
    #[arg(long, value_name = "SCOPE", add = completion::scopes())]
    scope: Option<Scope>,
    /// Unused, and there, for at least this time
    #[arg(long, value_name = "DURATION")]
    unused_for: Option<Span>,
    /// Whose USER/CONSUMER matches this pattern of *, ? and [...]
    #[arg(long = "match", value_name = "GLOB", value_parser = pattern)]
    name_glob: Option<String>,
}

/// The handles in a filter, read before the store is opened.
struct Ends {
    user: Option<Handle>,
    consumer: Option<Handle>,
}

impl FilterArgs {
    const fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.user.is_none()
            && self.consumer.is_none()
            && self.scope.is_none()
            && self.unused_for.is_none()
            && self.name_glob.is_none()
    }

    fn ends(&self) -> Result<Ends, Failure> {
        let parse =
            |noun, text: &Option<String>| text.as_deref().map(|text| Handle::parse(noun, text)).transpose();
        Ok(Ends { user: parse(Noun::User, &self.user)?, consumer: parse(Noun::Consumer, &self.consumer)? })
    }

    fn filter(&self, ends: &Ends, read: &dyn ReadTx, now: Timestamp) -> Result<GrantFilter, ActionError> {
        Ok(GrantFilter {
            state: self.state.unwrap_or(StateFilter::NotRevoked),
            user: ends
                .user
                .as_ref()
                .map(|handle| resolve::user(read, handle))
                .transpose()?
                .map(|user| user.id),
            client: ends
                .consumer
                .as_ref()
                .map(|handle| resolve::client(read, ClientKind::Consumer, handle))
                .transpose()?
                .map(|client| client.id),
            scope: self.scope.clone(),
            unused_since: self.unused_for.map(|span| now.minus(span)),
            name_glob: self.name_glob.clone(),
        })
    }
}
