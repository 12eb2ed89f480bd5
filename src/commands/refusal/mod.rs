//! The verbs of the noun `refusal`.

mod list;
mod show;

use clap::Subcommand;

use crate::failure::Failure;

use crate::commands::context::Ctx;

/// Explain the requests that the service refused
///
/// For each refused request the service records the full reason and, if there is one, the command that fixes it.
#[derive(Subcommand, Debug)]
pub enum RefusalCommand {
    #[command(visible_alias = "ls")]
    List(list::RefusalListArgs),
    Show(show::RefusalShowArgs),
}

/// Runs a verb of `apiconn refusal`.
pub(crate) fn run(ctx: &mut Ctx<'_>, command: &RefusalCommand) -> Result<(), Failure> {
    match command {
        RefusalCommand::List(args) => list::run(ctx, args),
        RefusalCommand::Show(args) => show::run(ctx, args),
    }
}
