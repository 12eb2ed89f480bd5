//! `apiconn scope`

mod add;
mod edit;
mod list;
mod remove;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Declared scopes: what keys, consumers and grants may be given
#[derive(Subcommand, Debug)]
pub enum ScopeCommand {
    Add(add::ScopeAddArgs),
    #[command(visible_alias = "ls")]
    List(list::ScopeListArgs),
    Edit(edit::ScopeEditArgs),
    #[command(visible_alias = "rm")]
    Remove(remove::ScopeRemoveArgs),
}

pub(crate) fn run(ctx: &mut Ctx<'_>, command: &ScopeCommand) -> Result<(), Failure> {
    match command {
        ScopeCommand::Add(args) => add::run(ctx, args),
        ScopeCommand::List(args) => list::run(ctx, args),
        ScopeCommand::Edit(args) => edit::run(ctx, args),
        ScopeCommand::Remove(args) => remove::run(ctx, args),
    }
}
