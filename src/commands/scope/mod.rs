//! The verbs of the noun `scope`.

mod add;
mod edit;
mod list;
mod remove;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Manage scopes, the permissions that can be given
///
/// Scopes are given to keys, consumers, groups and grants. A token has the scopes that all of them allow.
#[derive(Subcommand, Debug)]
pub enum ScopeCommand {
    Add(add::ScopeAddArgs),
    #[command(visible_alias = "ls")]
    List(list::ScopeListArgs),
    Edit(edit::ScopeEditArgs),
    #[command(visible_alias = "rm")]
    Remove(remove::ScopeRemoveArgs),
}

/// Runs a verb of `apiconn scope`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &ScopeCommand) -> Result<(), Failure> {
    match command {
        ScopeCommand::Add(args) => add::run(ctx, args),
        ScopeCommand::List(args) => list::run(ctx, args),
        ScopeCommand::Edit(args) => edit::run(ctx, args),
        ScopeCommand::Remove(args) => remove::run(ctx, args),
    }
}
