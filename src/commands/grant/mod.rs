//! The verbs of the noun `grant`.

mod add;
mod filter;
mod list;
mod revoke;
mod show;

use clap::Subcommand;

use crate::commands::context::Ctx;
use crate::failure::Failure;

/// Manage grants, the authorizations that users gave to consumers
///
/// A grant says which scopes of which user a consumer may use. Tokens for a user are accepted only while the grant
/// is active.
#[derive(Subcommand, Debug)]
pub enum GrantCommand {
    Add(add::GrantAddArgs),
    #[command(visible_alias = "ls")]
    List(list::GrantListArgs),
    Show(show::GrantShowArgs),
    Revoke(revoke::GrantRevokeArgs),
}

/// Runs a verb of `apiconn grant`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &GrantCommand) -> Result<(), Failure> {
    match command {
        GrantCommand::Add(args) => add::run(ctx, args),
        GrantCommand::List(args) => list::run(ctx, args),
        GrantCommand::Show(args) => show::run(ctx, args),
        GrantCommand::Revoke(args) => revoke::run(ctx, args),
    }
}
