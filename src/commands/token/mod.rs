//! The verbs of the noun `token`.

mod filter;
mod inspect;
mod list;
mod revoke;

use clap::Subcommand;

use crate::commands::context::Ctx;
use crate::failure::Failure;

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

/// Runs a verb of `apiconn token`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::List(args) => list::run(ctx, args),
        TokenCommand::Inspect(args) => inspect::run(ctx, args),
        TokenCommand::Revoke(args) => revoke::run(ctx, args),
    }
}
