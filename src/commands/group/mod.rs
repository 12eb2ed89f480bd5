//! The verbs of the noun `group`.

mod add;
mod edit;
mod list;
mod remove;
mod show;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Manage permission groups, named sets of scopes
///
/// A change of a group applies to all its members from the next request.
#[derive(Subcommand, Debug)]
pub enum GroupCommand {
    Add(add::GroupAddArgs),
    #[command(visible_alias = "ls")]
    List(list::GroupListArgs),
    Show(show::GroupShowArgs),
    Edit(edit::GroupEditArgs),
    #[command(visible_alias = "rm")]
    Remove(remove::GroupRemoveArgs),
}

/// Runs a verb of `apiconn group`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &GroupCommand) -> Result<(), Failure> {
    match command {
        GroupCommand::Add(args) => add::run(ctx, args),
        GroupCommand::List(args) => list::run(ctx, args),
        GroupCommand::Show(args) => show::run(ctx, args),
        GroupCommand::Edit(args) => edit::run(ctx, args),
        GroupCommand::Remove(args) => remove::run(ctx, args),
    }
}
